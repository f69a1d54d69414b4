// What a request is about, in the reader's words: requests are kept as names, or as a note where words are needed.
import type { ApprovalView } from '../../../../src/api/schemas/approvals.ts';
import type { RetentionView } from '../../../../src/api/schemas/jobs.ts';
import { useTexts } from '../../app/i18n.ts';
import { useJobName } from '../../parts/job-name.ts';
import { useNoteText } from '../../parts/note-text.ts';
import { useRetentionWords } from '../../parts/retention.tsx';

/** Gives the subject and the detail of a request; names and what people wrote stay as they are. */
export function useApprovalText(): (approval: ApprovalView) => { subject: string; detail: string } {
  const { t } = useTexts();
  const jobName = useJobName();
  const retentionWords = useRetentionWords();
  const noteText = useNoteText();
  return ({ action, subject, about, detail }) => {
    if (about !== undefined) return { subject: noteText(about), detail };
    if (action === 'retention.weaken') {
      const how = /^(?:release|unprotect) (legal|protected)$/.exec(detail)?.[1];
      if (how !== undefined)
        return {
          subject,
          detail: t('people.asked.release', { how: t(how === 'legal' ? 'holds.legal' : 'holds.protected') }),
        };
      const rule = ruleIn(detail);
      return rule === undefined ? { subject, detail } : { subject: jobName(subject), detail: retentionWords(rule) };
    }
    if (action === 'approval.weaken')
      return { subject: t(subject === 'off' ? 'people.asked.off' : 'people.asked.less'), detail: '' };
    return { subject, detail };
  };
}

function ruleIn(detail: string): RetentionView | undefined {
  try {
    return JSON.parse(detail) as RetentionView;
  } catch {
    return undefined;
  }
}

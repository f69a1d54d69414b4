// What a request is about, in the reader's words: requests are kept as names, or as a note where words are needed.
import type { KeyWays } from '../../../../src/accounts/approval-action.ts';
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
  const waysText = (action: ApprovalView['action'], detail: string): string => {
    // Its subject says it.
    if (action === 'approval.weaken') return '';
    const ways = action === 'ceremony.end' ? read<KeyWays>(detail) : undefined;
    if (ways === undefined) return detail;
    const { masterPassword, shares, recipients } = ways;
    return [
      ...(masterPassword ? [t('people.asked.password')] : []),
      ...(shares === undefined ? [] : [t('people.asked.shares', shares)]),
      ...recipients,
    ].join('; ');
  };
  return ({ action, subject, about, detail }) => {
    if (about !== undefined) return { subject: noteText(about), detail: waysText(action, detail) };
    if (action === 'retention.weaken') {
      const rule = read<RetentionView>(detail);
      return rule === undefined ? { subject, detail } : { subject: jobName(subject), detail: retentionWords(rule) };
    }
    return { subject, detail };
  };
}

function read<Detail>(detail: string): Detail | undefined {
  try {
    return JSON.parse(detail) as Detail;
  } catch {
    return undefined;
  }
}

// Why a copy stays, in the reader's words: the rules say it in restic's.
import { useTexts } from '../app/i18n.ts';

type Rule = 'last' | 'hourly' | 'daily' | 'weekly' | 'monthly' | 'yearly';

const doubts = {
  'in the future': 'future',
  'after it was stored': 'afterStored',
  'before it was stored': 'beforeStored',
} as const;

/** What a reason says; words of people (why something is held) stay as they are. */
export function useReasonText(): (reason: string) => string {
  const { t } = useTexts();
  return (reason) => {
    const recording = /^protected: legal hold of recording (.*)$/s.exec(reason)?.[1];
    if (recording !== undefined) return t('retention.reason.recording', { id: recording });
    const doubt = /^dated (.+) (in the future|after it was stored|before it was stored), not counted$/.exec(reason);
    if (doubt !== null) return t(`retention.reason.${doubts[doubt[2] as keyof typeof doubts]}`, { time: doubt[1] });
    const held = /^protected: (?:(legal hold), )?(.*)$/s.exec(reason);
    if (held !== null) return `${t(held[1] === undefined ? 'holds.protected' : 'holds.legal')}: ${held[2] ?? ''}`;
    if (reason === 'newest kit' || reason === 'last good snapshot') return t('retention.reason.newest');
    const within = /^within (\S+)$/.exec(reason)?.[1];
    if (within !== undefined) return t('settings.kept.within', { span: within });
    const tags = /^has tags \[(.*)\]$/s.exec(reason)?.[1];
    if (tags !== undefined) return t('settings.kept.tags', { tags });
    const rule = /^(?:oldest )?(last|hourly|daily|weekly|monthly|yearly) (?:snapshot|within (\S+))$/.exec(reason);
    if (rule === null) return reason;
    const word = t(`retention.reason.${rule[1] as Rule}`);
    return rule[2] === undefined ? word : `${word} (${rule[2]})`;
  };
}

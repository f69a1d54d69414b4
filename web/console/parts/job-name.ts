// The first job of each kind bears the kind's name; people read it in their language.
import { useTexts } from '../app/i18n.ts';

const kinds = ['secrets', 'system', 'recordings'] as const;

/** A job's name as people read it. */
export function useJobName(): (job: string | undefined) => string {
  const { t } = useTexts();
  return (job) => {
    const kind = kinds.find((each) => each === job);
    return kind === undefined ? (job ?? '') : t(`kind.${kind}`);
  };
}

// Why somebody looks at recordings: asked before the first of them is seen, kept with the name.
import { Textarea } from '@mantine/core';
import { useTexts } from '../app/i18n.ts';

/** The field; what is typed goes to `onChange`. */
export function ReasonField({ value, onChange }: { value: string; onChange: (reason: string) => void }) {
  const { t } = useTexts();
  return (
    <Textarea
      label={t('recordings.reason')}
      description={t('recordings.reasonHint')}
      required
      minLength={3}
      maxLength={1000}
      autosize
      minRows={2}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

/** True when that is a reason. */
export function isReason(text: string): boolean {
  return text.trim().length >= 3;
}

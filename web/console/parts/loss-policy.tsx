// What a run does about a destination that is lost.
import { NumberInput, Select } from '@mantine/core';
import type { JobView } from '../../../src/api/schemas/jobs.ts';
import { useTexts } from '../app/i18n.ts';

/** The policy and its time. */
export type LossPolicyValue = Pick<JobView, 'whenLost' | 'waitMinutes'>;

const policies: JobView['whenLost'][] = ['resume', 'wait', 'fail'];

/** Chooses it. */
export function LossPolicy({
  value,
  onChange,
}: {
  value: LossPolicyValue;
  onChange: (value: LossPolicyValue) => void;
}) {
  const { t } = useTexts();
  return (
    <>
      <Select
        label={t('settings.whenLost')}
        data={policies.map((policy) => ({ value: policy, label: t(`settings.whenLostIs.${policy}`) }))}
        value={value.whenLost}
        allowDeselect={false}
        onChange={(policy) => onChange({ ...value, whenLost: policy as JobView['whenLost'] })}
      />
      {value.whenLost === 'wait' ? (
        <NumberInput
          label={t('settings.waitMinutes')}
          min={1}
          max={10_080}
          allowDecimal={false}
          value={value.waitMinutes}
          onChange={(minutes) => onChange({ ...value, waitMinutes: Number(minutes) || 1 })}
        />
      ) : null}
    </>
  );
}

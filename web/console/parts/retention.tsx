// How many copies stay, in words and as a form.
import { Fieldset, NumberInput, SimpleGrid, Text, TextInput } from '@mantine/core';
import type { RetentionView } from '../../../src/api/schemas/jobs.ts';
import { useTexts } from '../app/i18n.ts';

const rules = ['last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const;

const spans = ['within', 'withinHourly', 'withinDaily', 'withinWeekly', 'withinMonthly', 'withinYearly'] as const;

/** A retention in one sentence. */
export function useRetentionWords(): (retention: RetentionView | undefined) => string {
  const { t, list } = useTexts();
  return (retention) => {
    const kept = rules.flatMap((rule) => {
      const count = retention?.[rule];
      return count === undefined ? [] : [t(`settings.kept.${rule}`, { count })];
    });
    for (const rule of spans)
      if (retention?.[rule] !== undefined) kept.push(t(`settings.kept.${rule}`, { span: retention[rule] }));
    for (const tags of retention?.tags ?? []) kept.push(t('settings.kept.tags', { tags: tags.join(', ') }));
    return kept.length === 0 ? t('settings.retentionAll') : t('settings.retentionSome', { rules: list(kept) });
  };
}

/** Edits a retention; empty everywhere means that every copy stays. */
export function RetentionEditor(props: { retention: RetentionView; onChange: (retention: RetentionView) => void }) {
  const { t } = useTexts();
  return (
    <Fieldset legend={t('settings.retention')}>
      <Text size="sm" className="quiet" mb="xs">
        {t('settings.retentionHint')}
      </Text>
      <SimpleGrid cols={{ base: 2, xs: 3, sm: 6 }} spacing="xs">
        {rules.map((rule) => (
          <NumberInput
            key={rule}
            label={t(`settings.keep.${rule}`)}
            min={1}
            max={100_000}
            allowDecimal={false}
            value={props.retention[rule] ?? ''}
            onChange={(value) => {
              const { [rule]: _, ...others } = props.retention;
              props.onChange(value === '' || Number(value) < 1 ? others : { ...others, [rule]: Number(value) });
            }}
          />
        ))}
      </SimpleGrid>
      <TextInput
        mt="xs"
        maw="16rem"
        label={t('settings.keep.within')}
        description={t('settings.keepWithinHint')}
        value={props.retention.within ?? ''}
        onChange={({ currentTarget: { value } }) => {
          const { within: _, ...others } = props.retention;
          props.onChange(value.trim() === '' ? others : { ...others, within: value.trim() });
        }}
      />
    </Fieldset>
  );
}

// What a channel is told: how bad it must be, and what is told in any case, never, or of some kinds of backup only.
import { Checkbox, Fieldset, Group, MultiSelect, Select, Stack } from '@mantine/core';
import type { ChannelFilterView, ChannelKindsView } from '../../../src/api/schemas/channels.ts';
import { useTexts } from '../app/i18n.ts';

const severities = ['emergency', 'alert', 'critical', 'error', 'warning', 'notice', 'info', 'debug'] as const;
const kinds = ['secrets', 'system', 'recordings'] as const;

/** The fields. */
export function WhatIsTold(props: {
  filter: ChannelFilterView;
  events: ChannelKindsView['events'];
  onChange: (filter: ChannelFilterView) => void;
}) {
  const { t, language } = useTexts();
  const { filter, onChange } = props;
  const events = props.events.map((event) => ({ value: event.id, label: event[language] }));
  // Whole groups, such as `backup.*`, are named on the command line; here they are shown, and can be taken away.
  const withGroups = (chosen: string[]) => [
    ...chosen.filter((id) => !events.some(({ value }) => value === id)).map((id) => ({ value: id, label: id })),
    ...events,
  ];
  const several = (name: 'also' | 'never') => (
    <MultiSelect
      label={t(`told.${name}`)}
      description={t(`told.${name}Hint`)}
      data={withGroups(filter[name])}
      value={filter[name]}
      onChange={(ids) => onChange({ ...filter, [name]: ids })}
      searchable
      clearable
      nothingFoundMessage={t('told.noSuchEvent')}
      maxDropdownHeight={260}
    />
  );
  return (
    <Fieldset legend={t('told.title')}>
      <Stack gap="sm">
        <Select
          label={t('told.severity')}
          data={severities.map((severity) => ({ value: severity, label: t(`told.from.${severity}`) }))}
          value={filter.minimumSeverity}
          allowDeselect={false}
          onChange={(severity) =>
            onChange({ ...filter, minimumSeverity: severities.find((each) => each === severity) ?? 'info' })
          }
        />
        {several('also')}
        {several('never')}
        <Checkbox.Group
          label={t('told.kinds')}
          description={t('told.kindsHint')}
          value={filter.kinds}
          onChange={(chosen) => onChange({ ...filter, kinds: kinds.filter((kind) => chosen.includes(kind)) })}
        >
          <Group mt={6}>
            {kinds.map((kind) => (
              <Checkbox key={kind} value={kind} label={t(`kind.${kind}`)} />
            ))}
          </Group>
        </Checkbox.Group>
      </Stack>
    </Fieldset>
  );
}

/** The filter in one line. */
export function useToldText(): (filter: ChannelFilterView) => string {
  const { t, list } = useTexts();
  return ({ minimumSeverity, also, never, kinds: only }) =>
    [
      t('alerts.severity', { severity: t(`incidents.severities.${minimumSeverity}`).toLowerCase() }),
      ...(also.length === 0 ? [] : [t('told.summaryAlso', { count: also.length })]),
      ...(never.length === 0 ? [] : [t('told.summaryNever', { count: never.length })]),
      ...(only.length === 0 ? [] : [t('told.summaryKinds', { kinds: list(only.map((kind) => t(`kind.${kind}`))) })]),
    ].join(' · ');
}

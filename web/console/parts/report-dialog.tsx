// A report by mail is set up or changed: which, when, to whom, in what form.
import { Group, NumberInput, Select, Text, TextInput, Textarea } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { ReportListView, ReportView } from '../../../src/api/schemas/reports.ts';
import { reportKinds } from '../../../src/reports/report-kinds.ts';
import { api } from '../app/api.ts';
import { languages, useTexts } from '../app/i18n.ts';
import { Dialog, Form, FormEnd } from './dialog.tsx';
import { ScheduleEditor } from './schedule.tsx';
import { linesOf } from './schema-form.tsx';

type Plan = ReportView['plan'];

/** The dialog: of a new report, or of `report`. */
export function ReportDialog(props: { report?: ReportView; list: ReportListView; onClose: () => void }) {
  const { t, language } = useTexts();
  const client = useQueryClient();
  const { report, list, onClose } = props;
  const [name, setName] = useState(report?.name ?? '');
  const [plan, setPlan] = useState<Plan>(
    report?.plan ?? {
      ...{ report: 'runs', schedule: '0 7 * * 1', channel: list.mailChannels[0] ?? '', to: [] },
      ...{ language, format: 'csv', days: 31 },
    },
  );
  const [to, setTo] = useState(plan.to.join('\n'));
  const set = (change: Partial<Plan>): void => setPlan({ ...plan, ...change });
  const save = useMutation({
    mutationFn: () => {
      const whole = { ...plan, to: linesOf(to.replaceAll(/[,;]/g, '\n')) };
      return report === undefined
        ? api('POST', '/reports', { name, plan: whole })
        : api('PUT', `/reports/${encodeURIComponent(report.name)}`, { plan: whole });
    },
    onSuccess: async () => {
      onClose();
      await client.invalidateQueries();
    },
  });
  return (
    <Dialog
      title={report === undefined ? t('reports.add') : t('reports.change', { name: report.name })}
      size="lg"
      onClose={onClose}
    >
      <Form onSubmit={() => save.mutate()}>
        {report === undefined ? (
          <TextInput
            label={t('reports.name')}
            required
            value={name}
            autoComplete="off"
            onChange={(event) => setName(event.currentTarget.value)}
          />
        ) : null}
        <Select
          label={t('reports.report')}
          data={reportKinds.map((value) => ({ value, label: t(`reports.kinds.${value}`) }))}
          value={plan.report}
          allowDeselect={false}
          onChange={(value) => set({ report: value as Plan['report'] })}
        />
        {plan.report === 'secrets' || plan.report === 'compliance' ? (
          <Text size="sm" className="tone-warn">
            {t('reports.namesHint')}
          </Text>
        ) : null}
        <ScheduleEditor
          schedule={plan.schedule}
          timeZone={plan.timeZone ?? ''}
          machineTimeZone={list.machineTimeZone}
          titles={{ every: t('reports.every'), next: t('reports.nextTimes') }}
          onChange={(schedule, timeZone) => {
            const { timeZone: _, ...rest } = plan;
            setPlan({ ...rest, schedule, ...(timeZone === '' ? {} : { timeZone }) });
          }}
        />
        <Select
          label={t('reports.channel')}
          description={t('reports.channelHint')}
          data={[...new Set([...list.mailChannels, plan.channel])]}
          value={plan.channel}
          allowDeselect={false}
          onChange={(value) => set({ channel: value ?? plan.channel })}
        />
        <Textarea
          label={t('reports.to')}
          description={t('reports.toHint')}
          autosize
          minRows={2}
          maxRows={8}
          value={to}
          onChange={(event) => setTo(event.currentTarget.value)}
        />
        <Group grow gap="sm" align="flex-start" preventGrowOverflow={false}>
          <Select
            miw={230}
            label={t('reports.format')}
            data={(['csv', 'text'] as const).map((value) => ({ value, label: t(`reports.formats.${value}`) }))}
            value={plan.format}
            allowDeselect={false}
            onChange={(value) => set({ format: value === 'text' ? 'text' : 'csv' })}
          />
          <Select
            miw={140}
            label={t('reports.language')}
            data={languages.map(({ code, name: label }) => ({ value: code, label }))}
            value={plan.language}
            allowDeselect={false}
            onChange={(value) => set({ language: value === 'pt' ? 'pt' : 'en' })}
          />
        </Group>
        <NumberInput
          label={t('reports.days')}
          description={t('reports.daysHint')}
          min={1}
          max={3660}
          allowDecimal={false}
          value={plan.days}
          onChange={(value) => set({ days: Number(value) || 31 })}
        />
        <FormEnd
          submit={t('common.save')}
          isPending={save.isPending}
          isReady={name !== '' && plan.channel !== ''}
          error={save.error}
          onCancel={onClose}
        />
      </Form>
    </Dialog>
  );
}

// Reports by mail: which, to whom, when; sent now, with what really happened; and what became of the earlier ones.
import {
  Alert,
  Button,
  Card,
  Group,
  NumberInput,
  Select,
  Stack,
  Switch,
  Text,
  TextInput,
  Textarea,
  Title,
} from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { ReportListView, ReportView, SendingView } from '../../../src/api/schemas/reports.ts';
import { api } from '../app/api.ts';
import { languages, useTexts } from '../app/i18n.ts';
import { Go } from '../app/router.tsx';
import { useMe } from '../app/session.ts';
import { Confirm } from './confirm.tsx';
import { Dialog, Form, FormEnd } from './dialog.tsx';
import { FailureBox, viewOfError } from './failure.tsx';
import { Icon } from './icons.tsx';
import { Empty, Fact, Loaded, OpenSection } from './page.tsx';
import { RowButton } from './row-button.tsx';
import { ScheduleEditor, useScheduleWords } from './schedule.tsx';
import { linesOf } from './schema-form.tsx';
import { Status } from './status.tsx';

type Plan = ReportView['plan'];

const kinds: Plan['report'][] = [
  'secrets',
  'compliance',
  'runs',
  'log',
  'destinations',
  'drills',
  'incidents',
  'audit',
];

/** The part of the settings page about reports. */
export function Reports() {
  const { t } = useTexts();
  const { mayChange } = useMe();
  const [isAdding, setAdding] = useState(false);
  const reports = useQuery({ queryKey: ['reports'], queryFn: () => api<ReportListView>('GET', '/reports') });
  const hasMail = (reports.data?.mailChannels.length ?? 0) > 0;
  const add =
    mayChange && hasMail ? (
      <Button leftSection={<Icon name="plus" size={16} />} onClick={() => setAdding(true)}>
        {t('reports.add')}
      </Button>
    ) : null;
  return (
    <OpenSection
      id="reports"
      title={t('reports.title')}
      lead={t('reports.lead')}
      action={reports.data?.reports.length === 0 ? null : add}
    >
      <Loaded query={reports} lines={1}>
        {(data) => (
          <>
            {data.reports.length === 0 ? (
              <Empty
                icon="alerts"
                title={t(hasMail ? 'reports.emptyTitle' : 'reports.noMailTitle')}
                hint={t(hasMail ? 'reports.emptyHint' : 'reports.noMailHint')}
              >
                {hasMail ? add : <Go to="/alerts">{t('reports.toAlerts')}</Go>}
              </Empty>
            ) : (
              <Stack gap="md">
                {data.reports.map((report) => (
                  <ReportCard key={report.name} report={report} list={data} />
                ))}
              </Stack>
            )}
            {isAdding ? <ReportDialog list={data} onClose={() => setAdding(false)} /> : null}
          </>
        )}
      </Loaded>
    </OpenSection>
  );
}

function ReportCard({ report, list }: { report: ReportView; list: ReportListView }) {
  const { t, day, list: listed } = useTexts();
  const words = useScheduleWords();
  const { mayChange, mayRun } = useMe();
  const client = useQueryClient();
  const [shown, setShown] = useState<'change' | 'remove' | 'history'>();
  const { name, plan, isEnabled, next, last } = report;
  const path = `/reports/${encodeURIComponent(name)}`;
  const again = (): Promise<void> => client.invalidateQueries();
  const send = useMutation({ mutationFn: () => api<SendingView>('POST', `${path}/send`, {}), onSettled: again });
  const turn = useMutation({ mutationFn: (isOn: boolean) => api('PUT', path, { isEnabled: isOn }), onSettled: again });
  const remove = useMutation({ mutationFn: () => api('DELETE', path), onSuccess: again });
  return (
    <Card withBorder padding="lg" component="article" aria-label={name}>
      <Group justify="space-between" align="flex-start" gap="sm">
        <div className="grow">
          <Group gap="xs">
            <Title order={3}>{name}</Title>
            <Status tone={isEnabled ? 'good' : 'quiet'}>{t(isEnabled ? 'common.on' : 'common.off')}</Status>
          </Group>
          <Text size="sm" className="quiet">
            {t(`reports.kinds.${plan.report}`)} · {t(`reports.formats.${plan.format}`)}
          </Text>
        </div>
        <Group gap="xs">
          {mayRun ? (
            <RowButton isMain loading={send.isPending} onClick={() => send.mutate()} of={name}>
              {t('reports.sendNow')}
            </RowButton>
          ) : null}
          <RowButton onClick={() => setShown('history')} of={name}>
            {t('reports.history')}
          </RowButton>
          {mayChange ? (
            <>
              <RowButton onClick={() => setShown('change')} of={name}>
                {t('common.edit')}
              </RowButton>
              <RowButton onClick={() => setShown('remove')} of={name}>
                {t('common.remove')}
              </RowButton>
              <Switch
                checked={isEnabled}
                onChange={(event) => turn.mutate(event.currentTarget.checked)}
                aria-label={`${name}: ${t('common.on')}`}
              />
            </>
          ) : null}
        </Group>
      </Group>
      <dl className="facts">
        <Fact name={t('reports.to')}>
          {plan.to.length === 0 ? t('reports.toChannel', { channel: plan.channel }) : listed(plan.to)}
        </Fact>
        <Fact name={t('settings.schedule')}>
          {words(plan.schedule)}
          {plan.timeZone === undefined ? '' : ` (${plan.timeZone})`}
        </Fact>
        {next[0] === undefined ? null : <Fact name={t('reports.next')}>{day(next[0])}</Fact>}
        <Fact name={t('reports.last')}>
          <LastSending sending={last} />
        </Fact>
      </dl>
      <div aria-live="polite">
        {send.error === null ? null : <FailureBox failure={viewOfError(send.error)} />}
        {turn.error === null ? null : <FailureBox failure={viewOfError(turn.error)} />}
        {send.data === undefined ? null : <WhatHappened sending={send.data} />}
      </div>
      {shown === 'change' ? <ReportDialog report={report} list={list} onClose={() => setShown(undefined)} /> : null}
      {shown === 'history' ? <SendingsDialog report={report} onClose={() => setShown(undefined)} /> : null}
      {shown === 'remove' ? (
        <Confirm
          title={t('reports.removeTitle', { name })}
          confirm={t('reports.removeConfirm')}
          isPending={remove.isPending}
          error={remove.error}
          onConfirm={() => remove.mutate()}
          onClose={() => setShown(undefined)}
        >
          <Text>{t('reports.removeLoses')}</Text>
        </Confirm>
      ) : null}
    </Card>
  );
}

function LastSending({ sending }: { sending: SendingView | undefined }) {
  const { t, relative, list } = useTexts();
  if (sending === undefined) return <>{t('reports.neverSent')}</>;
  const when = relative(sending.at);
  if (sending.failure !== undefined) return <Status tone="bad">{t('reports.lastFailed', { when })}</Status>;
  if (sending.refused.length > 0)
    return <Status tone="warn">{t('reports.lastPartly', { when, recipients: list(sending.refused) })}</Status>;
  return <>{t('reports.lastSent', { when, recipients: list(sending.recipients) })}</>;
}

function WhatHappened({ sending }: { sending: SendingView }) {
  const { t, list, number } = useTexts();
  const { rows = 0, recipients, refused, failure, steps } = sending;
  return (
    <Stack gap="xs" mt="sm">
      {failure === undefined ? (
        <Alert
          color="green"
          icon={<Icon name="check" />}
          title={t('reports.sent', { recipients: list(recipients), rows: number(rows) })}
        />
      ) : (
        <FailureBox title={t('reports.notSent')} failure={failure} />
      )}
      {failure === undefined && refused.length > 0 ? (
        <Alert
          color="yellow"
          icon={<Icon name="warning" />}
          title={t('reports.refused', { recipients: list(refused) })}
        />
      ) : null}
      <Steps steps={steps} />
    </Stack>
  );
}

function Steps({ steps }: { steps: string[] }) {
  return (
    <ol className="steps quiet" lang="en">
      {steps.map((step) => (
        <li key={step}>{step}</li>
      ))}
    </ol>
  );
}

function SendingsDialog({ report, onClose }: { report: ReportView; onClose: () => void }) {
  const { t, moment } = useTexts();
  const sendings = useQuery({
    queryKey: ['reports', report.name, 'sendings'],
    queryFn: () => api<{ sendings: SendingView[] }>('GET', `/reports/${encodeURIComponent(report.name)}/sendings`),
  });
  return (
    <Dialog title={t('reports.historyOf', { name: report.name })} size="lg" onClose={onClose}>
      <Loaded query={sendings} lines={2}>
        {(data) => (
          <Stack gap="md">
            {data.sendings.length === 0 ? <Text>{t('reports.neverSent')}</Text> : null}
            {data.sendings.map((sending) => (
              <div key={sending.firstAt}>
                <Group gap="xs">
                  <Text fw={600} size="sm">
                    {moment(sending.at)}
                  </Text>
                  <Text size="sm" className="quiet">
                    {sending.askedBy === undefined
                      ? t('reports.onSchedule')
                      : t('reports.askedBy', { name: sending.askedBy })}
                    {sending.attempts > 1 ? ` · ${t('reports.attempts', { count: sending.attempts })}` : ''}
                  </Text>
                </Group>
                <Text size="sm" component="div">
                  <LastSending sending={sending} />
                </Text>
                <Steps steps={sending.steps} />
              </div>
            ))}
          </Stack>
        )}
      </Loaded>
    </Dialog>
  );
}

function ReportDialog(props: { report?: ReportView; list: ReportListView; onClose: () => void }) {
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
          data={kinds.map((value) => ({ value, label: t(`reports.kinds.${value}`) }))}
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

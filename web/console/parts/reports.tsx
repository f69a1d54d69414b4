// Reports by mail: which, to whom, when; sent now, with what really happened; and what became of the earlier ones.
import { Button, Card, Group, Stack, Switch, Text, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { ReportListView, ReportView, SendingView } from '../../../src/api/schemas/reports.ts';
import { api } from '../app/api.ts';
import { useTexts } from '../app/i18n.ts';
import { Go } from '../app/router.tsx';
import { useMe } from '../app/session.ts';
import { Confirm } from './confirm.tsx';
import { FailureBox, viewOfError } from './failure.tsx';
import { Icon } from './icons.tsx';
import { Empty, Fact, Loaded, OpenSection } from './page.tsx';
import { ReportDialog } from './report-dialog.tsx';
import { LastSending, SendingsDialog, WhatHappened } from './report-sendings.tsx';
import { RowButton } from './row-button.tsx';
import { useScheduleWords } from './schedule.tsx';
import { Status } from './status.tsx';

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

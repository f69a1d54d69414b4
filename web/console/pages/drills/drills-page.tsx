// Drills: hold one, watch it, and read what was held.
import { Alert, Button, Card, Select, Stack, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { DrillList, DrillView } from '../../../../src/api/schemas/drills.ts';
import { api } from '../../app/api.ts';
import { useTexts } from '../../app/i18n.ts';
import { Go, goTo } from '../../app/router.tsx';
import { useMe } from '../../app/session.ts';
import { Dialog, Form, FormEnd } from '../../parts/dialog.tsx';
import { FailureBox, viewOfError } from '../../parts/failure.tsx';
import { Icon } from '../../parts/icons.tsx';
import { Empty, Loaded, Page } from '../../parts/page.tsx';
import { RowButton } from '../../parts/row-button.tsx';
import { Status } from '../../parts/status.tsx';
import { type Column, RowsTable, TwoLines } from '../../parts/table.tsx';
import { DrillSteps } from './drill-steps.tsx';

/** Drills. */
export function DrillsPage() {
  const { t, relative } = useTexts();
  const { mayRun } = useMe();
  const [isHolding, setHolding] = useState(false);
  const client = useQueryClient();
  const now = useMutation({
    mutationFn: (target: DrillList['targets'][number]) => api('POST', '/drills', target),
    onSettled: () => client.invalidateQueries({ queryKey: ['drills'] }),
  });
  const drills = useQuery({
    queryKey: ['drills'],
    queryFn: () => api<DrillList>('GET', '/drills?limit=10000'),
    refetchInterval: ({ state }) => ((state.data?.live.length ?? 0) > 0 ? 700 : 30_000),
  });
  const hold = mayRun ? (
    <Button leftSection={<Icon name="play" size={14} />} onClick={() => setHolding(true)}>
      {t('drills.hold')}
    </Button>
  ) : null;
  return (
    <Page title={t('drills.title')} lead={t('drills.lead')} action={drills.data?.drills.length === 0 ? null : hold}>
      <Loaded query={drills}>
        {(data) => (
          <Stack gap="md">
            {data.overdue.map(({ way, kind, destination = '', dueAt }) => (
              <Alert
                key={`${way} ${kind} ${destination}`}
                color="yellow"
                icon={<Icon name="warning" />}
                title={t(`drills.overdue.${way}`, { kind: t(`kind.${kind}`), destination, when: relative(dueAt) })}
              >
                {mayRun && data.targets.some((target) => target.kind === kind && target.destination === destination) ? (
                  <RowButton
                    of={t('restore.copyOf', { kind: t(`kind.${kind}`), destination })}
                    loading={now.isPending}
                    onClick={() => now.mutate({ kind, destination })}
                  >
                    {t('drills.holdNow')}
                  </RowButton>
                ) : null}
              </Alert>
            ))}
            {now.error === null ? null : <FailureBox failure={viewOfError(now.error)} />}
            {data.live.map((live) => (
              <Card key={`${live.kind} ${live.destination}`} withBorder padding="lg" role="status">
                <Text fw={600} mb="xs">
                  {t('drills.holding', { kind: t(`kind.${live.kind}`), destination: live.destination })}
                  {live.isWaiting ? `, ${t('drills.waiting')}` : ' …'}
                </Text>
                <DrillSteps steps={live.steps} />
              </Card>
            ))}
            {data.drills.length === 0 ? (
              <Empty icon="drill" title={t('drills.emptyTitle')} hint={t('drills.emptyHint')}>
                {hold}
              </Empty>
            ) : (
              <Drills drills={data.drills} />
            )}
            {isHolding ? <HoldDialog targets={data.targets} onClose={() => setHolding(false)} /> : null}
          </Stack>
        )}
      </Loaded>
    </Page>
  );
}

function Drills({ drills }: { drills: DrillView[] }) {
  const { t, date, hour, duration } = useTexts();
  const columns: Column<DrillView>[] = [
    {
      title: t('drills.when'),
      width: 'minmax(0, 1.2fr)',
      onPhone: true,
      cell: ({ id, startedAt, way }) => (
        <TwoLines
          first={<Go to={`/drills/${id}`}>{date(startedAt)}</Go>}
          second={`${hour(startedAt)} · ${t(`drills.way.${way}`)}`}
        />
      ),
    },
    {
      title: t('drills.what'),
      width: 'minmax(0, 1fr)',
      onPhone: true,
      cell: ({ kind, destination }) => <TwoLines first={t(`kind.${kind}`)} second={destination} />,
    },
    {
      title: t('drills.took'),
      width: '110px',
      isNumber: true,
      cell: ({ startedAt, endedAt }) => duration(Date.parse(endedAt) - Date.parse(startedAt)),
    },
    {
      title: t('drills.result'),
      width: 'minmax(120px, 1.2fr)',
      onPhone: true,
      cell: ({ result, failure }) => (
        <TwoLines
          first={<Status tone={result === 'passed' ? 'good' : 'bad'}>{t(`drills.${result}`)}</Status>}
          second={failure?.message}
        />
      ),
    },
  ];
  return (
    <RowsTable label={t('drills.title')} columns={columns} rows={drills} onOpen={({ id }) => goTo(`/drills/${id}`)} />
  );
}

function HoldDialog({ targets, onClose }: { targets: DrillList['targets']; onClose: () => void }) {
  const { t } = useTexts();
  const client = useQueryClient();
  const [chosen, setChosen] = useState('0');
  const target = targets[Number(chosen)];
  const hold = useMutation({
    mutationFn: () => api('POST', '/drills', target ?? {}),
    onSuccess: async () => {
      onClose();
      await client.invalidateQueries({ queryKey: ['drills'] });
    },
  });
  return (
    <Dialog title={t('drills.hold')} onClose={onClose}>
      {target === undefined ? (
        <Text>{t('drills.holdNothing')}</Text>
      ) : (
        <Form onSubmit={() => hold.mutate()}>
          <Select
            label={t('drills.holdWhat')}
            data={targets.map(({ kind, destination }, index) => ({
              value: String(index),
              label: t('restore.copyOf', { kind: t(`kind.${kind}`), destination }),
            }))}
            value={chosen}
            allowDeselect={false}
            onChange={(value) => setChosen(value ?? '0')}
          />
          <FormEnd submit={t('drills.hold')} isPending={hold.isPending} error={hold.error} onCancel={onClose} />
        </Form>
      )}
    </Dialog>
  );
}

// The history, with what goes on now above it.
import { Button, Card, Group, Select, Stack, Table, Text } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { RunList, RunView } from '../../../src/api/schemas/runs.ts';
import { api } from '../app/api.ts';
import { useTexts } from '../app/i18n.ts';
import { useLiveRuns } from '../app/live-runs.ts';
import { Go, goTo } from '../app/router.tsx';
import { FailureBox, viewOfError } from '../parts/failure.tsx';
import { Empty, Page } from '../parts/page.tsx';
import { LiveProgress } from '../parts/progress.tsx';
import { OutcomeStatus } from '../parts/status.tsx';

const kinds = ['secrets', 'system', 'recordings'] as const;
const outcomes = ['succeeded', 'partial', 'failed', 'cancelled'] as const;

/** All runs. */
export function RunsPage() {
  const { t, moment, duration } = useTexts();
  const live = useLiveRuns();
  const [kind, setKind] = useState('');
  const [outcome, setOutcome] = useState('');
  const history = useInfiniteQuery({
    queryKey: ['runs', kind, outcome],
    queryFn: ({ pageParam }) => {
      const query = new URLSearchParams({
        ...(kind === '' ? {} : { kind }),
        ...(outcome === '' ? {} : { outcome }),
        ...(pageParam === 0 ? {} : { before: String(pageParam) }),
      });
      return api<RunList>('GET', `/runs?${query}`);
    },
    initialPageParam: 0,
    getNextPageParam: (last) => last.next,
  });
  const runs = history.data?.pages.flatMap((page) => page.runs) ?? [];
  const all = { value: '', label: t('runs.all') };
  return (
    <Page
      title={t('runs.title')}
      lead={t('runs.lead')}
      action={
        <Group gap="sm">
          <Select
            label={t('runs.filterKind')}
            size="sm"
            w={160}
            data={[all, ...kinds.map((value) => ({ value, label: t(`kind.${value}`) }))]}
            value={kind}
            allowDeselect={false}
            onChange={(value) => setKind(value ?? '')}
          />
          <Select
            label={t('runs.filterOutcome')}
            size="sm"
            w={160}
            data={[all, ...outcomes.map((value) => ({ value, label: t(`outcome.${value}`) }))]}
            value={outcome}
            allowDeselect={false}
            onChange={(value) => setOutcome(value ?? '')}
          />
        </Group>
      }
    >
      {live.map((run) => (
        <Card key={run.id} withBorder padding="lg">
          <Text fw={600} mb="xs">
            <Go to={`/runs/${run.id}`}>
              {t('runs.run', { id: run.id })}: {t(`kind.${run.kind}`)}
            </Go>
          </Text>
          <LiveProgress run={run} />
        </Card>
      ))}
      {history.error === null ? null : <FailureBox failure={viewOfError(history.error)} />}
      {history.data === undefined ? null : runs.length === 0 ? (
        <Empty
          icon="runs"
          title={kind === '' && outcome === '' ? t('runs.emptyTitle') : t('runs.emptyFilter')}
          hint={t('runs.emptyHint')}
        />
      ) : (
        <Card withBorder padding={0}>
          <div className="table-scroll" tabIndex={0} role="group" aria-label={t('runs.title')}>
            <Table highlightOnHover fz="sm" verticalSpacing="sm" horizontalSpacing="md" miw={640}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t('runs.started')}</Table.Th>
                  <Table.Th>{t('runs.what')}</Table.Th>
                  <Table.Th>{t('runs.outcome')}</Table.Th>
                  <Table.Th>{t('runs.where')}</Table.Th>
                  <Table.Th>{t('runs.new')}</Table.Th>
                  <Table.Th>{t('runs.took')}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {runs.map((run) => (
                  <Table.Tr key={run.id} className="run-row" onClick={() => goTo(`/runs/${run.id}`)}>
                    <Table.Td>
                      <Go to={`/runs/${run.id}`} fz="sm">
                        {moment(run.startedAt)}
                      </Go>
                    </Table.Td>
                    <Table.Td>{t(`kind.${run.kind}`)}</Table.Td>
                    <Table.Td>
                      <OutcomeStatus outcome={run.outcome} />
                    </Table.Td>
                    <Table.Td>{run.results.map(({ destination }) => destination).join(', ')}</Table.Td>
                    <Table.Td>
                      <NewOf run={run} />
                    </Table.Td>
                    <Table.Td>
                      {run.endedAt === undefined ? '' : duration(Date.parse(run.endedAt) - Date.parse(run.startedAt))}
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </div>
        </Card>
      )}
      {history.hasNextPage ? (
        <Stack align="center">
          <Button variant="default" loading={history.isFetchingNextPage} onClick={() => void history.fetchNextPage()}>
            {t('runs.older')}
          </Button>
        </Stack>
      ) : null}
    </Page>
  );
}

function NewOf({ run }: { run: RunView }) {
  const { bytes } = useTexts();
  const summaries = run.results.flatMap(({ summary }) => (summary === undefined ? [] : [summary]));
  const newBytes = Math.max(0, ...summaries.map((summary) => summary.newBytes));
  return <>{summaries.length === 0 ? '' : bytes(newBytes)}</>;
}

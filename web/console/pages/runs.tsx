// The history, with what goes on now above it. Filters stand in the address: a link shows the same to whoever gets it.
import { Button, Card, Group, Select, Stack, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { DestinationView } from '../../../src/api/schemas/destinations.ts';
import type { RunList, RunView } from '../../../src/api/schemas/runs.ts';
import { api } from '../app/api.ts';
import { midnightOf } from '../app/days.ts';
import { useTexts } from '../app/i18n.ts';
import { useLiveRuns } from '../app/live-runs.ts';
import { usePages } from '../app/pages.ts';
import { useQueryValues } from '../app/router-query.ts';
import { Go, goTo } from '../app/router.tsx';
import { DownloadButton } from '../parts/download-button.tsx';
import { FailureBox, viewOfError } from '../parts/failure.tsx';
import { Empty, Page } from '../parts/page.tsx';
import { LiveProgress } from '../parts/progress.tsx';
import { OutcomeStatus } from '../parts/status.tsx';
import { type Column, DataTable, TwoLines } from '../parts/table.tsx';

const kinds = ['secrets', 'system', 'recordings'] as const;
const outcomes = ['succeeded', 'partial', 'failed', 'cancelled'] as const;
const triggers = ['person', 'schedule', 'change', 'first-start'] as const;
const filters = ['kind', 'outcome', 'startedBy', 'destination', 'since', 'until'] as const;
type Filter = (typeof filters)[number];

/** All runs. */
export function RunsPage() {
  const { t } = useTexts();
  const live = useLiveRuns();
  const [values] = useQueryValues();
  const asked = queryOf(values);
  const pages = usePages<RunView>(
    ['runs', asked],
    async (from, limit) => {
      const { total, runs } = await api<RunList>('GET', `/runs?${asked}&from=${from}&limit=${limit}`);
      return { total, rows: runs };
    },
    { keepsOld: true },
  );
  return (
    <Page title={t('runs.title')} lead={t('runs.lead')}>
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
      <Stack gap="sm">
        <Filters csv={`/runs.csv?${asked}`} />
        {pages.error === null ? null : <FailureBox failure={viewOfError(pages.error)} />}
        {pages.total === 0 ? (
          <Empty
            icon="runs"
            title={asked === '' ? t('runs.emptyTitle') : t('runs.emptyFilter')}
            hint={t('runs.emptyHint')}
          />
        ) : (
          <>
            <Text size="sm" className="quiet" role="status">
              {pages.total === undefined ? '' : t('runs.count', { count: pages.total })}
            </Text>
            <Runs pages={pages} />
          </>
        )}
      </Stack>
    </Page>
  );
}

function queryOf(values: URLSearchParams): string {
  const query = new URLSearchParams();
  for (const name of filters) {
    const given = values.get(name) ?? '';
    const value = name === 'since' ? midnightOf(given, 0) : name === 'until' ? midnightOf(given, 1) : given;
    if (value !== '') query.set(name, value);
  }
  return query.toString();
}

function Filters({ csv }: { csv: string }) {
  const { t } = useTexts();
  const [values, set] = useQueryValues();
  const places = useQuery({
    queryKey: ['destinations'],
    queryFn: () => api<{ destinations: DestinationView[] }>('GET', '/destinations'),
  });
  const all = { value: '', label: t('runs.all') };
  const choice = (name: Filter, label: string, data: { value: string; label: string }[]) => (
    <Select
      label={label}
      size="sm"
      className="filter"
      data={[all, ...data]}
      value={values.get(name) ?? ''}
      allowDeselect={false}
      onChange={(value) => set({ [name]: value ?? '' })}
    />
  );
  const day = (name: Filter, label: string) => (
    <TextInput
      type="date"
      size="sm"
      className="filter"
      label={label}
      value={values.get(name) ?? ''}
      onChange={(event) => set({ [name]: event.currentTarget.value })}
    />
  );
  const isFiltered = filters.some((name) => (values.get(name) ?? '') !== '');
  return (
    <Group align="flex-end" gap="sm">
      {choice(
        'kind',
        t('runs.filterKind'),
        kinds.map((value) => ({ value, label: t(`kind.${value}`) })),
      )}
      {choice(
        'outcome',
        t('runs.filterOutcome'),
        outcomes.map((value) => ({ value, label: t(`outcome.${value}`) })),
      )}
      {choice(
        'startedBy',
        t('runs.filterTrigger'),
        triggers.map((value) => ({ value, label: t(`runs.trigger.${value}`) })),
      )}
      {choice(
        'destination',
        t('runs.filterDestination'),
        (places.data?.destinations ?? []).map(({ name }) => ({ value: name, label: name })),
      )}
      {day('since', t('runs.filterSince'))}
      {day('until', t('runs.filterUntil'))}
      <DownloadButton size="sm" to={csv}>
        {t('runs.csv')}
      </DownloadButton>
      {isFiltered ? (
        <Button size="sm" variant="subtle" onClick={() => set(Object.fromEntries(filters.map((name) => [name, ''])))}>
          {t('runs.noFilter')}
        </Button>
      ) : null}
    </Group>
  );
}

function Runs({ pages }: { pages: ReturnType<typeof usePages<RunView>> }) {
  const { t, date, hour, duration } = useTexts();
  const columns: Column<RunView>[] = [
    {
      title: t('runs.started'),
      width: 'minmax(0, 1.2fr)',
      onPhone: true,
      cell: (run) => (
        <TwoLines
          first={
            <Go to={`/runs/${run.id}`} fz="sm">
              {date(run.startedAt)}
            </Go>
          }
          second={`${hour(run.startedAt)} · ${t(`runs.trigger.${run.startedBy}`)}`}
        />
      ),
    },
    {
      title: t('runs.what'),
      width: 'minmax(0, 1fr)',
      onPhone: true,
      cell: (run) => (
        <TwoLines first={t(`kind.${run.kind}`)} second={run.results.map(({ destination }) => destination).join(', ')} />
      ),
    },
    {
      title: t('runs.outcome'),
      width: '118px',
      onPhone: true,
      cell: (run) => <OutcomeStatus outcome={run.outcome} />,
    },
    { title: t('runs.new'), width: '110px', isNumber: true, cell: (run) => <NewOf run={run} /> },
    {
      title: t('runs.took'),
      width: '120px',
      isNumber: true,
      cell: (run) => (run.endedAt === undefined ? '' : duration(Date.parse(run.endedAt) - Date.parse(run.startedAt))),
    },
  ];
  return (
    <DataTable
      label={t('runs.title')}
      columns={columns}
      total={pages.total ?? 0}
      rowAt={pages.rowAt}
      onSight={pages.onSight}
      onOpen={(run) => goTo(`/runs/${run.id}`)}
    />
  );
}

function NewOf({ run }: { run: RunView }) {
  const { bytes } = useTexts();
  const summaries = run.results.flatMap(({ summary }) => (summary === undefined ? [] : [summary]));
  const newBytes = Math.max(0, ...summaries.map((summary) => summary.newBytes));
  return <>{summaries.length === 0 ? '' : bytes(newBytes)}</>;
}

// Step four: the first backup, live.
import { Alert, Button, Card, Group, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { BackupSettings } from '../../../../src/api/schemas/jobs.ts';
import type { RunList } from '../../../../src/api/schemas/runs.ts';
import { api } from '../../app/api.ts';
import { useTexts } from '../../app/i18n.ts';
import { useLiveRuns } from '../../app/live-runs.ts';
import { FailureBox, viewOfError } from '../../parts/failure.tsx';
import { Icon } from '../../parts/icons.tsx';
import { LiveProgress } from '../../parts/progress.tsx';
import type { StepProps } from './step.ts';

/** The newest run of the secrets. */
export function useNewestSecretsRun() {
  return useQuery({
    queryKey: ['runs', 'newest-secrets'],
    queryFn: () => api<RunList>('GET', '/runs?kind=secrets&limit=1'),
    select: ({ runs }) => runs[0],
  });
}

/** Starts every backup that is switched on, the secrets first. */
export function BackupStep({ isDone, onDone }: StepProps) {
  const { t } = useTexts();
  const client = useQueryClient();
  const live = useLiveRuns();
  const newest = useNewestSecretsRun();
  const start = useMutation({
    mutationFn: async () => {
      const { jobs } = await api<BackupSettings>('GET', '/settings/backup');
      for (const job of jobs) {
        if (job.enabled && job.destinations.length > 0)
          await api('POST', `/jobs/${encodeURIComponent(job.name)}/runs`, {});
      }
    },
    onSettled: () => client.invalidateQueries(),
  });
  const last = newest.data;
  const result = last?.results.find(({ summary }) => summary !== undefined);
  const isBad = last?.outcome === 'failed' || last?.outcome === 'partial';
  const trouble = isBad
    ? (last.failure ?? last.results.find(({ failure }) => failure !== undefined)?.failure)
    : undefined;
  return (
    <Stack gap="md">
      <Title order={2}>{t('firstSteps.backup.title')}</Title>
      <Text>{t('firstSteps.backup.about')}</Text>
      {live.map((run) => (
        <Card key={run.id} withBorder padding="md">
          <Text fw={600} mb={4}>
            {t(`kind.${run.kind}`)}
          </Text>
          <LiveProgress run={run} />
        </Card>
      ))}
      {isDone && result?.summary !== undefined ? (
        <Alert
          color="green"
          icon={<Icon name="check" />}
          role="status"
          title={t('firstSteps.backup.ok', {
            items: t('items.secrets', { count: result.summary.items }),
            destination: result.destination,
          })}
        >
          {live.length > 0 ? t('firstSteps.backup.rest') : null}
        </Alert>
      ) : null}
      {trouble === undefined || live.length > 0 ? null : <FailureBox failure={trouble} />}
      {start.error === null ? null : <FailureBox failure={viewOfError(start.error)} />}
      <Group justify="flex-end">
        {isDone ? (
          <Button onClick={onDone}>{t('firstSteps.next')}</Button>
        ) : (
          <Button
            leftSection={<Icon name="play" size={14} />}
            loading={start.isPending}
            disabled={live.length > 0}
            onClick={() => start.mutate()}
          >
            {t('firstSteps.backup.start')}
          </Button>
        )}
      </Group>
    </Stack>
  );
}

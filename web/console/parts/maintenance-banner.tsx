// While maintenance is on, every page says so. Small on purpose: it comes with the first load.
import { Alert, Group, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { MaintenanceView } from '../../../src/api/schemas/maintenance.ts';
import { api } from '../app/api.ts';
import { useTexts } from '../app/i18n.ts';
import { useMe } from '../app/session.ts';
import { Icon } from './icons.tsx';
import { RowButton } from './row-button.tsx';

const everyMs = 30_000;

/** Whether it is on. */
export function useMaintenance() {
  return useQuery({
    queryKey: ['maintenance'],
    queryFn: () => api<{ maintenance?: MaintenanceView }>('GET', '/maintenance'),
    refetchInterval: everyMs,
  });
}

function useEnd() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => api('DELETE', '/maintenance'),
    onSettled: () => client.invalidateQueries(),
  });
}

/** The banner above every page while it is on. */
export function MaintenanceBanner() {
  const { t, moment } = useTexts();
  const { mayRun } = useMe();
  const state = useMaintenance();
  const end = useEnd();
  const now = state.data?.maintenance;
  if (now === undefined) return null;
  return (
    <Alert
      color="yellow"
      icon={<Icon name="warning" />}
      mb="md"
      title={t('maintenance.on', { until: moment(now.until) })}
      role="status"
    >
      <Group justify="space-between">
        <Text size="sm">{t('maintenance.why', { by: now.by, reason: now.reason })}</Text>
        {mayRun ? (
          <RowButton loading={end.isPending} onClick={() => end.mutate()}>
            {t('maintenance.end')}
          </RowButton>
        ) : null}
      </Group>
    </Alert>
  );
}

// Maintenance: no run starts by itself for a while. While it is on, every page says so.
import { Alert, Button, Card, Group, Select, Text, TextInput, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { MaintenanceView } from '../../../src/api/schemas/maintenance.ts';
import { api } from '../app/api.ts';
import { useTexts } from '../app/i18n.ts';
import { useMe } from '../app/session.ts';
import { Form, FormEnd } from './dialog.tsx';
import { Icon } from './icons.tsx';

const everyMs = 30_000;
const hourMs = 3_600_000;

function useMaintenance() {
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
          <Button size="xs" variant="default" loading={end.isPending} onClick={() => end.mutate()}>
            {t('maintenance.end')}
          </Button>
        ) : null}
      </Group>
    </Alert>
  );
}

/** The card by which it is begun. */
export function MaintenanceCard() {
  const { t } = useTexts();
  const client = useQueryClient();
  const state = useMaintenance();
  const [reason, setReason] = useState('');
  const [hours, setHours] = useState('2');
  const begin = useMutation({
    mutationFn: () =>
      api('PUT', '/maintenance', { reason, until: new Date(Date.now() + Number(hours) * hourMs).toISOString() }),
    onSuccess: async () => {
      setReason('');
      await client.invalidateQueries();
    },
  });
  return (
    <Card withBorder padding="lg" component="section" aria-labelledby="maintenance">
      <Title order={2} id="maintenance">
        {t('maintenance.title')}
      </Title>
      <Text size="sm" className="quiet" mb="sm">
        {t('maintenance.lead')}
      </Text>
      {state.data?.maintenance === undefined ? (
        <Form onSubmit={() => begin.mutate()}>
          <Group align="flex-end" gap="sm">
            <TextInput
              className="grow"
              label={t('maintenance.reason')}
              value={reason}
              onChange={(event) => setReason(event.currentTarget.value)}
            />
            <Select
              label={t('maintenance.for')}
              w={150}
              data={['1', '2', '4', '8', '24', '72'].map((value) => ({
                value,
                label: t('maintenance.hours', { count: Number(value) }),
              }))}
              value={hours}
              allowDeselect={false}
              onChange={(value) => setHours(value ?? '2')}
            />
          </Group>
          <FormEnd
            submit={t('maintenance.begin')}
            isPending={begin.isPending}
            isReady={reason.trim().length >= 3}
            error={begin.error}
          />
        </Form>
      ) : (
        <Text size="sm">{t('maintenance.isOn')}</Text>
      )}
    </Card>
  );
}

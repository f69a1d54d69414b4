// Begins maintenance: no run starts by itself for a while.
import { Group, Select, Text, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../app/api.ts';
import { useTexts } from '../app/i18n.ts';
import { Form, FormEnd } from './dialog.tsx';
import { Section } from './page.tsx';
import { useMaintenance } from './maintenance-banner.tsx';

const hourMs = 3_600_000;

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
    <Section id="maintenance" title={t('maintenance.title')} lead={t('maintenance.lead')}>
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
    </Section>
  );
}

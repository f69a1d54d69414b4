// Alerts: who is told what happens, and a test that says what really happened.
import { Alert, Button, Card, Group, Select, Stack, Switch, Text, TextInput, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { ChannelKindsView, ChannelView, TestedChannel } from '../../../src/api/schemas/channels.ts';
import { api } from '../app/api.ts';
import { useTexts } from '../app/i18n.ts';
import { useMe } from '../app/session.ts';
import { Confirm } from '../parts/confirm.tsx';
import { Dialog, Form, FormEnd } from '../parts/dialog.tsx';
import { FailureBox, viewOfError } from '../parts/failure.tsx';
import { Icon } from '../parts/icons.tsx';
import { Empty, Loaded, Page } from '../parts/page.tsx';
import { type FormValues, SchemaForm, configOf, isFilled, useFieldText } from '../parts/schema-form.tsx';
import { Status } from '../parts/status.tsx';
import { Steps } from '../parts/steps.tsx';
import { RowButton } from '../parts/row-button.tsx';

/** Alerts. */
export function AlertsPage() {
  const { t } = useTexts();
  const { mayChange } = useMe();
  const [isAdding, setAdding] = useState(false);
  const channels = useQuery({
    queryKey: ['channels'],
    queryFn: () => api<{ channels: ChannelView[] }>('GET', '/channels'),
  });
  useEffect(() => {
    if (new URLSearchParams(location.search).has('add')) setAdding(true);
    if (location.search !== '') history.replaceState(null, '', location.pathname);
  }, []);
  const add = mayChange ? (
    <Button leftSection={<Icon name="plus" size={16} />} onClick={() => setAdding(true)}>
      {t('alerts.add')}
    </Button>
  ) : null;
  return (
    <Page title={t('alerts.title')} lead={t('alerts.lead')} action={channels.data?.channels.length === 0 ? null : add}>
      <Loaded query={channels}>
        {(data) =>
          data.channels.length === 0 ? (
            <Empty icon="alerts" title={t('alerts.emptyTitle')} hint={t('alerts.emptyHint')}>
              {add}
            </Empty>
          ) : (
            <Stack>
              {data.channels.map((channel) => (
                <ChannelCard key={channel.name} channel={channel} />
              ))}
            </Stack>
          )
        }
      </Loaded>
      {isAdding && mayChange ? <ChannelDialog onClose={() => setAdding(false)} /> : null}
    </Page>
  );
}

function ChannelCard({ channel }: { channel: ChannelView }) {
  const { t, list, relative } = useTexts();
  const text = useFieldText();
  const { mayChange, mayRun } = useMe();
  const client = useQueryClient();
  const [isRemoving, setRemoving] = useState(false);
  const path = `/channels/${encodeURIComponent(channel.name)}`;
  const again = (): Promise<void> => client.invalidateQueries();
  const test = useMutation({ mutationFn: () => api<TestedChannel>('POST', `${path}/test`, {}), onSettled: again });
  const turn = useMutation({ mutationFn: (isEnabled: boolean) => api('PUT', path, { isEnabled }), onSettled: again });
  const remove = useMutation({ mutationFn: () => api('DELETE', path), onSuccess: again });
  // One that is switched off is told nothing, so it fails at nothing.
  const failing = channel.isEnabled
    ? channel.targets.find(({ failingSince }) => failingSince !== undefined)
    : undefined;
  return (
    <Card withBorder padding="lg" component="article" aria-label={channel.name}>
      <Group justify="space-between" align="flex-start">
        <Group gap="sm" wrap="nowrap" align="flex-start">
          <span className="kind-icon">
            <Icon name="alerts" size={22} />
          </span>
          <div>
            <Group gap="xs">
              <Title order={2}>{channel.name}</Title>
              {failing?.failingSince === undefined ? (
                <Status tone={channel.isEnabled ? 'good' : 'quiet'}>
                  {t(channel.isEnabled ? 'common.on' : 'common.off')}
                </Status>
              ) : (
                <Status tone="bad">{t('alerts.failing', { when: relative(failing.failingSince) })}</Status>
              )}
            </Group>
            <Text size="sm" className="quiet">
              {text(channel.kindTitle)} ·{' '}
              {t('alerts.severity', {
                severity: t(`incidents.severities.${channel.minimumSeverity as 'error'}`).toLowerCase(),
              })}
            </Text>
            {channel.targets.map((target) => (
              <Text size="sm" className="quiet" key={target.target}>
                {[
                  ...(target.target === '' ? [] : [target.target]),
                  target.deliveredAt === undefined
                    ? t('alerts.neverDelivered')
                    : t('alerts.delivered', { when: relative(target.deliveredAt) }),
                  ...(target.queued === 0 ? [] : [t('alerts.waiting', { count: target.queued })]),
                ].join(' · ')}
              </Text>
            ))}
          </div>
        </Group>
        <Group gap="xs">
          {mayRun ? (
            <RowButton isMain loading={test.isPending} onClick={() => test.mutate()} of={channel.name}>
              {t('common.test')}
            </RowButton>
          ) : null}
          {mayChange ? (
            <>
              <Switch
                checked={channel.isEnabled}
                onChange={(event) => turn.mutate(event.currentTarget.checked)}
                aria-label={`${channel.name}: ${t('common.on')}`}
              />
              <RowButton onClick={() => setRemoving(true)} of={channel.name}>
                {t('common.remove')}
              </RowButton>
            </>
          ) : null}
        </Group>
      </Group>
      <div aria-live="polite">
        {test.error === null ? null : <FailureBox failure={viewOfError(test.error)} />}
        {test.data === undefined ? null : (
          <Stack gap="xs" mt="sm">
            {test.data.failure === undefined ? (
              <Alert color="green" icon={<Icon name="check" />} title={t('alerts.told')} />
            ) : (
              <FailureBox title={t('alerts.notTold')} failure={test.data.failure} />
            )}
            <Steps steps={test.data.steps} />
          </Stack>
        )}
      </div>
      {isRemoving ? (
        <Confirm
          title={t('alerts.removeTitle', { name: channel.name })}
          confirm={t('alerts.removeConfirm')}
          isPending={remove.isPending}
          error={remove.error}
          onConfirm={() => remove.mutate()}
          onClose={() => setRemoving(false)}
        >
          <Text>{t('alerts.removeLoses')}</Text>
          {channel.reports.length === 0 ? null : (
            <Text>
              {t('alerts.removeLosesReports', { count: channel.reports.length, names: list(channel.reports) })}
            </Text>
          )}
        </Confirm>
      ) : null}
    </Card>
  );
}

function ChannelDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTexts();
  const text = useFieldText();
  const client = useQueryClient();
  const kinds = useQuery({
    queryKey: ['channel-kinds'],
    queryFn: () => api<ChannelKindsView>('GET', '/channel-kinds'),
    staleTime: Infinity,
  });
  const [kindName, setKind] = useState('email');
  const [name, setName] = useState('');
  const [values, setValues] = useState<FormValues>({});
  const fields = kinds.data?.kinds.find(({ kind }) => kind === kindName)?.fields ?? [];
  const add = useMutation({
    mutationFn: () => api('POST', '/channels', { name, kind: kindName, config: configOf(fields, values) }),
    onSuccess: async () => {
      onClose();
      await client.invalidateQueries();
    },
  });
  return (
    <Dialog title={t('alerts.add')} size="lg" onClose={onClose}>
      <Form onSubmit={() => add.mutate()}>
        <Select
          label={t('alerts.kind')}
          data={(kinds.data?.kinds ?? []).map(({ kind, title }) => ({ value: kind, label: text(title) }))}
          value={kindName}
          allowDeselect={false}
          onChange={(kind) => {
            setKind(kind ?? 'email');
            setValues({});
          }}
        />
        <TextInput
          label={t('dialog.name')}
          required
          value={name}
          autoComplete="off"
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <SchemaForm
          key={kindName}
          fields={fields}
          values={values}
          onChange={setValues}
          shown={['port', 'user', 'password', 'format', 'transport']}
        />
        <FormEnd
          submit={t('common.save')}
          isPending={add.isPending}
          isReady={name !== '' && isFilled(fields, values)}
          error={add.error}
          onCancel={onClose}
        />
      </Form>
    </Dialog>
  );
}

// Alerts: who is told what happens, and a test that says what really happened.
import { Button, Card, Group, Stack, Switch, Text, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { ChannelView, TestedChannel } from '../../../src/api/schemas/channels.ts';
import { api } from '../app/api.ts';
import { useTexts } from '../app/i18n.ts';
import { useMe } from '../app/session.ts';
import { ChannelDialog, TestMessage } from '../parts/channel-dialog.tsx';
import { Confirm } from '../parts/confirm.tsx';
import { FailureBox, viewOfError } from '../parts/failure.tsx';
import { Icon } from '../parts/icons.tsx';
import { Empty, Loaded, Page } from '../parts/page.tsx';
import { useFieldText } from '../parts/schema-form.tsx';
import { Status } from '../parts/status.tsx';
import { RowButton } from '../parts/row-button.tsx';
import { useToldText } from '../parts/what-is-told.tsx';

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
  const told = useToldText();
  const [isRemoving, setRemoving] = useState(false);
  const [isChanging, setChanging] = useState(false);
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
              {text(channel.kindTitle)} · {told(channel.filter)}
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
              <RowButton onClick={() => setChanging(true)} of={channel.name}>
                {t('common.edit')}
              </RowButton>
              <RowButton onClick={() => setRemoving(true)} of={channel.name}>
                {t('common.remove')}
              </RowButton>
            </>
          ) : null}
        </Group>
      </Group>
      <div aria-live="polite">
        {test.error === null ? null : <FailureBox failure={viewOfError(test.error)} />}
        {test.data === undefined ? null : <TestMessage tested={test.data} />}
      </div>
      {isChanging ? <ChannelDialog edited={channel} onClose={() => setChanging(false)} /> : null}
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

// One destination: how it is, tested now, changed, or removed after it was told what is lost.
import { Card, Group, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { DestinationView, ProbeView, RemovalLoss } from '../../../../src/api/schemas/destinations.ts';
import { api } from '../../app/api.ts';
import { useTexts } from '../../app/i18n.ts';
import { useMe } from '../../app/session.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { ChangeDestinationDialog } from '../../parts/destination-dialog.tsx';
import { FailureBox, viewOfError } from '../../parts/failure.tsx';
import { Icon } from '../../parts/icons.tsx';
import { useJobName } from '../../parts/job-name.ts';
import { PartitionLine } from '../../parts/partition.tsx';
import { ProbeResult } from '../../parts/probe-result.tsx';
import { useFieldText } from '../../parts/schema-form.tsx';
import { PlaceStatus, Status } from '../../parts/status.tsx';
import { RowButton } from '../../parts/row-button.tsx';

/** The card of a destination. */
export function PlaceCard({ place }: { place: DestinationView }) {
  const { t, relative, list, moment } = useTexts();
  const text = useFieldText();
  const jobName = useJobName();
  const { mayChange, mayRun } = useMe();
  const client = useQueryClient();
  const [isRemoving, setRemoving] = useState(false);
  const [isChanging, setChanging] = useState(false);
  const path = `/destinations/${encodeURIComponent(place.name)}`;
  const test = useMutation({
    mutationFn: () => api<{ probe: ProbeView }>('POST', `${path}/test`, {}),
    onSettled: () => client.invalidateQueries(),
  });
  const proven = place.appendOnly?.isDeletingRefused === true && place.appendOnly.isOverwritingRefused;
  return (
    <Card withBorder padding="lg" component="article" aria-label={place.name}>
      <Group justify="space-between" align="flex-start" gap="sm">
        <Group gap="sm" wrap="nowrap" align="flex-start" style={{ minWidth: 0 }}>
          <span className="kind-icon">
            <Icon name="place" size={22} />
          </span>
          <div style={{ minWidth: 0 }}>
            <Group gap="xs">
              <Title order={3}>{place.name}</Title>
              <PlaceStatus state={place.state} />
              {proven ? <Status tone="good">{t('settings.appendOnly')}</Status> : null}
            </Group>
            <Text size="sm" className="quiet">
              {text(place.kindTitle)}
              {place.onThisMachine ? `, ${t('home.onThisMachine')}` : ''}
            </Text>
            <Text className="mono">{place.location}</Text>
            <Text size="sm" className="quiet">
              {t('settings.usedBy')}:{' '}
              {place.jobs.length === 0 ? t('settings.usedByNobody') : list(place.jobs.map(jobName))}
              {place.lastProbe === undefined
                ? ''
                : ` · ${t('settings.tested', { when: relative(place.lastProbe.at) })}`}
            </Text>
            {place.lockedUntil === undefined ? null : (
              <Text size="sm" className="quiet">
                {t('settings.lockedUntil', { time: moment(place.lockedUntil) })}
              </Text>
            )}
            {place.hostKeyFingerprint === undefined ? null : (
              <Text size="xs" className="quiet">
                {t('settings.hostKey')}: <span className="mono">{place.hostKeyFingerprint}</span>
              </Text>
            )}
            {place.kind === 'cifs' || place.kind === 'nfs' ? <PartitionLine name={place.name} /> : null}
          </div>
        </Group>
        <Group gap="xs">
          {mayRun ? (
            <RowButton isMain loading={test.isPending} onClick={() => test.mutate()} of={place.name}>
              {t('common.test')}
            </RowButton>
          ) : null}
          {mayChange ? (
            <RowButton onClick={() => setChanging(true)} of={place.name}>
              {t('common.edit')}
            </RowButton>
          ) : null}
          {mayChange ? (
            <RowButton onClick={() => setRemoving(true)} of={place.name}>
              {t('common.remove')}
            </RowButton>
          ) : null}
        </Group>
      </Group>
      <div aria-live="polite">
        {test.error === null ? null : <FailureBox failure={viewOfError(test.error)} />}
        {test.data === undefined ? (
          place.lastProbe?.failure === undefined ? null : (
            <Stack mt="sm">
              <ProbeResult probe={place.lastProbe} />
            </Stack>
          )
        ) : (
          <Stack gap="xs" mt="sm" role="group" aria-label={t('settings.tested', { when: '' })}>
            <ProbeResult probe={test.data.probe} />
          </Stack>
        )}
      </div>
      {isChanging ? <ChangeDestinationDialog place={place} onClose={() => setChanging(false)} /> : null}
      {isRemoving ? <RemoveDialog place={place} onClose={() => setRemoving(false)} /> : null}
    </Card>
  );
}

function RemoveDialog({ place, onClose }: { place: DestinationView; onClose: () => void }) {
  const { t, list } = useTexts();
  const jobName = useJobName();
  const client = useQueryClient();
  const path = `/destinations/${encodeURIComponent(place.name)}`;
  const loss = useQuery({
    queryKey: ['removal', place.name],
    queryFn: () => api<RemovalLoss>('GET', `${path}/removal`),
  });
  const remove = useMutation({
    mutationFn: () => api('DELETE', path),
    onSuccess: async () => {
      onClose();
      await client.invalidateQueries();
    },
  });
  const { jobs = [], jobsWithoutCopy = [] } = loss.data ?? {};
  const others = jobs.filter((job) => !jobsWithoutCopy.includes(job));
  return (
    <Confirm
      title={t('settings.removeTitle', { name: place.name })}
      confirm={t('settings.removeConfirm')}
      isPending={remove.isPending || loss.isPending}
      error={remove.error ?? loss.error}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      <Text>{t('settings.removeStays', { location: place.location })}</Text>
      {jobsWithoutCopy.length === 0 ? null : (
        <Text fw={600} c="red">
          {t('settings.removeLoses', { jobs: list(jobsWithoutCopy.map(jobName)) })}
        </Text>
      )}
      {others.length === 0 ? null : <Text>{t('settings.removeJobs', { jobs: list(others.map(jobName)) })}</Text>}
    </Confirm>
  );
}

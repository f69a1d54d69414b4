// A remote partition in the card of its destination: how it is mounted, and mounting and unmounting it with what is lost.
import { Group, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { PartitionView } from '../../../src/api/schemas/partitions.ts';
import { api } from '../app/api.ts';
import { useTexts } from '../app/i18n.ts';
import { useMe } from '../app/session.ts';
import { Confirm } from './confirm.tsx';
import { FailureBox, viewOfError } from './failure.tsx';
import { useJobName } from './job-name.ts';
import { RowButton } from './row-button.tsx';
import { Status } from './status.tsx';

/** See the head of this file. Nothing for a destination that is no partition. */
export function PartitionLine({ name }: { name: string }) {
  const { t, moment } = useTexts();
  const { mayRun } = useMe();
  const client = useQueryClient();
  const [asked, setAsked] = useState<'remount' | 'unmount'>();
  const partitions = useQuery({
    queryKey: ['partitions'],
    queryFn: () => api<{ partitions: PartitionView[] }>('GET', '/partitions'),
    refetchInterval: 15_000,
  });
  const act = useMutation({
    mutationFn: (how: 'remount' | 'unmount') =>
      api('POST', `/partitions/${encodeURIComponent(name)}/${how}`, { cutsOff: true }),
    onSuccess: () => setAsked(undefined),
    onSettled: () => client.invalidateQueries(),
  });
  const partition = partitions.data?.partitions.find((one) => one.name === name);
  if (partition === undefined) return null;
  const { local, state, unmounted, kernelOptions, running } = partition;
  // What nothing uses is mounted anew without a question: nothing is lost by it.
  const remount = (): void => (running.length > 0 ? setAsked('remount') : act.mutate('remount'));
  return (
    <>
      <Group gap="xs" mt="xs">
        <Status tone={state === 'mounted' ? 'good' : 'bad'}>{t(`partition.state.${state}`)}</Status>
        <Text size="sm" className="mono" title={kernelOptions ?? ''}>
          {local}
        </Text>
        {mayRun ? (
          <>
            <RowButton loading={act.isPending} onClick={remount} of={name}>
              {t(state === 'mounted' ? 'partition.remount' : 'partition.mount')}
            </RowButton>
            {state === 'mounted' ? (
              <RowButton onClick={() => setAsked('unmount')} of={name}>
                {t('partition.unmount')}
              </RowButton>
            ) : null}
          </>
        ) : null}
      </Group>
      {unmounted === undefined ? null : (
        <Text size="sm" className="tone-warn">
          {t('partition.unmountedBy', { name: unmounted.by, when: moment(unmounted.at) })}
        </Text>
      )}
      {act.error !== null && asked === undefined ? <FailureBox failure={viewOfError(act.error)} /> : null}
      {asked === undefined ? null : (
        <Confirm
          title={t(`partition.${asked}Title`, { name })}
          confirm={t(`partition.${asked}`)}
          isPending={act.isPending}
          error={act.error}
          onConfirm={() => act.mutate(asked)}
          onClose={() => {
            act.reset();
            setAsked(undefined);
          }}
        >
          <WhatIsLost partition={partition} how={asked} />
        </Confirm>
      )}
    </>
  );
}

function WhatIsLost({ partition, how }: { partition: PartitionView; how: 'remount' | 'unmount' }) {
  const { t, list, day } = useTexts();
  const jobName = useJobName();
  const { running, next, local } = partition;
  return (
    <>
      {running.length === 0 ? null : (
        <Text fw={600} c="red">
          {t('partition.cutsOff', { jobs: list(running.map(({ job }) => jobName(job))) })}
        </Text>
      )}
      {how === 'unmount' ? (
        <>
          <Text>{t('partition.stays', { local })}</Text>
          <Text>{t('partition.waits')}</Text>
          {next.length === 0 ? null : (
            <ul className="plain-list">
              {next.map(({ job, at }) => (
                <li key={job}>{t('partition.next', { job: jobName(job), when: day(at) })}</li>
              ))}
            </ul>
          )}
        </>
      ) : (
        <Text>{t('partition.remountHint')}</Text>
      )}
    </>
  );
}

// A run while it goes on: how far, how fast, how long still, and a way to stop it.
import { Group, Progress, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import type { LiveRunView } from '../../../src/api/schemas/runs.ts';
import { api } from '../app/api.ts';
import { useTexts } from '../app/i18n.ts';
import { useMe } from '../app/session.ts';
import { RowButton } from './row-button.tsx';

/** The bar of one run, with its numbers. */
export function LiveProgress({ run }: { run: LiveRunView }) {
  const { t, bytes, duration } = useTexts();
  const { mayRun } = useMe();
  const cancel = useMutation({ mutationFn: () => api('POST', `/runs/${run.id}/cancel`, {}) });
  const { progress, stage, destinations } = run;
  const going = destinations.filter(({ outcome }) => outcome === undefined);
  const places = going.map(({ destination }) => destination).join(', ');
  const total = progress?.bytesTotal ?? 0;
  const share = progress !== undefined && total > 0 ? Math.min(100, (100 * progress.bytes) / total) : undefined;
  const doing = run.isCancelling
    ? t('progress.cancelling')
    : t(`progress.${stage ?? (progress === undefined ? 'preparing' : 'sending')}`);
  const parts = [
    ...(progress === undefined || progress.bytes === 0
      ? []
      : [total > 0 ? t('progress.of', { done: bytes(progress.bytes), total: bytes(total) }) : bytes(progress.bytes)]),
    ...(progress?.bytesPerSecond === undefined || progress.bytesPerSecond < 1
      ? []
      : [t('progress.rate', { rate: bytes(progress.bytesPerSecond) })]),
    ...(progress?.remainingMs === undefined ? [] : [t('progress.left', { time: duration(progress.remainingMs) })]),
  ];
  // They are fed together, so what differs is what each has got, and how it ended there.
  const destinationText = (one: LiveRunView['destinations'][number]): string => {
    if (one.outcome !== undefined) return t(`outcome.${one.outcome}`);
    if (one.stage !== undefined) return t(`progress.${one.stage}`);
    const sent = one.progress?.sentBytes;
    return sent === undefined ? t('progress.preparing') : t('progress.sent', { bytes: bytes(sent) });
  };
  return (
    <div role="status" aria-label={`${t('outcome.running')}: ${t(`kind.${run.kind}`)}`}>
      <Group justify="space-between" gap="xs" mb={6}>
        <Text size="sm" fw={600}>
          {doing} {places === '' ? '' : t('progress.to', { destination: places })}
        </Text>
        {mayRun ? (
          <RowButton loading={cancel.isPending} disabled={run.isCancelling} onClick={() => cancel.mutate()}>
            {t('progress.cancel')}
          </RowButton>
        ) : null}
      </Group>
      <Progress.Root size="md">
        <Progress.Section
          value={share ?? 100}
          animated={share === undefined}
          striped={share === undefined}
          aria-label={t(`kind.${run.kind}`)}
          {...(share === undefined ? { 'aria-valuetext': doing } : {})}
        />
      </Progress.Root>
      <Text size="xs" className="quiet" mt={4} mih={18}>
        {parts.join(' · ')}
      </Text>
      {destinations.length < 2
        ? null
        : destinations.map((one) => (
            <Text key={one.destination} size="xs" className="quiet">
              {one.destination}: {destinationText(one)}
            </Text>
          ))}
    </div>
  );
}

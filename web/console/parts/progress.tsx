// A run while it goes on: how far, how fast, how long still, and a way to stop it.
import { Button, Group, Progress, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import type { LiveRunView } from '../../../src/api/schemas/runs.ts';
import { api } from '../app/api.ts';
import { useTexts } from '../app/i18n.ts';
import { useMe } from '../app/session.ts';

/** The bar of one run, with its numbers. */
export function LiveProgress({ run }: { run: LiveRunView }) {
  const { t, bytes, duration } = useTexts();
  const { mayRun } = useMe();
  const cancel = useMutation({ mutationFn: () => api('POST', `/runs/${run.id}/cancel`, {}) });
  const { progress, stage, destination } = run;
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
  return (
    <div role="status" aria-label={`${t('outcome.running')}: ${t(`kind.${run.kind}`)}`}>
      <Group justify="space-between" gap="xs" mb={6}>
        <Text size="sm" fw={600}>
          {doing} {destination === undefined ? '' : t('progress.to', { destination })}
        </Text>
        {mayRun ? (
          <Button
            size="compact-xs"
            variant="default"
            loading={cancel.isPending}
            disabled={run.isCancelling}
            onClick={() => cancel.mutate()}
          >
            {t('progress.cancel')}
          </Button>
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
    </div>
  );
}

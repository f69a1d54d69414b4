// One kind of backup on Home: its copies, how old they are against their objective, and the next run.
import { Card, Group, Text, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { CopyHealthView, JobReadinessView } from '../../../../src/api/schemas/overview.ts';
import { api } from '../../app/api.ts';
import { useTexts } from '../../app/i18n.ts';
import { useLiveRuns } from '../../app/live-runs.ts';
import { useMe } from '../../app/session.ts';
import { FailureBox, viewOfError } from '../../parts/failure.tsx';
import { Icon } from '../../parts/icons.tsx';
import { LiveProgress } from '../../parts/progress.tsx';
import { Status } from '../../parts/status.tsx';
import { RowButton } from '../../parts/row-button.tsx';
import { LastDays } from './last-days.tsx';

/** The card of a kind. */
export function KindCard({ job }: { job: JobReadinessView }) {
  const { t, relative } = useTexts();
  const { mayRun } = useMe();
  const client = useQueryClient();
  const live = useLiveRuns().find((run) => run.job === job.job);
  const start = useMutation({
    mutationFn: () => api('POST', `/jobs/${encodeURIComponent(job.job)}/runs`, {}),
    onSettled: () => client.invalidateQueries({ queryKey: ['overview'] }),
  });
  const isOff = !job.enabled;
  return (
    <Card withBorder padding="lg" className="kind-card" component="section" aria-label={t(`kind.${job.kind}`)}>
      <Group gap="sm" wrap="nowrap" align="flex-start" mb="sm">
        <span className="kind-icon">
          <Icon name={job.kind} size={22} />
        </span>
        <div>
          <Title order={2}>{t(`kind.${job.kind}`)}</Title>
          <Text size="sm" className="quiet">
            {t(`kindAbout.${job.kind}`)}
          </Text>
        </div>
      </Group>
      <div className="grow">
        {isOff ? (
          <div className="copy-row">
            <Status tone="quiet">{t('home.off')}</Status>
          </div>
        ) : job.copies.length === 0 ? (
          <div className="copy-row">
            <Status tone="bad">{t('home.noCopies')}</Status>
          </div>
        ) : (
          job.copies.map((copy) => <CopyRow key={copy.destination} copy={copy} />)
        )}
      </div>
      {isOff ? null : <LastDays days={job.days} />}
      {live === undefined ? null : (
        <div className="copy-row">
          <LiveProgress run={live} />
        </div>
      )}
      {start.error === null ? null : <FailureBox failure={viewOfError(start.error)} />}
      <Group justify="space-between" gap="xs" mt="sm">
        <Text size="sm" className="quiet">
          {job.next === undefined ? '' : t('home.next', { when: relative(job.next) })}
        </Text>
        {mayRun && !isOff && job.copies.length > 0 ? (
          <RowButton
            isMain
            leftSection={<Icon name="play" size={14} />}
            loading={start.isPending}
            disabled={live !== undefined || job.isRunning}
            onClick={() => start.mutate()}
            of={t(`kind.${job.kind}`)}
          >
            {live !== undefined || job.isRunning ? t('home.running') : t('home.backUp')}
          </RowButton>
        ) : null}
      </Group>
    </Card>
  );
}

function CopyRow({ copy }: { copy: CopyHealthView }) {
  const { t, relative, bytes, age, moment } = useTexts();
  const isLost = copy.destinationState === 'lost';
  const tone = isLost ? 'bad' : copy.state === 'good' ? 'good' : copy.state === 'late' ? 'warn' : 'quiet';
  const count = copy.items ?? 0;
  return (
    <div className="copy-row">
      <Group justify="space-between" gap="xs" wrap="nowrap">
        <Text fw={600} truncate title={copy.destination}>
          {copy.destination}
        </Text>
        <Status tone={tone}>{isLost ? t('home.lost') : t(`home.copy.${copy.state}`)}</Status>
      </Group>
      {copy.goodAt === undefined ? null : (
        <Text size="sm" title={moment(copy.goodAt)}>
          {t('home.lastGood', { when: relative(copy.goodAt) })}
        </Text>
      )}
      <Text size="xs" className="quiet">
        {[
          ...(copy.goodAt === undefined
            ? []
            : [
                `${t(copy.kind === 'secrets' ? 'items.secrets' : 'items.files', { count })}, ${bytes(copy.bytes ?? 0)}`,
              ]),
          ...(copy.state === 'late' ? [t('home.objective', { age: age(copy.objectiveMs) })] : []),
          ...(copy.onThisMachine ? [t('home.onThisMachine')] : []),
          ...(copy.drilledAt === undefined ? [] : [t('home.drilled', { when: relative(copy.drilledAt) })]),
          ...(copy.readBackSince === undefined ? [] : [t('home.readBack', { when: relative(copy.readBackSince) })]),
        ].join(' · ')}
      </Text>
    </div>
  );
}

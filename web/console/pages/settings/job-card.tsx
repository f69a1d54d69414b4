// What one kind of backup does: what it takes, where to, when, how long it is kept.
import { Card, Group, Text, Title } from '@mantine/core';
import type { JobView } from '../../../../src/api/schemas/jobs.ts';
import { useTexts } from '../../app/i18n.ts';
import { useMe } from '../../app/session.ts';
import { HookList } from '../../parts/hooks.tsx';
import { Icon } from '../../parts/icons.tsx';
import { Fact } from '../../parts/page.tsx';
import { Profiles } from '../../parts/profiles.tsx';
import { useRetentionWords } from '../../parts/retention.tsx';
import { useScheduleWords } from '../../parts/schedule.tsx';
import { SourceList } from '../../parts/sources.tsx';
import { Status } from '../../parts/status.tsx';
import { RowButton } from '../../parts/row-button.tsx';

/** The summary that is read before anything is edited. */
export function JobCard({ job, onEdit }: { job: JobView; onEdit: () => void }) {
  const { t, day, list } = useTexts();
  const { mayChange } = useMe();
  const words = useScheduleWords();
  const retention = useRetentionWords();
  return (
    <Card withBorder padding="lg" component="section" aria-label={t(`kind.${job.kind}`)}>
      <Group justify="space-between" mb="sm" wrap="nowrap">
        <Group gap="sm" wrap="nowrap">
          <span className="kind-icon">
            <Icon name={job.kind} size={22} />
          </span>
          <Title order={2}>{t(`kind.${job.kind}`)}</Title>
        </Group>
        {mayChange ? (
          <RowButton onClick={onEdit} of={t(`kind.${job.kind}`)}>
            {t('common.edit')}
          </RowButton>
        ) : null}
      </Group>
      <dl className="facts facts-narrow">
        <Fact name={t(`settings.enabled.${job.kind}`)}>
          <Status tone={job.enabled ? 'good' : 'quiet'}>{t(job.enabled ? 'common.on' : 'common.off')}</Status>
        </Fact>
        {job.kind === 'secrets' ? (
          <Fact name={t('settings.sources')}>
            <SourceList />
          </Fact>
        ) : (
          <Fact name={t('settings.folders')}>
            {job.folders.length === 0
              ? t('common.none')
              : job.folders.map((folder) => (
                  <div key={folder} className="mono">
                    {folder}
                  </div>
                ))}
            {job.missingFolders.length === 0 ? null : (
              <Text size="sm" className="tone-warn">
                {t('settings.missing', { folders: list(job.missingFolders) })}
              </Text>
            )}
          </Fact>
        )}
        {job.excludes.length === 0 ? null : (
          <Fact name={t('settings.excludes')}>
            <span className="mono">{job.excludes.join(', ')}</span>
          </Fact>
        )}
        {job.commands.length === 0 ? null : (
          <Fact name={t('settings.commands')}>
            <span className="mono">{job.commands.join(', ')}</span>
          </Fact>
        )}
        {job.kind !== 'system' ? null : (
          <Fact name={t('profiles.title')}>
            <Profiles job={job} />
          </Fact>
        )}
        {job.hooks === undefined || job.hooks.before.length + job.hooks.after.length === 0 ? null : (
          <Fact name={t('hooks.title')}>
            <HookList hooks={job.hooks} />
          </Fact>
        )}
        <Fact name={t('settings.destinations')}>
          {job.destinations.length === 0 ? t('settings.noDestinations') : list(job.destinations)}
        </Fact>
        <Fact name={t('settings.schedule')}>
          {words(job.schedule)}
          {job.timeZone === undefined ? '' : ` (${job.timeZone})`}
        </Fact>
        {job.next.length === 0 ? null : (
          <Fact name={t('settings.next')}>
            {job.next.map((at) => (
              <Text size="sm" key={at}>
                {day(at)}
              </Text>
            ))}
          </Fact>
        )}
        <Fact name={t('settings.retention')}>{retention(job.retention)}</Fact>
      </dl>
    </Card>
  );
}

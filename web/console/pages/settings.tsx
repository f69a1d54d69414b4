// Settings > Backup, as the documented page has it: a summary to read first, then Edit; and how the files will be sent.
import { Button, Card, Group, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { DestinationView, ProbeView, RemovalLoss } from '../../../src/api/schemas/destinations.ts';
import type { BackupSettings, JobView } from '../../../src/api/schemas/jobs.ts';
import { api } from '../app/api.ts';
import { useTexts } from '../app/i18n.ts';
import { useMe } from '../app/session.ts';
import { Confirm } from '../parts/confirm.tsx';
import { CopyText } from '../parts/copy-text.tsx';
import { ChangeDestinationDialog, DestinationDialog } from '../parts/destination-dialog.tsx';
import { FailureBox, viewOfError } from '../parts/failure.tsx';
import { HookList } from '../parts/hooks.tsx';
import { Icon } from '../parts/icons.tsx';
import { JobDialog } from '../parts/job-dialog.tsx';
import { useJobName } from '../parts/job-name.ts';
import { Empty, Fact, Loaded, Page, Section, OpenSection } from '../parts/page.tsx';
import { MaintenanceCard } from '../parts/maintenance.tsx';
import { PartitionLine } from '../parts/partition.tsx';
import { Profiles } from '../parts/profiles.tsx';
import { ProbeResult } from '../parts/probe-result.tsx';
import { Reports } from '../parts/reports.tsx';
import { useRetentionWords } from '../parts/retention.tsx';
import { useScheduleWords } from '../parts/schedule.tsx';
import { useFieldText } from '../parts/schema-form.tsx';
import { SourceList } from '../parts/sources.tsx';
import { PlaceStatus, Status } from '../parts/status.tsx';
import { RowButton } from '../parts/row-button.tsx';

/** Settings > Backup. */
export function SettingsPage() {
  const { t } = useTexts();
  const { mayRun } = useMe();
  const settings = useQuery({ queryKey: ['settings'], queryFn: () => api<BackupSettings>('GET', '/settings/backup') });
  const [edited, setEdited] = useState<string>();
  const [isAdding, setAdding] = useState(false);
  // Home leads here with the action in the address.
  useEffect(() => {
    const wanted = new URLSearchParams(location.search);
    if (wanted.has('add')) setAdding(true);
    if (wanted.has('edit')) setEdited(wanted.get('edit') ?? undefined);
    if (location.search !== '') history.replaceState(null, '', location.pathname);
  }, []);
  return (
    <Page title={t('settings.title')} lead={t('settings.lead')}>
      <Loaded query={settings} lines={4}>
        {({ jobs, machineTimeZone }) => {
          const job = jobs.find(({ name }) => name === edited);
          return (
            <>
              <SimpleGrid cols={{ base: 1, md: 2, xl: 3 }} spacing="lg">
                {jobs.map((each) => (
                  <JobCard key={each.name} job={each} onEdit={() => setEdited(each.name)} />
                ))}
              </SimpleGrid>
              <Destinations onAdd={() => setAdding(true)} />
              <OwnKey />
              <Reports />
              {mayRun ? <MaintenanceCard /> : null}
              {job === undefined ? null : (
                <JobDialog
                  key={job.name}
                  job={job}
                  machineTimeZone={machineTimeZone}
                  onClose={() => setEdited(undefined)}
                />
              )}
              {isAdding ? <DestinationDialog jobs={jobs} onClose={() => setAdding(false)} /> : null}
            </>
          );
        }}
      </Loaded>
    </Page>
  );
}

function JobCard({ job, onEdit }: { job: JobView; onEdit: () => void }) {
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

function Destinations({ onAdd }: { onAdd: () => void }) {
  const { t } = useTexts();
  const { mayChange } = useMe();
  const places = useQuery({
    queryKey: ['destinations'],
    queryFn: () => api<{ destinations: DestinationView[] }>('GET', '/destinations'),
    refetchInterval: 15_000,
  });
  const add = mayChange ? (
    <Button leftSection={<Icon name="plus" size={16} />} onClick={onAdd}>
      {t('settings.add')}
    </Button>
  ) : null;
  return (
    <OpenSection
      id="where"
      title={t('settings.where')}
      lead={t('settings.whereLead')}
      action={places.data?.destinations.length === 0 ? null : add}
    >
      <Loaded query={places}>
        {({ destinations }) =>
          destinations.length === 0 ? (
            <Empty icon="place" title={t('settings.emptyTitle')} hint={t('settings.emptyHint')}>
              {add}
            </Empty>
          ) : (
            <Stack gap="md">
              {destinations.map((place) => (
                <PlaceCard key={place.name} place={place} />
              ))}
            </Stack>
          )
        }
      </Loaded>
    </OpenSection>
  );
}

// Shown without adding anything: whoever runs the backup server asks for it beforehand.
function OwnKey() {
  const { t } = useTexts();
  const key = useQuery({
    queryKey: ['ssh-key'],
    queryFn: () => api<{ publicLine: string }>('GET', '/ssh-key'),
    staleTime: Infinity,
  });
  return (
    <Section id="own-key" title={t('settings.ownKey')} lead={t('settings.ownKeyHint')}>
      <Loaded query={key} lines={1}>
        {({ publicLine }) => <CopyText text={publicLine} label={t('dialog.publicKey')} />}
      </Loaded>
    </Section>
  );
}

function PlaceCard({ place }: { place: DestinationView }) {
  const { t, relative, list } = useTexts();
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

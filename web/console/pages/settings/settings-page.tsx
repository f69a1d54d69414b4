// Settings > Backup, as the documented page has it: a summary to read first, then Edit; and how the files will be sent.
import { SimpleGrid } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { BackupSettings } from '../../../../src/api/schemas/jobs.ts';
import { api } from '../../app/api.ts';
import { useTexts } from '../../app/i18n.ts';
import { useMe } from '../../app/session.ts';
import { CopyText } from '../../parts/copy-text.tsx';
import { DestinationDialog } from '../../parts/destination-dialog.tsx';
import { JobDialog } from '../../parts/job-dialog.tsx';
import { Loaded, Page, Section } from '../../parts/page.tsx';
import { MaintenanceCard } from '../../parts/maintenance.tsx';
import { Reports } from '../../parts/reports.tsx';
import { JobCard } from './job-card.tsx';
import { Destinations } from './places.tsx';

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

// Step two: what is protected.
import { Button, Group, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { BackupSettings } from '../../../../src/api/schemas/jobs.ts';
import { api } from '../../app/api.ts';
import { useTexts } from '../../app/i18n.ts';
import { FailureBox, viewOfError } from '../../parts/failure.tsx';
import { JobDialog } from '../../parts/job-dialog.tsx';
import { Loaded } from '../../parts/page.tsx';
import { SourceList } from '../../parts/sources.tsx';
import { type StepProps, useSayFirstStep } from './step.ts';
import { RowButton } from '../../parts/row-button.tsx';

/** Shows and changes what is protected, until somebody says that it is right. */
export function SourcesStep({ onDone }: StepProps) {
  const { t, list } = useTexts();
  const [isEditing, setEditing] = useState(false);
  const say = useSayFirstStep();
  const settings = useQuery({ queryKey: ['settings'], queryFn: () => api<BackupSettings>('GET', '/settings/backup') });
  return (
    <Stack gap="lg">
      <Title order={2}>{t('firstSteps.sources.title')}</Title>
      <section aria-labelledby="wizard-secrets">
        <Title order={3} id="wizard-secrets">
          {t('firstSteps.sources.secrets')}
        </Title>
        <Text size="sm" className="quiet" mb="xs">
          {t('firstSteps.sources.secretsAbout')}
        </Text>
        <SourceList />
      </section>
      <Loaded query={settings} lines={1}>
        {({ jobs, machineTimeZone }) => {
          const system = jobs.find(({ kind }) => kind === 'system');
          if (system === undefined) return null;
          return (
            <section aria-labelledby="wizard-system">
              <Title order={3} id="wizard-system">
                {t('firstSteps.sources.system')}
              </Title>
              <Text size="sm" className="quiet" mb="xs">
                {t('firstSteps.sources.systemAbout')}
              </Text>
              {system.folders.map((folder) => (
                <div key={folder} className="mono">
                  {folder}
                </div>
              ))}
              {system.missingFolders.length === 0 ? null : (
                <Text size="sm" className="tone-warn">
                  {t('settings.missing', { folders: list(system.missingFolders) })}
                </Text>
              )}
              <RowButton mt="xs" onClick={() => setEditing(true)}>
                {t('firstSteps.sources.folders')}
              </RowButton>
              {isEditing ? (
                <JobDialog job={system} machineTimeZone={machineTimeZone} onClose={() => setEditing(false)} />
              ) : null}
            </section>
          );
        }}
      </Loaded>
      {say.error === null ? null : <FailureBox failure={viewOfError(say.error)} />}
      <Group justify="flex-end">
        <Button loading={say.isPending} onClick={() => say.mutate({ sources: true }, { onSuccess: onDone })}>
          {t('firstSteps.sources.confirm')}
        </Button>
      </Group>
    </Stack>
  );
}

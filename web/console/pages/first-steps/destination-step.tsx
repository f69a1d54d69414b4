// Step three: a destination, tested before it is kept.
import { Button, Group, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { DestinationView } from '../../../../src/api/schemas/destinations.ts';
import type { BackupSettings } from '../../../../src/api/schemas/jobs.ts';
import { api } from '../../app/api.ts';
import { useTexts } from '../../app/i18n.ts';
import { AddDestination } from '../../parts/destination-dialog.tsx';
import { Loaded } from '../../parts/page.tsx';
import { PlaceStatus } from '../../parts/status.tsx';
import type { StepProps } from './step.ts';

/** Adds the first destination, or shows what there is. */
export function DestinationStep({ isDone, onDone }: StepProps) {
  const { t } = useTexts();
  const [isAdding, setAdding] = useState(!isDone);
  const settings = useQuery({ queryKey: ['settings'], queryFn: () => api<BackupSettings>('GET', '/settings/backup') });
  const places = useQuery({
    queryKey: ['destinations'],
    queryFn: () => api<{ destinations: DestinationView[] }>('GET', '/destinations'),
  });
  return (
    <Stack gap="md">
      <Title order={2}>{t('firstSteps.destination.title')}</Title>
      <Text>{t('firstSteps.destination.about')}</Text>
      {isAdding ? (
        <Loaded query={settings}>
          {({ jobs }) => (
            <AddDestination
              jobs={jobs}
              onClose={() => {
                setAdding(false);
                onDone();
              }}
            />
          )}
        </Loaded>
      ) : (
        <Loaded query={places}>
          {({ destinations }) => (
            <>
              {destinations.map((place) => (
                <div className="gap-row" key={place.name}>
                  <div>
                    <Text fw={600}>{place.name}</Text>
                    <span className="mono">{place.location}</span>
                  </div>
                  <PlaceStatus state={place.state} />
                </div>
              ))}
              <Group justify="space-between">
                <Button variant="default" onClick={() => setAdding(true)}>
                  {t(isDone ? 'firstSteps.destination.another' : 'settings.add')}
                </Button>
                {isDone ? <Button onClick={onDone}>{t('firstSteps.next')}</Button> : null}
              </Group>
            </>
          )}
        </Loaded>
      )}
    </Stack>
  );
}

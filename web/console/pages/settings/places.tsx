// How the files will be sent: the destinations.
import { Button, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { DestinationView } from '../../../../src/api/schemas/destinations.ts';
import { api } from '../../app/api.ts';
import { useTexts } from '../../app/i18n.ts';
import { useMe } from '../../app/session.ts';
import { Icon } from '../../parts/icons.tsx';
import { Empty, Loaded, OpenSection } from '../../parts/page.tsx';
import { PlaceCard } from './place-card.tsx';

/** All destinations, and the way to another one. */
export function Destinations({ onAdd }: { onAdd: () => void }) {
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

// Sizes over time on Home: for each copy how much it protects, and how much every day added.
import { Card, SimpleGrid, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { SizesView } from '../../../src/api/schemas/runs.ts';
import { api } from '../app/api.ts';
import { useTexts } from '../app/i18n.ts';
import { Chart } from './chart.tsx';
import { useJobName } from './job-name.ts';

const daysShown = 90;
// As the cards above them stand.
const kinds = ['secrets', 'system', 'recordings'];

/** The charts; nothing before the first backup. */
export function Sizes() {
  const { t, bytes, date } = useTexts();
  const jobName = useJobName();
  const sizes = useQuery({
    queryKey: ['sizes'],
    queryFn: () => api<SizesView>('GET', `/sizes?days=${daysShown}`),
    staleTime: 60_000,
  });
  const histories = (sizes.data?.histories ?? []).toSorted((a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind));
  if (histories.length === 0) return null;
  const words = ({ day, value }: { day: string; value: number }): string =>
    t('home.onDay', { value: bytes(value), day: date(`${day}T12:00:00Z`) });
  return (
    <section aria-labelledby="sizes">
      <Title order={2} id="sizes">
        {t('home.sizes')}
      </Title>
      <Text size="sm" className="quiet" mb="sm">
        {t('home.sizesHint', { count: daysShown })}
      </Text>
      <SimpleGrid cols={{ base: 1, md: 2, lg: 3 }} spacing="lg">
        {histories.map(({ job, destination, days }) => (
          <Card key={`${job} ${destination}`} withBorder padding="lg">
            <Title order={3}>{t('restore.copyOf', { kind: jobName(job), destination })}</Title>
            <Chart
              label={t('home.protected')}
              shape="line"
              words={words}
              points={days.map(({ day, bytes: value }) => ({ day, value }))}
            />
            <Chart
              label={t('home.added')}
              shape="bars"
              words={words}
              points={days.map(({ day, newBytes: value }) => ({ day, value }))}
            />
          </Card>
        ))}
      </SimpleGrid>
    </section>
  );
}

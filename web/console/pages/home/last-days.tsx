// How the last days of a backup went: a bar a day, tall when good, short when not; told in words beside it.
import { Text } from '@mantine/core';
import type { JobReadinessView } from '../../../../src/api/schemas/overview.ts';
import { useTexts } from '../../app/i18n.ts';

/** Nothing before the first run. */
export function LastDays({ days }: { days: JobReadinessView['days'] }) {
  const { t, date } = useTexts();
  const countOf = (outcome: string): number => days.filter((day) => day.outcome === outcome).length;
  if (days.every(({ outcome }) => outcome === undefined)) return null;
  const told = [
    t('home.days.good', { count: countOf('succeeded') }),
    ...(countOf('partial') === 0 ? [] : [t('home.days.partial', { count: countOf('partial') })]),
    ...(countOf('failed') === 0 ? [] : [t('home.days.failed', { count: countOf('failed') })]),
  ];
  return (
    <div className="copy-row">
      <Text size="xs" className="quiet" mb={4}>
        {t('home.days.title', { total: days.length })}: {told.join(', ')}
      </Text>
      <div className="days" aria-hidden="true">
        {days.map(({ day, outcome }) => (
          <span
            key={day}
            className={`day day-${outcome ?? 'none'}`}
            title={`${date(`${day}T12:00:00Z`)}: ${t(outcome === undefined ? 'home.days.none' : `outcome.${outcome}`)}`}
          />
        ))}
      </div>
    </div>
  );
}

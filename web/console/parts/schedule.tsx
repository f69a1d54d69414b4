// Schedules in plain words, with cron for whoever wants it, and the next runs always shown.
import { Group, NumberInput, Select, Stack, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../app/api.ts';
import { useTexts } from '../app/i18n.ts';
import { FailureBox, viewOfError } from './failure.tsx';

type Shape = 'daily' | 'weekdays' | 'weekly' | 'hours' | 'custom';

interface Plain {
  shape: Shape;
  time: string;
  day: number;
  hours: number;
}

/** What a cron expression says, as far as plain words go. */
export function plainOf(cron: string): Plain {
  const plain: Plain = { shape: 'custom', time: '05:00', day: 0, hours: 4 };
  const fixed = /^(\d{1,2}) (\d{1,2}) \* \* (\*|1-5|[0-7])$/.exec(cron.trim());
  if (fixed !== null) {
    const [, minute = '', hour = '', days = ''] = fixed;
    const time = `${hour.padStart(2, '0')}:${minute.padStart(2, '0')}`;
    if (days === '*') return { ...plain, shape: 'daily', time };
    return days === '1-5'
      ? { ...plain, shape: 'weekdays', time }
      : { ...plain, shape: 'weekly', time, day: Number(days) % 7 };
  }
  const every = /^0 \*(?:\/(\d{1,2}))? \* \* \*$/.exec(cron.trim());
  return every === null ? plain : { ...plain, shape: 'hours', hours: Number(every[1] ?? 1) };
}

/** The cron expression of plain words. */
export function cronOf({ shape, time, day, hours }: Plain): string {
  const [hour = '5', minute = '0'] = time.split(':');
  const at = `${Number(minute)} ${Number(hour)} * *`;
  if (shape === 'hours') return hours <= 1 ? '0 * * * *' : `0 */${hours} * * *`;
  return `${at} ${shape === 'weekdays' ? '1-5' : shape === 'weekly' ? day : '*'}`;
}

/** A schedule in one sentence. */
export function useScheduleWords(): (cron: string) => string {
  const { t, weekday } = useTexts();
  return (cron) => {
    const { shape, time, day, hours } = plainOf(cron);
    if (shape === 'hours')
      return hours === 1 ? t('schedule.words.hourly') : t('schedule.words.hours', { count: hours });
    const name = weekday(day);
    return t(`schedule.words.${shape}`, { time, cron, day: name.charAt(0).toUpperCase() + name.slice(1) });
  };
}

/** Edits a schedule and its time zone. */
export function ScheduleEditor(props: {
  schedule: string;
  timeZone: string;
  machineTimeZone: string;
  onChange: (schedule: string, timeZone: string) => void;
  /** What comes on schedule, where that is no run: the titles of the first field and of what comes next. */
  titles?: { every: string; next: string };
}) {
  const { t, day, weekday } = useTexts();
  const { schedule, timeZone, onChange } = props;
  const [shape, setShape] = useState<Shape>(plainOf(schedule).shape);
  const known = plainOf(schedule);
  const plain: Plain = { ...known, shape };
  const set = (change: Partial<Plain>): void => {
    const next = { ...plain, ...change };
    setShape(next.shape);
    if (next.shape !== 'custom') onChange(cronOf(next), timeZone);
  };
  const [asked] = useDebouncedValue(
    `schedule=${encodeURIComponent(schedule)}&timeZone=${encodeURIComponent(timeZone)}`,
    250,
  );
  const next = useQuery({
    queryKey: ['schedule', asked],
    queryFn: () => api<{ next: string[] }>('GET', `/schedule?${asked}`),
    retry: false,
  });
  const shapes: Shape[] = ['daily', 'weekdays', 'weekly', 'hours', 'custom'];
  return (
    <Stack gap="sm">
      <Group gap="sm" align="flex-end" grow preventGrowOverflow={false}>
        <Select
          miw={150}
          label={props.titles?.every ?? t('schedule.every')}
          data={shapes.map((value) => ({ value, label: t(`schedule.${value}`) }))}
          value={shape}
          allowDeselect={false}
          onChange={(value) => set({ shape: value as Shape })}
        />
        {shape === 'weekly' ? (
          <Select
            miw={130}
            label={t('schedule.day')}
            data={[1, 2, 3, 4, 5, 6, 0].map((value) => ({ value: String(value), label: weekday(value) }))}
            value={String(plain.day)}
            allowDeselect={false}
            onChange={(value) => set({ day: Number(value) })}
          />
        ) : null}
        {shape === 'daily' || shape === 'weekdays' || shape === 'weekly' ? (
          <TextInput
            type="time"
            miw={110}
            label={t('schedule.at')}
            value={plain.time}
            onChange={(event) =>
              event.currentTarget.value === '' ? undefined : set({ time: event.currentTarget.value })
            }
          />
        ) : null}
        {shape === 'hours' ? (
          <NumberInput
            label={t('schedule.hoursBetween')}
            min={1}
            max={23}
            allowDecimal={false}
            value={plain.hours}
            onChange={(value) => set({ hours: Math.min(23, Math.max(1, Number(value) || 1)) })}
          />
        ) : null}
        {shape === 'custom' ? (
          <TextInput
            label={t('schedule.cron')}
            description={t('schedule.cronHint')}
            value={schedule}
            onChange={(event) => onChange(event.currentTarget.value, timeZone)}
            className="mono"
          />
        ) : null}
      </Group>
      <TextInput
        label={t('schedule.zone')}
        description={t('schedule.zoneHint', { zone: props.machineTimeZone })}
        placeholder="America/Sao_Paulo"
        value={timeZone}
        onChange={(event) => onChange(schedule, event.currentTarget.value)}
      />
      {next.error === null ? (
        <div aria-live="polite">
          <Text size="sm" fw={600}>
            {props.titles?.next ?? t('settings.next')}
          </Text>
          <Text size="sm" className="quiet" mih={22}>
            {(next.data?.next ?? []).map(day).join(' · ')}
          </Text>
        </div>
      ) : (
        <FailureBox failure={viewOfError(next.error)} />
      )}
    </Stack>
  );
}

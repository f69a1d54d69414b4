// The player of terminal and desktop recordings: what was recorded is drawn anew, never run.
import { ActionIcon, Card, Checkbox, Group, Select, Slider, Stack, Text, TextInput } from '@mantine/core';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import type { RecordingView } from '../../../src/api/schemas/recordings.ts';
import { timeText } from '../../../src/recordings/replay/time-text.ts';
import { searchForm } from '../../../src/recordings/transcript/words.ts';
import { useTexts } from '../app/i18n.ts';
import { FailureBox } from '../parts/failure.tsx';
import { Icon } from '../parts/icons.tsx';
import { DesktopShow } from '../../recording/desktop-show.ts';
import type { Show } from '../../recording/show.ts';
import { TerminalShow } from '../../recording/terminal-show.ts';
import { RowButton } from '../parts/row-button.tsx';

const speeds = ['0.5', '1', '2', '4', '8', '16'];
const idleMs = 2000;
const linesMax = 300;

/** Plays the lines of asciicast, or Guacamole's instructions, at `url`. */
export function RecordingReplay({ recording, url }: { recording: RecordingView; url: string }) {
  const { t, language } = useTexts();
  const place = useRef<HTMLDivElement>(null);
  const show = useRef<Show>(undefined);
  // The show counts its changes; a number is all that this page has to know to draw itself anew.
  const [, setChange] = useState(0);
  const [speed, setSpeed] = useState('1');
  const [skipsIdle, setSkipsIdle] = useState(true);
  const [wanted, setWanted] = useState('');
  useEffect(() => {
    if (place.current === null) return undefined;
    const changed = (): void => setChange((before) => before + 1);
    const opened =
      recording.family === 'desktop'
        ? new DesktopShow(place.current, changed)
        : new TerminalShow(place.current, recording, changed);
    opened.idleMs = idleMs;
    show.current = opened;
    void opened.load((signal) => eventsAt(url, signal));
    return () => opened.close();
  }, [recording.id, url]);
  const now = show.current;
  const isDesktop = recording.family === 'desktop';
  const total = Math.max(recording.durationMs ?? 0, now?.loadedMs ?? 0, 1);
  const onKey = (event: KeyboardEvent): void => {
    if (now === undefined) return;
    const jumps: Record<string, number> = { ArrowLeft: -10_000, ArrowRight: 10_000 };
    const jump = jumps[event.key];
    if (event.key === ' ') now.toggle();
    else if (jump !== undefined) void now.seek(now.positionMs + jump);
    else if (event.key === '[') void now.seek(now.commandBefore());
    else if (event.key === ']') void now.seek(now.commandAfter());
    else return;
    event.preventDefault();
  };
  const needle = searchForm(wanted.trim());
  const lines =
    needle === ''
      ? (now?.lines.filter(({ kind }) => kind === 'command') ?? [])
      : (now?.lines.filter(({ kind, text }) => kind !== 'command' && searchForm(text).includes(needle)) ?? []);
  return (
    <Stack gap="sm">
      <div
        className="recording-stage"
        role="group"
        tabIndex={0}
        aria-label={t(isDesktop ? 'recordings.desktop' : 'recordings.terminal')}
        aria-describedby="recording-keys"
        onKeyDown={onKey}
      >
        <div ref={place} className={isDesktop ? 'recording-desktop' : 'recording-screen'} aria-hidden="true" />
      </div>
      <Group gap="sm" wrap="nowrap">
        <ActionIcon
          size="lg"
          onClick={() => now?.toggle()}
          aria-label={t(now?.isPlaying === true ? 'recordings.pause' : 'recordings.play')}
        >
          <Icon name={now?.isPlaying === true ? 'pause' : 'play'} size={18} />
        </ActionIcon>
        <Text size="sm" className="mono" style={{ whiteSpace: 'nowrap' }}>
          {timeText(now?.positionMs ?? 0)} / {timeText(total)}
        </Text>
        <Slider
          className="grow"
          min={0}
          max={total}
          step={100}
          value={now?.positionMs ?? 0}
          label={(ms) => timeText(ms)}
          onChange={(ms) => void now?.seek(ms)}
          thumbLabel={t('recordings.position')}
          marks={markers(now?.lines ?? [])}
        />
      </Group>
      <Group gap="md" align="center">
        <RowButton
          onClick={() => now && void now.seek(now.commandBefore())}
        >{`← ${t('recordings.command')}`}</RowButton>
        <RowButton onClick={() => now && void now.seek(now.commandAfter())}>{`${t('recordings.command')} →`}</RowButton>
        <Select
          size="xs"
          w={92}
          aria-label={t('recordings.speed')}
          data={speeds.map((value) => ({ value, label: `×${language === 'pt' ? value.replace('.', ',') : value}` }))}
          value={speed}
          allowDeselect={false}
          onChange={(value) => {
            setSpeed(value ?? '1');
            if (now !== undefined) now.speed = Number(value ?? 1);
          }}
        />
        <Checkbox
          size="sm"
          label={t('recordings.skipIdle')}
          checked={skipsIdle}
          onChange={(event) => {
            setSkipsIdle(event.currentTarget.checked);
            if (now !== undefined) now.idleMs = event.currentTarget.checked ? idleMs : undefined;
          }}
        />
        <Text size="xs" className="quiet" id="recording-keys">
          {t('recordings.keys')}
        </Text>
      </Group>
      {now?.damage === undefined ? null : <FailureBox failure={{ code: 'recordings.damaged', message: now.damage }} />}
      <Card withBorder padding="md">
        <TextInput
          label={t('recordings.inText')}
          value={wanted}
          onChange={(event) => setWanted(event.currentTarget.value)}
        />
        <Text size="sm" className="quiet" mt="sm" aria-live="polite">
          {t(needle !== '' ? 'recordings.hits' : isDesktop ? 'recordings.typed' : 'recordings.commands', {
            count: lines.length,
          })}
        </Text>
        <ol className="recording-lines">
          {lines.slice(0, linesMax).map((line, index) => (
            <li key={`${line.atMs} ${index}`}>
              <button type="button" onClick={() => void now?.seek(line.atMs)}>
                <span className="mono quiet">{timeText(line.atMs)}</span> <span className="mono">{line.text}</span>
              </button>
            </li>
          ))}
        </ol>
      </Card>
    </Stack>
  );
}

async function eventsAt(url: string, signal: AbortSignal): Promise<ReadableStream<string>> {
  const response = await fetch(url, { signal });
  if (response.ok && response.body !== null) return response.body.pipeThrough(new TextDecoderStream());
  const { detail } = (await response.json()) as { detail?: string };
  throw new Error(detail ?? String(response.status));
}

const marksMax = 40;

function markers(lines: { atMs: number; kind: string }[]): { value: number }[] {
  const all = lines.filter(({ kind }) => kind === 'marker' || kind === 'command');
  return all.length > marksMax ? [] : all.map(({ atMs }) => ({ value: atMs }));
}

// `orbit recording play ID`: a terminal recording on the terminal, straight from the encrypted copy.
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { Failure } from '../../base/failure.ts';
import type { ArchivedRecording } from '../../jobs/recording-archive.ts';
import { defaultTerminal } from '../../recordings/formats/facts.ts';
import type { TerminalEvent } from '../../recordings/formats/terminal-event.ts';
import { timeText } from '../../recordings/replay/time-text.ts';
import { TerminalPlayer } from '../../recordings/replay/terminal-player.ts';
import { Transcript } from '../../recordings/transcript/transcript.ts';
import type { CliContext } from '../context.ts';
import { standardInput } from '../prompt.ts';
import { usageFailure } from '../usage.ts';
import { TerminalView } from './terminal-view.ts';
import { type ReasonOptions, withRecording } from './with-recording.ts';

interface PlayOptions extends ReasonOptions {
  speed: string;
  idle: string;
  from?: string;
}

const frameMs = 33;
const keysHelp = 'space pause · ←/→ 10 s · [/] command · +/- speed · q end';

/** `orbit recording play`. */
export function playCommand(context: CliContext): Command {
  return new Command('play')
    .description('play a terminal recording here, straight from the encrypted copy')
    .argument('<id>', 'the recording, or the first letters of its id')
    .option('--reason <text>', 'why you watch it; kept with your name')
    .option('--speed <factor>', 'how fast, 0.1 to 100', '1')
    .option('--idle <seconds>', 'cut pauses to this; 0 keeps them', '2')
    .option('--from <time>', 'begin there: seconds, M:SS or H:MM:SS')
    .addHelpText('after', `\nKeys: ${keysHelp}\n\nExample: orbit recording play 4f2a --reason 'case 1234' --speed 2`)
    .action(async (id: string, options: PlayOptions) => {
      const speed = number(options.speed, 0.1, 100, '--speed');
      const idle = number(options.idle, 0, 86_400, '--idle');
      const fromMs = options.from === undefined ? 0 : timeOf(options.from);
      if (!('isTTY' in context.stdout) || context.stdout.isTTY !== true) {
        throw usageFailure(
          'standard output is no terminal',
          'Use `orbit recording export --as text` for files and pipes.',
        );
      }
      await withRecording(context, id, options, { how: 'play' }, (archived) =>
        play(context, archived, { speed, fromMs, ...(idle === 0 ? {} : { idleMs: idle * 1000 }) }),
      );
    });
}

interface PlayState {
  isPaused: boolean;
  isOver: boolean;
  isLoaded: boolean;
  trouble?: Failure;
  commands: number[];
}

async function play(
  context: CliContext,
  { recording, playable }: ArchivedRecording,
  { speed, fromMs, idleMs }: { speed: number; fromMs: number; idleMs?: number },
): Promise<void> {
  const events = playable?.format.events?.(playable.source);
  if (events === undefined) {
    throw new Failure('recordings.not-here', {
      message: `the recording ${recording.id} is ${recording.format}, which a terminal cannot show`,
      hint: 'Watch it in the console, or export it.',
    });
  }
  const { width, height } = { ...defaultTerminal, ...recording };
  const player = new TerminalPlayer({ width, height, speed, ...(idleMs === undefined ? {} : { idleMs }) });
  const state: PlayState = { isPaused: false, isOver: false, isLoaded: false, commands: [] };
  const loading = load(events, player, state);
  const keys = listen(context, player, state);
  context.stdout.write('\x1b[?1049h\x1b[?25l\x1b[2J');
  try {
    let wanted = fromMs;
    const view = new TerminalView();
    let before = performance.now();
    while (!state.isOver && !context.signal.aborted) {
      const now = performance.now();
      // A jump ahead waits until so much is there.
      if (wanted > 0) {
        await player.seek(wanted);
        if (player.loadedMs >= wanted || state.isLoaded) wanted = 0;
      } else if (!state.isPaused) await player.tick(now - before);
      before = now;
      const status = ` ${timeText(player.positionMs)} / ${timeText(Math.max(recording.durationMs ?? 0, player.loadedMs))} ×${player.speed}${state.isPaused ? ' ⏸' : ''}  ${keysHelp} `;
      context.stdout.write(view.draw(player.screen, status, sizeOf(context)));
      if (state.isLoaded && player.isAtEnd && !state.isPaused) break;
      await sleep(frameMs, undefined, { signal: context.signal }).catch(() => {});
    }
  } finally {
    state.isOver = true;
    keys.stop();
    context.stdout.write('\x1b[0m\x1b[?25h\x1b[?1049l');
    player.screen.dispose();
  }
  await loading;
  context.stdout.write(
    `${player.isAtEnd ? 'End of' : 'Left'} recording ${recording.id} at ${timeText(player.positionMs)}.\n`,
  );
  if (state.trouble !== undefined) throw state.trouble;
}

async function load(events: AsyncIterable<TerminalEvent>, player: TerminalPlayer, state: PlayState): Promise<void> {
  const transcript = new Transcript();
  let batch: TerminalEvent[] = [];
  try {
    for await (const event of events) {
      if (state.isOver) return;
      batch.push(event);
      for (const line of transcript.take(event)) if (line.kind === 'command') state.commands.push(line.atMs);
      if (batch.length < 500) continue;
      player.append(batch);
      batch = [];
      // Somebody watches: what is there is drawn before more is read.
      await sleep(0);
    }
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    state.trouble = error;
  } finally {
    player.append(batch);
    state.isLoaded = true;
  }
}

function listen(context: CliContext, player: TerminalPlayer, state: PlayState): { stop(): void } {
  const input = standardInput(context);
  if (input.isTTY !== true || input.setRawMode === undefined) return { stop: () => {} };
  const jump = (ms: number): void => void player.seek(ms);
  const onKey = (chunk: Buffer | string): void => {
    const key = chunk.toString();
    if (key === 'q' || key === '\u0003' || key === '\u001b') state.isOver = true;
    else if (key === ' ') state.isPaused = !state.isPaused;
    else if (key === '\u001b[C') jump(player.positionMs + 10_000);
    else if (key === '\u001b[D') jump(player.positionMs - 10_000);
    else if (key === '+') player.speed = Math.min(100, player.speed * 2);
    else if (key === '-') player.speed = Math.max(0.125, player.speed / 2);
    else if (key === ']') jump(state.commands.find((ms) => ms > player.positionMs) ?? player.positionMs);
    else if (key === '[') jump(state.commands.findLast((ms) => ms < player.positionMs - 1000) ?? 0);
  };
  input.setRawMode(true);
  input.on('data', onKey);
  input.resume();
  return {
    stop() {
      input.off('data', onKey);
      input.setRawMode?.(false);
      input.pause();
    },
  };
}

function sizeOf({ stdout }: CliContext): { columns: number; rows: number } {
  const { columns, rows } = stdout as { columns?: number; rows?: number };
  // A pseudo-terminal that nobody gave a size says 0.
  return { columns: columns || defaultTerminal.width, rows: rows || defaultTerminal.height };
}

function number(text: string, least: number, most: number, flag: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= least && value <= most) return value;
  throw usageFailure(`${flag} ${text} is not between ${least} and ${most}`, 'Use a number, such as 2.');
}

function timeOf(text: string): number {
  const parts = text.split(':').map(Number);
  if (parts.length > 3 || parts.some((part) => !(part >= 0)) || text === '')
    throw usageFailure(`'${text}' is no time in a recording`, 'Write seconds, M:SS or H:MM:SS.');
  return parts.reduce((sum, part) => sum * 60 + part, 0) * 1000;
}

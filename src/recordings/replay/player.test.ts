import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventsOf, fixtureSource } from '../../../test/support/recording-source.ts';
import { openRecording } from '../formats/kinds.ts';
import { TerminalPlayer } from './terminal-player.ts';
import { TerminalScreen } from './terminal-screen.ts';
import { TimedPlayer } from './timed-player.ts';

async function player(): Promise<TerminalPlayer> {
  const { format, source } = (await openRecording(fixtureSource('v2.cast'))) ?? assert.fail();
  const made = new TerminalPlayer({ width: 80, height: 24 });
  made.append(await eventsOf(format.events?.(source) ?? assert.fail()));
  return made;
}

const shown = ({ screen }: TerminalPlayer): string => screen.text().join('\n').trim();

test('the screen at a moment is the same whether one played to it or jumped to it, forwards or back', async () => {
  const played = await player();
  for (let n = 0; n < 30; n += 1) await played.tick(10);
  const jumped = await player();
  await jumped.seek(300);
  assert.equal(shown(jumped), shown(played));
  assert.match(shown(jumped), /cat \/etc\/hostname/);
  await jumped.seek(700_000);
  assert.match(shown(jumped), /full screen/);
  assert.ok(jumped.isAtEnd);
  await jumped.seek(300);
  assert.equal(shown(jumped), shown(played));
  await jumped.seek(-5);
  assert.equal(shown(jumped), '');
});

test('speed and cut pauses shorten the time it takes, and nothing else', async () => {
  const ticksOf = async (speed: number, idleMs?: number): Promise<number> => {
    const made = await player();
    made.speed = speed;
    made.idleMs = idleMs;
    let ticks = 0;
    for (; !made.isAtEnd; ticks += 1) await made.tick(10);
    assert.match(shown(made), /full screen/);
    return ticks;
  };
  const [plain, fast, cut] = [await ticksOf(1), await ticksOf(4), await ticksOf(1, 50)];
  assert.ok(plain >= 70 && plain <= 74, `${plain}`);
  assert.ok(fast >= 17 && fast <= 20, `${fast}`);
  assert.ok(cut < 25, `${cut}`);
});

test('rows carry their colours and styles, wide letters and resizes are drawn', async () => {
  const screen = new TerminalScreen(20, 3);
  await screen.write('\x1b[1;31mred\x1b[0m \x1b[38;2;1;2;3;4mtrue\x1b[0m\r\n日本\x1b[7m x \x1b[0m');
  const [red, , rgb] = screen.row(0);
  assert.deepEqual([red?.text, red?.style.bold, red?.style.foreground], ['red', true, 1]);
  assert.deepEqual([rgb?.text, rgb?.style.underline, rgb?.style.foreground], ['true', true, '#010203']);
  assert.deepEqual(
    screen.row(1).map(({ text, style }) => [text, style.inverse]),
    [
      ['日本', false],
      [' x ', true],
    ],
  );
  assert.deepEqual(screen.row(2), []);
  screen.resize(10, 5);
  assert.deepEqual([screen.columns, screen.rows, screen.text()[0]], [10, 5, 'red true']);
});

test('of jumps that are asked for at once only the last is drawn, and one that is under way is given up when it may be', async () => {
  const drawn: number[][] = [];
  const prepared: number[] = [];
  class Numbers extends TimedPlayer<{ atMs: number }> {
    protected async draw(items: { atMs: number }[]): Promise<void> {
      drawn.push(items.map(({ atMs }) => atMs));
    }

    protected async startFor(wanted: number, kept: number, isWanted: () => boolean): Promise<number> {
      prepared.push(wanted);
      await new Promise(setImmediate);
      return isWanted() ? 0 : kept;
    }
  }
  const numbers = new Numbers();
  numbers.append([0, 1, 2, 3].map((atMs) => ({ atMs })));
  await Promise.all([3, 2, 1].map((ms) => numbers.seek(ms)));
  assert.deepEqual([drawn, prepared, numbers.positionMs], [[[0, 1]], [2], 1]);
  const first = numbers.seek(3);
  await new Promise((resolve) => queueMicrotask(() => resolve(undefined)));
  await Promise.all([first, numbers.seek(2)]);
  assert.deepEqual([drawn.at(-1), prepared, numbers.positionMs], [[0, 1, 2], [2, 4, 3], 2]);
});

// How long until the first frame of a one-hour recording, and how long a jump takes, from a repository in a folder? Beside each
// time stands what it took of the processor: on a machine that others use, that is what an idle one needs.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { SecretString } from '../src/base/secret-string.ts';
import { openFolderBackend } from '../src/backends/folder.ts';
import { backupInto } from '../src/engine/backup/backup-into.ts';
import { findEntry } from '../src/engine/browse/entries.ts';
import { Repository } from '../src/engine/repository/repository.ts';
import { snapshotFolder } from '../src/engine/browse/snapshot-folders.ts';
import { snapshotSource } from '../src/recordings/catalogue/snapshot-source.ts';
import { bytesOf } from '../src/recordings/formats/byte-reader.ts';
import { openRecording } from '../src/recordings/formats/kinds.ts';
import type { RecordingSource } from '../src/recordings/formats/recording-format.ts';
import type { TerminalEvent } from '../src/recordings/formats/terminal-event.ts';
import { TerminalPlayer } from '../src/recordings/replay/terminal-player.ts';
import { manyRows, manySmall, oneLarge } from './support/recordings-scale.ts';

// node bench/recordings.bench.ts [MEGABYTES], or one of the questions of scale: --small 200000, --rows 1000000, --large 20 (GB).
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { small: { type: 'string' }, rows: { type: 'string' }, large: { type: 'string' } },
});
const megabytes = Number(positionals[0] ?? 6);
const rounds = 5;
const folder = mkdtempSync(join(tmpdir(), 'orbit-bench-'));
async function frameAndJumps(): Promise<void> {
  const source = join(folder, 'hour.cast');
  writeFileSync(source, hourOf(megabytes * 1e6));
  const video = join(folder, 'hour.mp4');
  writeFileSync(video, noise(200e6));
  const password = new SecretString('bench');
  const backend = await openFolderBackend(join(folder, 'repository'));
  const repository = await Repository.init(backend, password);
  await backupInto(repository, [source, video]);
  repository.close();

  console.log(`one hour, ${megabytes} MB of asciicast`);
  const [firsts, wholes, jumps, ranges] = [new Times(), new Times(), new Times(), new Times()];
  for (let round = 0; round < rounds; round += 1) {
    const spent = stopwatch();
    const opened = await Repository.open(backend, password);
    const snapshot = await opened.loadSnapshot('latest');
    const indexed = await opened.loadIndex();
    const sourceAt = async (path: string): Promise<RecordingSource> => {
      const entry = await findEntry(indexed, snapshot, path);
      if (entry === undefined) throw new Error(`${path} is not there`);
      return snapshotSource(indexed, snapshotFolder(Buffer.from(folder), [entry.node]), entry.node);
    };
    const recording = await openRecording(await sourceAt(source));
    const events = recording?.format.events?.(recording.source);
    if (events === undefined) throw new Error('no recording');
    const player = new TerminalPlayer({ width: 120, height: 40 });
    let batch: TerminalEvent[] = [];
    let isShown = false;
    for await (const event of events) {
      batch.push(event);
      if (batch.length < 500) continue;
      player.append(batch);
      batch = [];
      if (isShown) continue;
      await player.tick(33);
      player.screen.text();
      isShown = true;
      firsts.add(spent());
    }
    player.append(batch);
    wholes.add(spent());
    for (const to of [0.1, 0.5, 0.9, 0.2, 0.95, 0.94, 0.3, 0.99, 0.01]) {
      const jump = stopwatch();
      await player.seek(to * 3_600_000);
      player.screen.text();
      jumps.add(jump());
    }
    player.screen.dispose();
    const videoFile = await sourceAt(video);
    for (const part of [0.1, 0.5, 0.9]) {
      const range = stopwatch();
      await bytesOf(videoFile, { offset: Math.floor(part * 200e6), length: 256 * 1024 });
      ranges.add(range());
    }
    await indexed.close();
    opened.close();
  }
  console.log(`first frame, from the password on: ${firsts.text()}`);
  console.log(`all of it read: ${wholes.text()}`);
  console.log(`a jump to anywhere: ${jumps.text()}`);
  console.log(`256 KiB anywhere in a video of 200 MB: ${ranges.text()}`);
}

interface Spent {
  wallMs: number;
  cpuMs: number;
}

/** Several measurements of one thing. */
class Times {
  readonly #all: Spent[] = [];

  add(spent: Spent): void {
    this.#all.push(spent);
  }

  text(): string {
    const part = (name: keyof Spent): string => {
      const sorted = this.#all.map((spent) => spent[name]).sort((one, other) => one - other);
      return `${sorted[sorted.length >> 1]?.toFixed(0)} ms (worst ${sorted.at(-1)?.toFixed(0)})`;
    };
    return `median ${part('wallMs')}, processor ${part('cpuMs')}, of ${this.#all.length}`;
  }
}

function stopwatch(): () => Spent {
  const before = performance.now();
  const cpu = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(cpu);
    return { wallMs: performance.now() - before, cpuMs: (user + system) / 1000 };
  };
}

function hourOf(bytes: number): string {
  const lines = [JSON.stringify({ version: 2, width: 120, height: 40, timestamp: 1_700_000_000 })];
  const count = Math.floor(bytes / 150);
  for (let n = 0; n < count; n += 1) {
    const text = `\x1b[1;32mana@db01\x1b[0m:~$ tail -n1 /var/log/app.${n}.log\r\n-rw-r--r-- 1 root root ${n * 37} \x1b[33mrow ${n}\x1b[0m\r\n`;
    lines.push(JSON.stringify([(n * 3600) / count, 'o', text]));
  }
  return `${lines.join('\n')}\n`;
}

// Bytes that nothing shrinks, the same each time.
function noise(bytes: number): Buffer {
  const all = Buffer.allocUnsafe(bytes);
  let state = 1;
  for (let at = 0; at + 4 <= bytes; at += 4) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    all.writeInt32LE(state, at);
  }
  return all;
}

try {
  console.log(`load ${loadavg()[0]?.toFixed(1)}`);
  if (values.small !== undefined) await manySmall(folder, Number(values.small));
  else if (values.rows !== undefined) await manyRows(folder, Number(values.rows));
  else if (values.large !== undefined) await oneLarge(folder, Number(values.large));
  else await frameAndJumps();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

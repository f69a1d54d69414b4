// Very many small recordings, from their folders to the catalogue; a catalogue of very many rows; one very large file.
import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { openApp } from '../../src/app.ts';
import { SecretString } from '../../src/base/secret-string.ts';
import { startCeremony } from '../../src/breakglass/ceremony.ts';
import { addDestination } from '../../src/destinations/destination.ts';
import { prepareDestination } from '../../src/destinations/open.ts';
import { findJob, listJobs, saveJob } from '../../src/jobs/job.ts';
import { runJob } from '../../src/jobs/runner.ts';
import { keepRecordings, type NewRecording } from '../../src/recordings/catalogue/keep-recording.ts';
import type { WordKey } from '../../src/recordings/catalogue/word-key.ts';
import { catalogueTools } from '../../src/recordings/catalogue/catalogue-tools.ts';
import { recordingTotals, searchRecordings, type RecordingQuery } from '../../src/recordings/catalogue/search.ts';

type App = ReturnType<typeof openApp>;

/** An instance below `folder` whose recordings job takes `sessions` into a folder beside it. */
export async function recordingsInstance(folder: string, sessions: string): Promise<App> {
  const app = openApp(join(folder, 'home'));
  await startCeremony(
    { ...app, workFactor: 10 },
    { masterPassword: new SecretString('quartz lemon tundra 4 violin osprey') },
  );
  const config = { path: join(folder, 'copies') };
  await prepareDestination(app, addDestination(app.store, app.instanceKey, { name: 'local', kind: 'folder', config }));
  for (const job of listJobs(app.store))
    saveJob(app.store, { ...job, destinations: job.kind === 'recordings' ? ['local'] : [] });
  const job = findJob(app.store, 'recordings');
  if (job.kind === 'recordings')
    saveJob(app.store, { ...job, enabled: true, plan: { folders: [sessions], quietSeconds: 60 } });
  return app;
}

/** A number of small recordings in folders of days, then a run, an unchanged run, and one with a few more. */
export async function manySmall(folder: string, count: number): Promise<void> {
  const sessions = join(folder, 'sessions');
  const put = (n: number): void => {
    const day = join(
      sessions,
      '2026',
      `${String(1 + (Math.floor(n / 28_000) % 12)).padStart(2, '0')}${String(1 + (Math.floor(n / 1000) % 28)).padStart(2, '0')}`,
    );
    if (n % 1000 === 0) mkdirSync(day, { recursive: true });
    const file = join(day, String(n));
    writeFileSync(file, castOf(n));
    utimesSync(file, 1_767_225_600 + n, 1_767_225_600 + n);
  };
  await measured(`${count} files made`, () => {
    for (let n = 0; n < count; n += 1) put(n);
  });
  const app = await recordingsInstance(folder, sessions);
  const run = async (): Promise<string> => {
    const { outcome, results } = await runJob(app, findJob(app.store, 'recordings'), { startedBy: 'person' });
    const summary = results[0]?.summary as unknown as Record<string, unknown> | undefined;
    return `${outcome}, ${JSON.stringify({ ...summary, notes: undefined })} ${String(summary?.['notes'])}`;
  };
  await measured('first run', run);
  await measured('unchanged run', run);
  put(count);
  await measured('a run with one more', run);
  console.log(`catalogue: ${JSON.stringify(recordingTotals(app.store))}, database ${sizeOf(join(folder, 'home'))}`);
  await searches(app);
  app.close();
}

/** Rows of the catalogue without any file behind them. */
export async function manyRows(folder: string, count: number): Promise<void> {
  const app = await recordingsInstance(folder, join(folder, 'sessions'));
  const tools = catalogueTools(app);
  const from = { destination: 'local', snapshot: 'f'.repeat(64) };
  await measured(`${count} rows kept`, () => {
    for (let at = 0; at < count; at += 200) {
      const seen = Array.from({ length: Math.min(200, count - at) }, (_, index) => rowOf(at + index, tools.wordKey));
      keepRecordings(tools.store, from, seen);
    }
  });
  console.log(`database ${sizeOf(join(folder, 'home'))}`);
  await searches(app);
  app.close();
}

/** One file of so many gigabytes, of which the ends are written and the rest is a hole: a run, and an unchanged run. */
export async function oneLarge(folder: string, gigabytes: number): Promise<void> {
  const sessions = join(folder, 'sessions');
  mkdirSync(sessions);
  const file = join(sessions, 'screen.webm');
  const descriptor = openSync(file, 'w');
  writeSync(descriptor, Buffer.from('1a45dfa3934282847765626d4287810142858102', 'hex'));
  ftruncateSync(descriptor, gigabytes * 1e9);
  closeSync(descriptor);
  utimesSync(file, 1_767_225_600, 1_767_225_600);
  const app = await recordingsInstance(folder, sessions);
  const run = async (): Promise<string> => {
    const { outcome, results } = await runJob(app, findJob(app.store, 'recordings'), { startedBy: 'person' });
    const summary = results[0]?.summary as unknown as Record<string, unknown> | undefined;
    return `${outcome}, ${String(summary?.['notes'])}`;
  };
  await measured(`first run of a file of ${gigabytes} GB`, run);
  await measured('unchanged run', run);
  app.close();
}

async function searches({ store, instanceKey }: App): Promise<void> {
  const { wordKey } = catalogueTools({ store, instanceKey });
  const questions: [string, RecordingQuery, number?][] = [
    ['the newest 50', {}],
    ['page 1,000', {}, 50_000],
    ['a common user', { user: 'ana' }],
    ['a user nobody is', { user: 'nobody-at-all' }],
    ['a session id among all facts', { text: 'session-4711' }],
    ['nothing among all facts', { text: 'session-nowhere' }],
    ['a rare word that was shown', { content: 'app4711' }],
    ['a word of every recording', { content: 'systemctl' }],
    ['two words, one rare', { content: 'systemctl app4711' }],
    ['a day', { since: new Date('2026-01-02'), until: new Date('2026-01-03') }],
  ];
  for (const [name, query, skip = 0] of questions) {
    await measured(
      `find ${name}`,
      () => `${searchRecordings(store, wordKey, query, { skip }).recordings.length} shown`,
    );
  }
  await measured('totals', () => `${recordingTotals(store).recordings}`);
}

function castOf(n: number): string {
  const header = { version: 2, width: 80, height: 24, timestamp: 1_767_225_600 + n, title: `session-${n}` };
  const lines = [
    `ana@db01:~$ systemctl restart app${n}\r\n`,
    `restarted app${n} on host${n % 97}\r\n`,
    'ana@db01:~$ exit\r\n',
  ];
  return `${[header, ...lines.map((line, index) => [index, 'o', line])].map((one) => JSON.stringify(one)).join('\n')}\n`;
}

function rowOf(n: number, wordKey: WordKey): NewRecording {
  const id = n.toString(16).padStart(8, '0');
  return {
    host: 'bastion',
    path: `/srv/sessions/2026/${n % 365}/${id}`,
    rawPath: `/srv/sessions/2026/${n % 365}/${id}`,
    size: 400 + (n % 1000),
    modifiedNs: BigInt(1_767_225_600 + n) * 1_000_000_000n,
    firstSeenAt: new Date(1_767_225_600_000 + n * 1000),
    content: `${id}${'0'.repeat(24)}`,
    description: {
      format: 'asciicast',
      family: 'terminal',
      sha256: id.repeat(8),
      facts: {
        user: ['ana', 'rui', 'bia', 'caio'][n % 4] ?? '',
        target: `host${n % 997}`,
        account: 'root',
        protocol: 'ssh',
        sessionId: `session-${n}`,
        startedAt: new Date(1_767_225_600_000 + n * 1000),
        durationMs: 60_000,
      },
    },
    inode: BigInt(n),
    words: Float64Array.from(['systemctl', 'restart', `app${n}`, `host${n % 97}`, 'exit'], (word) =>
      wordKey.numberOf(word),
    ),
  };
}

async function measured(name: string, work: () => unknown): Promise<void> {
  const before = performance.now();
  const cpu = process.cpuUsage();
  forgetPeak();
  const said = await work();
  const { user, system } = process.cpuUsage(cpu);
  const what = typeof said === 'string' ? ` (${said})` : '';
  console.log(
    `${name}: ${(performance.now() - before).toFixed(0)} ms, processor ${((user + system) / 1000).toFixed(0)} ms, peak ${peakMb()} MB${what}`,
  );
}

// The largest resident set since it was last asked to be forgotten (proc(5): clear_refs, VmHWM).
function forgetPeak(): void {
  writeFileSync('/proc/self/clear_refs', '5');
}

function peakMb(): string {
  const [, kilobytes] = /^VmHWM:\s*(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return (Number(kilobytes) / 1024).toFixed(0);
}

function sizeOf(home: string): string {
  return `${(statSync(join(home, 'orbit.db')).size / 1e6).toFixed(0)} MB`;
}

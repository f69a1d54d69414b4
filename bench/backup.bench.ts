// How long does a first backup take, and an unchanged one? Ours and stock restic's in turn, same source, same page cache.
//   node bench/backup.bench.ts [--rounds 3] [--scale 1] [--tree /usr] [--only recordings,tree,small] [--restic PROGRAM]
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import koffi from 'koffi';

interface Measured {
  wallMs: number;
  cpuMs: number;
  peakMb: number;
}

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    scale: { type: 'string', default: '1' },
    tree: { type: 'string', default: '/usr/lib' },
    only: { type: 'string', default: 'recordings,tree,small' },
    restic: { type: 'string', default: 'restic' },
  },
});
const rounds = Number(values.rounds);
const scale = Number(values.scale);
const folder = mkdtempSync(join(tmpdir(), 'orbit-bench-'));
const orbit = fileURLToPath(new URL('../bin/orbit', import.meta.url));
const passwordFile = join(folder, 'password');
writeFileSync(passwordFile, 'benchmark');

// getrusage(2), RUSAGE_CHILDREN: two timevals of two 64-bit words each come first.
const getrusage = koffi.load(null).func('int getrusage(int who, void *usage)') as (
  who: number,
  usage: Buffer,
) => number;

function childrenCpuMs(): number {
  const usage = Buffer.alloc(256);
  getrusage(-1, usage);
  const word = (at: number): number => Number(usage.readBigInt64LE(at * 8));
  return (word(0) + word(2)) * 1000 + (word(1) + word(3)) / 1000;
}

async function measure(program: string, args: string[]): Promise<Measured> {
  const cpuBefore = childrenCpuMs();
  const started = performance.now();
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  let peakMb = 0;
  const watch = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      peakMb = Math.max(peakMb, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
    } catch {
      // It has just ended.
    }
  }, 20);
  const [code] = (await once(child, 'close')) as [number];
  clearInterval(watch);
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}`);
  return { wallMs: performance.now() - started, cpuMs: childrenCpuMs() - cpuBefore, peakMb };
}

const programs = {
  orbit: (repository: string, args: string[]) =>
    measure(orbit, ['repo', ...args, '-r', repository, '--password-file', passwordFile]),
  restic: (repository: string, args: string[]) =>
    measure(values.restic, [
      '-q',
      '-r',
      repository,
      '--password-file',
      passwordFile,
      '--cache-dir',
      join(folder, 'cache'),
      ...args,
    ]),
};

const median = (numbers: number[]): number => numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;

async function compare(name: string, source: string): Promise<void> {
  const first = { orbit: [] as Measured[], restic: [] as Measured[] };
  const again = { orbit: [] as Measured[], restic: [] as Measured[] };
  for (let round = 0; round < rounds; round += 1) {
    for (const which of round % 2 === 0 ? (['orbit', 'restic'] as const) : (['restic', 'orbit'] as const)) {
      const repository = join(folder, `repository-${which}`);
      await programs[which](repository, ['init']);
      first[which].push(await programs[which](repository, ['backup', source]));
      again[which].push(await programs[which](repository, ['backup', source]));
      rmSync(repository, { recursive: true });
    }
  }
  report(`${name}, first backup`, first);
  report(`${name}, unchanged`, again);
}

function report(name: string, measured: Record<'orbit' | 'restic', Measured[]>): void {
  const of = (which: 'orbit' | 'restic', what: keyof Measured): number =>
    median(measured[which].map((each) => each[what]));
  const column = (what: keyof Measured, unit: string): string => {
    const ratio = median(
      measured.restic.map((each, round) => each[what] / (measured.orbit[round]?.[what] ?? Number.NaN)),
    );
    return `${unit} orbit ${of('orbit', what).toFixed(0)}, restic ${of('restic', what).toFixed(0)}, ratio ${ratio.toFixed(2)}`;
  };
  console.log(
    `${name}\n  ${[column('wallMs', 'wall ms'), column('cpuMs', 'cpu ms'), column('peakMb', 'peak MB')].join('\n  ')}`,
  );
}

try {
  const only = values.only.split(',');
  const resticVersion = spawnSync(values.restic, ['version'], { encoding: 'utf8' }).stdout.trim();
  console.log(
    `${resticVersion}; load ${loadavg()
      .map((load) => load.toFixed(1))
      .join(' ')}`,
  );
  console.log(`${cpus().length} cores, ${cpus()[0]?.model}, Node ${process.version}, ${rounds} rounds, scale ${scale}`);
  if (only.includes('recordings')) {
    const source = join(folder, 'recordings');
    mkdirSync(source);
    for (let n = 0; n < 20; n += 1)
      writeFileSync(join(source, `${n}.mp4`), randomBytes(Math.round(100 * 2 ** 20 * scale)));
    await compare('recordings: 20 incompressible files', source);
    rmSync(source, { recursive: true });
  }
  if (only.includes('tree')) await compare(`tree: ${values.tree}`, values.tree);
  if (only.includes('small')) {
    const source = join(folder, 'small');
    const count = Math.round(200_000 * scale);
    for (let n = 0; n < count; n += 1) {
      if (n % 500 === 0) mkdirSync(join(source, `${n / 500}`), { recursive: true });
      writeFileSync(join(source, `${Math.floor(n / 500)}`, `${n}`), `file ${n} `.repeat(1 + (n % 300)));
    }
    await compare(`small: ${count} files`, source);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

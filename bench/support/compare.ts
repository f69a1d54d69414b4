// Runs Orbit and stock restic in turn on the same work and prints time, processor time, memory and the ratio restic / Orbit.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { type Measured, measure, median } from './measure.ts';

/** The two that are compared. */
export type Which = 'orbit' | 'restic';

/** A bench's folder, its flags and the programs it compares. */
export interface Bench {
  rounds: number;
  scale: number;
  only: string[];
  values: Record<string, unknown>;
  /** Holds the password of every repository. */
  passwordFile: string;
  programs: Record<Which, (repository: string, args: string[]) => Promise<Measured>>;
  path(name: string): string;
  /** Prints machine, versions and load. */
  describe(): void;
  end(): void;
}

/** Reads the flags that every bench knows, and those of `extra`; makes the folder. */
export function openBench(extra: NonNullable<ParseArgsConfig['options']> = {}): Bench {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '3' },
      scale: { type: 'string', default: '1' },
      only: { type: 'string', default: 'recordings,tree,small' },
      restic: { type: 'string', default: 'restic' },
      ...extra,
    },
  }) as { values: Record<string, string> };
  const folder = mkdtempSync(join(tmpdir(), 'orbit-bench-'));
  const orbit = fileURLToPath(new URL('../../bin/orbit', import.meta.url));
  const restic = values['restic'] ?? 'restic';
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, 'benchmark');
  const rounds = Number(values['rounds']);
  const scale = Number(values['scale']);
  const resticFlags = ['-q', '--password-file', passwordFile, '--cache-dir', join(folder, 'cache')];
  return {
    rounds,
    scale,
    values,
    passwordFile,
    only: String(values['only']).split(','),
    programs: {
      orbit: (repository, args) => measure(orbit, ['repo', ...args, '-r', repository, '--password-file', passwordFile]),
      restic: (repository, args) => measure(restic, [...resticFlags, '-r', repository, ...args]),
    },
    path: (name) => join(folder, name),
    describe() {
      describeMachine({ rounds, scale }, [spawnSync(restic, ['version'], { encoding: 'utf8' }).stdout.trim()]);
    },
    end: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Prints the versions of what is compared, the machine and its load. */
export function describeMachine({ rounds, scale }: Pick<Bench, 'rounds' | 'scale'>, versions: string[]): void {
  const load = loadavg().map((each) => each.toFixed(1));
  console.log(`${versions.join(', ')}; load ${load.join(' ')}`);
  console.log(`${cpus().length} cores, ${cpus()[0]?.model}, Node ${process.version}, ${rounds} rounds, scale ${scale}`);
}

/** Runs both so many times, each first in every second round, and prints the medians. */
export async function compareRounds(
  name: string,
  rounds: number,
  run: (which: Which) => Promise<Measured>,
): Promise<void> {
  const measured: Record<Which, Measured[]> = { orbit: [], restic: [] };
  for (let round = 0; round < rounds; round += 1)
    for (const which of round % 2 === 0 ? (['orbit', 'restic'] as const) : (['restic', 'orbit'] as const))
      measured[which].push(await run(which));
  report(name, measured);
}

/** Prints the medians of what was measured round by round. */
export function report(name: string, measured: Record<Which, Measured[]>): void {
  const of = (which: Which, what: keyof Measured): number => median(measured[which].map((each) => each[what]));
  const column = (what: keyof Measured, unit: string): string => {
    const ratio = median(
      measured.restic.map((each, round) => each[what] / (measured.orbit[round]?.[what] ?? Number.NaN)),
    );
    return `${unit} orbit ${of('orbit', what).toFixed(0)}, restic ${of('restic', what).toFixed(0)}, ratio ${ratio.toFixed(2)}`;
  };
  const columns = [column('wallMs', 'wall ms'), column('cpuMs', 'cpu ms'), column('peakMb', 'peak MB')];
  console.log(`${name}\n  ${columns.join('\n  ')}`);
}

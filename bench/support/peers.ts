// The programs that do the same work, each by its own command line: Orbit, restic, rustic and borg, as far as they are here.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Measured, measure } from './measure.ts';

/** What each of them is asked to do, in this order. */
export const steps = ['init', 'first', 'unchanged', 'check', 'restore'] as const;

/** One of `steps`. `check` reads all data. */
export type Step = (typeof steps)[number];

/** Where the work happens. `target` is made empty by whoever asks. */
export interface Work {
  repository: string;
  source: string;
  target: string;
}

/** A program that is here. */
export interface Peer {
  name: string;
  /** What it says of itself. */
  version: string;
  run(step: Step, work: Work): Promise<Measured>;
}

/** Those that can be run, Orbit first. `programs` names others than those on the PATH. Files they need go below `folder`. */
export function findPeers(folder: string, passwordFile: string, programs: Record<string, string>): Peer[] {
  const kinds: Record<string, (program: string) => Omit<Peer, 'name' | 'version'>> = {
    orbit: (program) =>
      orbitLike(program, (work) => ['-r', work.repository, '--password-file', passwordFile], ['repo']),
    restic: (program) =>
      orbitLike(program, ({ repository }) => [
        ...['-q', '-r', repository, '--password-file', passwordFile],
        ...['--cache-dir', join(folder, 'restic-cache')],
      ]),
    rustic: (program) => rustic(program, join(folder, 'rustic-cache'), passwordFile),
    borg: (program) => borg(program, join(folder, 'borg'), passwordFile),
  };
  const own = fileURLToPath(new URL('../../bin/orbit', import.meta.url));
  return Object.entries(kinds).flatMap(([name, peer]) => {
    const program = programs[name] ?? (name === 'orbit' ? own : name);
    const said = spawnSync(program, [name === 'restic' ? 'version' : '--version'], { encoding: 'utf8' });
    const version = said.stdout?.trim().split('\n')[0] ?? '';
    return said.status === 0 ? [{ name, version, ...peer(program) }] : [];
  });
}

// What restic is told; Orbit's commands below `repo` are called alike.
const asRestic: Record<Step, (work: Work) => string[]> = {
  init: () => ['init'],
  first: ({ source }) => ['backup', source],
  unchanged: ({ source }) => ['backup', source],
  check: () => ['check', '--read-data'],
  restore: ({ target }) => ['restore', 'latest', '--target', target],
};

function orbitLike(program: string, flags: (work: Work) => string[], before: string[] = []): Pick<Peer, 'run'> {
  return { run: (step, work) => measure(program, [...before, ...asRestic[step](work), ...flags(work)]) };
}

function rustic(program: string, cache: string, passwordFile: string): Pick<Peer, 'run'> {
  const argumentsOf = { ...asRestic, restore: ({ target }: Work) => ['restore', 'latest', target] };
  return {
    run: (step, work) =>
      measure(program, [
        ...['-r', work.repository, '--password-file', passwordFile, '--cache-dir', cache],
        ...['--no-progress', '--log-level', 'error'],
        ...argumentsOf[step](work),
      ]),
  };
}

// It compresses with lz4 unless told otherwise; the others use zstd at a low level where it helps.
function borg(program: string, base: string, passwordFile: string): Pick<Peer, 'run'> {
  const argumentsOf: Record<Step, (work: Work) => string[]> = {
    init: ({ repository }) => ['init', '--encryption', 'repokey', repository],
    first: ({ repository, source }) => ['create', '--compression', 'auto,zstd,2', `${repository}::first`, source],
    unchanged: ({ repository, source }) => ['create', '--compression', 'auto,zstd,2', `${repository}::again`, source],
    check: ({ repository }) => ['check', '--verify-data', repository],
    restore: ({ repository }) => ['extract', `${repository}::first`],
  };
  mkdirSync(base, { recursive: true });
  const env = { ...process.env, BORG_BASE_DIR: base, BORG_PASSCOMMAND: `cat ${passwordFile}` };
  return {
    // It writes what it gives back into the working folder.
    run: (step, work) =>
      measure(program, ['--error', ...argumentsOf[step](work)], { env, cwd: step === 'restore' ? work.target : base }),
  };
}

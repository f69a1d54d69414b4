// What a recovery leaves behind when it is killed: programs it had started, and what it had mounted in the target.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { runProgram } from '../base/program.ts';
import { removeLeftPolicy } from './packages/apt.ts';
import { TargetRoot } from './root.ts';
import type { RecoveryState } from './state.ts';

// In the environment of each program a recovery starts, and of those that they start: whose it is.
const mark = 'ORBIT_RECOVERS';
// Half of an installation is worse than a long one.
const installers = /^(apt-get|apt-mark|dpkg|dnf(-3|5)?|rpm)$/;
const patienceMs = 30_000;
const installMsMax = 900_000;

/** The root as a recovery works in it: its programs are found again by whoever goes on. */
export function markedRoot({ path }: TargetRoot, state: RecoveryState): TargetRoot {
  return new TargetRoot(path, { [mark]: markOf(path, state) });
}

/** Ends those programs, unmounts, and forgets: the recovery goes on as if it had been stopped politely. */
export async function clearLeftovers(
  root: TargetRoot,
  state: RecoveryState,
  { signal }: { signal?: AbortSignal } = {},
): Promise<void> {
  const folders = new Set(state.madeFolders.map((folder) => root.real(folder)));
  const ours = `${mark}=${markOf(root.path, state)}`;
  const left = (): number[] => processes().filter((pid) => isLeft(pid, ours, folders));
  const installing = (): number[] => left().filter((pid) => installers.test(commandOf(pid)));
  await until(() => installing().length === 0, installMsMax, signal);
  // An immediate stop of database servers: their data is made anew anyway.
  for (const pid of left()) kill(pid, 'SIGQUIT');
  await until(() => left().length === 0, patienceMs, signal);
  for (const pid of left()) kill(pid, 'SIGKILL');
  removeLeftPolicy(root);
  for (const point of state.mountPoints.toReversed()) await runProgram('umount', [root.at(point)]);
  state.forgetMounts();
}

function markOf(path: string, { startedAt }: RecoveryState): string {
  return `${path} since ${startedAt.toISOString()}`;
}

function isLeft(pid: number, ours: string, folders: ReadonlySet<string>): boolean {
  // Servers write over what they were started with; they live in their data folders.
  return folders.has(folderOf(pid) ?? '') || variablesOf(pid).includes(ours);
}

function processes(): number[] {
  return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
}

function variablesOf(pid: number): string[] {
  return read(pid, 'environ').split('\0');
}

function commandOf(pid: number): string {
  return read(pid, 'comm').trim();
}

function read(pid: number, name: 'environ' | 'comm'): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    // It ended meanwhile, or is somebody else's.
    return '';
  }
}

function folderOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`).replace(/ \(deleted\)$/, '');
  } catch {
    return undefined;
  }
}

async function until(isSo: () => boolean, patience: number, signal?: AbortSignal): Promise<void> {
  const giveUpAt = performance.now() + patience;
  while (!isSo() && performance.now() < giveUpAt) await wait(100, undefined, signal === undefined ? {} : { signal });
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended by itself.
  }
}

// What a recovery leaves behind when it is killed: servers it had started, and what it had mounted in the target.
import { readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { runProgram } from '../base/program.ts';
import { removeLeftPolicy } from './packages/apt.ts';
import type { TargetRoot } from './root.ts';
import type { RecoveryState } from './state.ts';

const programs = /^(postgres|initdb|pg_ctl|pg_restore|psql|mariadb|mariadbd|mysqld)$/;
const patienceMs = 30_000;

/** Ends those servers, unmounts, and forgets: the recovery goes on as if it had been stopped politely. */
export async function clearLeftovers(root: TargetRoot, state: RecoveryState): Promise<void> {
  removeLeftPolicy(root, (path) => readFileSync(path, 'utf8'));
  const folders = new Set(state.madeFolders.map((folder) => root.at(folder)));
  const left = processes().filter((pid) => isLeft(pid, root, folders));
  // An immediate stop: their data is made anew anyway.
  for (const pid of left) kill(pid, 'SIGQUIT');
  const giveUpAt = performance.now() + patienceMs;
  while (left.some(isAlive) && performance.now() < giveUpAt) await wait(100);
  for (const pid of left.filter(isAlive)) kill(pid, 'SIGKILL');
  for (const point of state.mountPoints.toReversed()) await runProgram('umount', [root.at(point)]);
  state.forgetMounts();
}

// Below another root only the programs that fill databases are ours; a person may have a shell there.
function isLeft(pid: number, root: TargetRoot, folders: ReadonlySet<string>): boolean {
  const folder = link(pid, 'cwd');
  if (folder !== undefined && folders.has(folder)) return true;
  const isInside = !root.isHere && link(pid, 'root') === realpathSync(root.path);
  return isInside && programs.test(basename(link(pid, 'exe') ?? ''));
}

function processes(): number[] {
  return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
}

function link(pid: number, name: 'cwd' | 'root' | 'exe'): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/${name}`).replace(/ \(deleted\)$/, '');
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  return link(pid, 'exe') !== undefined;
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended by itself.
  }
}

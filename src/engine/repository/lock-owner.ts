// Who holds a lock, and whether that process is known to be dead.
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { isRunning } from '../../base/program.ts';
import type { LockFile } from '../format/lock-file.ts';

/** restic calls a lock stale that was not renewed for so long (internal/repository/lock.go). */
export const staleAfterMs = 30 * 60_000;

/** What of a lock names its owner. */
export type LockOwner = Pick<LockFile, 'hostname' | 'username' | 'pid' | 'uid' | 'gid' | 'process'>;

/** This process, as a lock names it. */
export function thisOwner(): LockOwner {
  const { username, uid, gid } = userInfo();
  const mark = processMark(process.pid);
  const place = processPlace();
  return {
    hostname: hostname(),
    username,
    pid: process.pid,
    ...(uid >= 0 ? { uid, gid } : {}),
    ...(mark === undefined || place === undefined ? {} : { process: `${place}/${mark}` }),
  };
}

let outlivedBy = 0;
const outlive = (): void => {};

/**
 * Lets this process survive SIGHUP until the function it gives is called: stock restic on this host sends that signal to
 * the owner of a lock to see whether it lives (internal/repository/lock_file_unix.go), and its default is death.
 */
export function surviveProbes(): () => void {
  if (outlivedBy === 0) process.on('SIGHUP', outlive);
  outlivedBy += 1;
  return () => {
    outlivedBy -= 1;
    if (outlivedBy === 0) process.off('SIGHUP', outlive);
  };
}

/**
 * True when the owner is dead for sure. Names of hosts are no proof: containers and clones share them. So either the lock
 * says which process of this very boot it is, or it is of this host by name, its process is gone, and nobody has renewed
 * it for 30 minutes, after which its owner would have stopped by itself. `processes`: where the system shows its processes.
 */
export function isDead(lock: LockFile, now: Date, processes = '/proc'): boolean {
  const place = processPlace();
  if (lock.process !== undefined && place !== undefined && lock.process.startsWith(`${place}/`)) {
    const mark = processMark(lock.pid, processes);
    // With hidepid, or systemd's ProtectProc, other accounts' processes are there and cannot be seen.
    return mark === undefined ? !isRunning(lock.pid) : lock.process !== `${place}/${mark}`;
  }
  return isStale(lock, now) && lock.hostname === hostname() && !isRunning(lock.pid);
}

/** restic's rule for `unlock`: old, or of a process of this host that is gone. */
export function isRemovable(lock: LockFile, now: Date): boolean {
  if (lock.hostname === hostname() && lock.pid > 0 && !isRunning(lock.pid)) return true;
  return isStale(lock, now) || isDead(lock, now);
}

function isStale(lock: LockFile, now: Date): boolean {
  const time = Date.parse(lock.time);
  return !Number.isNaN(time) && now.getTime() - time > staleAfterMs;
}

// The kernel's boot and the process-id namespace: only within both does a process id mean a process.
function processPlace(): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot}/${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return undefined;
  }
}

// Process ids come back; together with its start (field 22 of stat, in ticks since boot) one names a single process.
function processMark(pid: number, processes = '/proc'): string | undefined {
  try {
    const stat = readFileSync(`${processes}/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return `${pid}/${fields[0] === 'Z' ? 'ended' : fields[19]}`;
  } catch {
    return undefined;
  }
}

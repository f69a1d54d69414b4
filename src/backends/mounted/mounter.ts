// Mounts and unmounts shares by the system's own mount, never by a shell, and never waits for a dead server.
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, rmdir } from 'node:fs/promises';
import { release } from 'node:os';
import { join } from 'node:path';
import { Failure, isFailure } from '../../base/failure.ts';
import { type ProgramResult, runProgram } from '../../base/program.ts';
import type { SecretString } from '../../base/secret-string.ts';
import { failureOfSystemError, permissionDenied, timedOut, unreachable } from '../failures.ts';
import { type MountEntry, currentMounts, mountAt } from './mount-table.ts';

/** What is mounted, and how. */
export interface MountSettings {
  type: 'cifs' | 'nfs';
  /** `//host/share` or `host:/export`. */
  source: string;
  options: string[];
  /** Options that a kernel may not know yet: it is asked again without them when it refuses. */
  newerOptions?: string[];
  /** For CIFS; goes to mount.cifs by a pipe. */
  password?: SecretString | undefined;
  /** For people. */
  location: string;
  /** How long mounting may take. */
  timeoutSeconds: number;
}

/** File system types of statfs(2): CIFS, SMB2 and NFS. */
export const fileSystemsOf: Record<MountSettings['type'], number[]> = {
  cifs: [0xff534d42, 0xfe534d42],
  nfs: [0x6969],
};

/** Mounts at a point that exists. @throws Failure `backend.cannot-mount`, `backend.auth`, `backend.unreachable` … */
export async function mountShare(settings: MountSettings, point: string, signal?: AbortSignal): Promise<void> {
  const { type, location, newerOptions = [] } = settings;
  await checkCanMount(type, location);
  let options = [...newerOptions, ...settings.options];
  let result = await runMount(settings, options, point, signal);
  // EINVAL: an option that the kernel does not know.
  if (newerOptions.length > 0 && /mount error\(22\)/.test(result.stderr)) {
    ({ options } = settings);
    result = await runMount(settings, options, point, signal);
  }
  // EIO: the server is back, and the kernel had gone on with a connection from before. It makes a new one by itself since.
  if (/mount\.nfs: mount system call failed/.test(result.stderr)) {
    result = await runMount(settings, options, point, signal);
  }
  if (result.exitCode !== 0) throw mountFailure(type, location, `${result.stderr}\n${result.stdout.toString('utf8')}`);
  checkMounted(settings, point, await currentMounts());
}

async function runMount(
  { type, source, password, location, timeoutSeconds }: MountSettings,
  options: string[],
  point: string,
  signal: AbortSignal | undefined,
): Promise<ProgramResult> {
  // The helpers are called by name: `mount` would only look for them, and the descriptor must reach mount.cifs.
  const args = [source, point, '-o', options.join(',')];
  try {
    return await runProgram(type === 'cifs' ? 'mount.cifs' : 'mount.nfs', args, {
      timeoutMs: timeoutSeconds * 1000,
      ...(password === undefined ? {} : { descriptors: [password.reveal()], env: { PASSWD_FD: '3' } }),
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    if (isFailure(error, 'program.timed-out')) throw timedOut(location, timeoutSeconds, error);
    if (isFailure(error, 'program.not-found')) throw helperMissing(type, location, error);
    throw error;
  }
}

/** That the wanted mount is at the point, as the kernel's list has it. @throws Failure `backend.not-mounted`. */
export function checkMounted(settings: MountSettings, point: string, mounts: MountEntry[]): void {
  const found = mountAt(mounts, point);
  if (found !== undefined && isWanted(settings, found)) return;
  const there = found === undefined ? 'nothing is' : `${found.source} (${found.type}) is`;
  throw new Failure('backend.not-mounted', {
    message: `${settings.location} is not mounted at ${point}: ${there}`,
    hint: 'Mount it again (orbit partition --remount). Nothing was written beneath the mount point.',
    facts: { location: settings.location, point },
  });
}

/** True when the mount is of the wanted type and source. */
export function isWanted({ type, source }: Pick<MountSettings, 'type' | 'source'>, found: MountEntry): boolean {
  const plain = (name: string): string => name.replaceAll('\\', '/').replace(/(.)\/+$/, '$1');
  const types = type === 'cifs' ? ['cifs', 'smb3'] : ['nfs', 'nfs4'];
  return types.includes(found.type) && plain(found.source) === plain(source);
}

/** Takes a mount away. A dead or busy one is detached at once and goes when its last user does. */
export async function unmountShare(point: string): Promise<void> {
  const plain = await runProgram('umount', [point], { timeoutMs: 5000 }).catch(() => undefined);
  if (plain?.exitCode === 0) return;
  await detachShare(point);
}

/** Detaches a mount that hangs: waits for nobody (umount(8), -f and -l). */
export async function detachShare(point: string): Promise<void> {
  if (mountAt(await currentMounts(), point) === undefined) return;
  await runProgram('umount', ['-f', '-l', point], { timeoutMs: 10_000 }).catch(() => undefined);
  if (mountAt(await currentMounts(), point) === undefined) return;
  await runProgram('umount', ['-l', point], { timeoutMs: 10_000 }).catch(() => undefined);
}

/** A fresh folder to mount at: below /run/orbit, or below `fallback` where that cannot be made. */
export async function freshMountPoint(fallback: string): Promise<string> {
  try {
    return await pointBelow('/run/orbit/mounts');
  } catch {
    try {
      return await pointBelow(join(fallback, 'mounts'));
    } catch (error) {
      throw failureOfSystemError(error, fallback, 'make a mount point');
    }
  }
}

/** Removes a mount point of ours. It is empty, or it stays. */
export async function removeMountPoint(point: string): Promise<void> {
  await rmdir(point).catch(() => {});
}

async function pointBelow(parent: string): Promise<string> {
  await mkdir(parent, { recursive: true, mode: 0o700 });
  for (const name of await readdir(parent)) {
    // A killed Orbit leaves its mounts; its process id is in the name.
    const pid = Number(/^m-(\d+)-/.exec(name)?.[1] ?? NaN);
    if (Number.isNaN(pid) || existsSync(`/proc/${pid}`)) continue;
    await detachShare(join(parent, name));
    await removeMountPoint(join(parent, name));
  }
  return await mkdtemp(join(parent, `m-${process.pid}-`));
}

/** Says before anything is tried that this machine cannot mount, and what to do. @throws Failure `backend.cannot-mount`. */
export async function checkCanMount(type: 'cifs' | 'nfs', location: string): Promise<void> {
  if (process.geteuid?.() !== 0) {
    const otherwise = 'or mount it yourself and add it as a folder with --on-mount';
    throw cannotMount(
      location,
      'only root may mount, and Orbit does not run as root',
      `Run Orbit as root, ${otherwise}${insteadOf(type)}.`,
    );
  }
  if (!(await kernelKnows(type))) {
    const fix = `modprobe ${type}; on Debian the module comes with linux-image-amd64, on Ubuntu with linux-modules-extra-${release()}`;
    throw cannotMount(
      location,
      `this kernel (${release()}) has no ${type} module`,
      `Get the module: ${fix}${insteadOf(type)}.`,
    );
  }
}

const insteadOf = (type: 'cifs' | 'nfs'): string =>
  type === 'cifs'
    ? ', or use kind smb: it needs neither root nor a module'
    : '; there is no way to NFS without a mount';

async function kernelKnows(type: 'cifs' | 'nfs'): Promise<boolean> {
  const loaded = await readFile('/proc/filesystems', 'utf8').catch(() => '');
  if (new RegExp(`\\t${type === 'nfs' ? 'nfs4?' : 'cifs'}$`, 'm').test(loaded)) return true;
  for (const list of ['modules.dep', 'modules.builtin']) {
    const modules = await readFile(`/lib/modules/${release()}/${list}`, 'utf8').catch(() => '');
    if (modules.includes(`/${type}.ko`)) return true;
  }
  return false;
}

function cannotMount(location: string, why: string, hint: string, cause?: unknown): Failure {
  return new Failure('backend.cannot-mount', {
    message: `${location} cannot be mounted here: ${why}`,
    hint,
    cause,
    facts: { location },
  });
}

function helperMissing(type: 'cifs' | 'nfs', location: string, cause: unknown): Failure {
  const [program, debian] = type === 'cifs' ? ['mount.cifs', 'cifs-utils'] : ['mount.nfs', 'nfs-common'];
  return cannotMount(location, `${program} is not installed`, `Install it: apt-get install ${debian}`, cause);
}

/** What the helper's words mean. Numbers are errno values, as mount.cifs prints them. */
export function mountFailure(type: 'cifs' | 'nfs', location: string, text: string): Failure {
  const words = text.trim().replace(/\s+/g, ' ').slice(0, 400);
  const cause = new Error(words);
  const errno = Number(/mount error\((\d+)\)/.exec(text)?.[1] ?? NaN);
  const is = (number: number, pattern: RegExp): boolean => errno === number || pattern.test(text);
  if (/not supported by|unknown filesystem|No such device|filesystem not supported/i.test(text) && errno !== 95) {
    return cannotMount(
      location,
      `this kernel has no ${type} module`,
      `Load it: modprobe ${type}${insteadOf(type)}.`,
      cause,
    );
  }
  if (type === 'cifs' && is(13, /Permission denied/i)) {
    return new Failure('backend.auth', {
      message: `${location} did not let Orbit in: user, password or domain are wrong, or the share is not for this user`,
      hint: 'Check them, and that the account may use this share from the network.',
      cause,
      facts: { location },
    });
  }
  if (type === 'cifs' && is(95, /Operation not supported/i)) {
    return new Failure('backend.not-encrypted', {
      message: `${location} does not speak SMB 3.1.1 with encryption`,
      hint: 'Switch SMB 3 and its encryption on at the server. Only where the line is trusted otherwise: --unencrypted, or --options vers=3.0.',
      cause,
      facts: { location },
    });
  }
  if (/access denied by server/i.test(text))
    return permissionDenied(location, 'mount it (this machine is not in the export’s list)', cause);
  if (is(2, /No such file or directory/i)) return shareMissing(type, location, cause);
  if (
    is(
      111,
      // "mount system call failed" is mount.nfs's word for EIO: the server took the connection and then fell silent.
      /refused|No route|Host is down|mount\.nfs: mount system call failed|timed out|Could not resolve|resolve address|could not find address|Network is unreachable|unreachable/i,
    ) ||
    [101, 112, 113, 110, 115].includes(errno)
  ) {
    return unreachable(location, cause);
  }
  return new Failure('backend.refused', {
    message: `${location} could not be mounted: ${words}`,
    hint: 'The words after the colon are those of the mount program; dmesg may tell more.',
    cause,
    facts: { location },
  });
}

function shareMissing(type: 'cifs' | 'nfs', location: string, cause: unknown): Failure {
  const why =
    type === 'cifs' ? 'the server has no such share' : 'the server does not export that path, or not to this machine';
  return new Failure('backend.place-missing', {
    message: `${location} is not there: ${why}`,
    hint:
      type === 'cifs'
        ? 'The first part of the path is the name of the share.'
        : 'Look at the exports of the server: the path, and the addresses it is exported to (NFS 4 calls both "no such file").',
    cause,
    facts: { location },
  });
}

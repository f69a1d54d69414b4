// A share that Orbit mounts itself: shared by everyone in this process, checked before each change, replaced when it hangs.
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isFailure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import { abortable } from '../abortable.ts';
import type { DatingBackend } from '../abilities.ts';
import { failureOfSystemError, unreachable } from '../failures.ts';
import { type MountEntry, currentMounts, mountAt } from './mount-table.ts';
import {
  type MountSettings,
  checkMounted,
  detachShare,
  fileSystemsOf,
  freshMountPoint,
  isWanted,
  mountShare,
  removeMountPoint,
  unmountShare,
} from './mounter.ts';
import { type WorkerBackend, type WorkerSettings, openWorkerBackend } from './worker-backend.ts';

/** A share, and how long it is waited for. */
export interface MountedSettings extends MountSettings {
  /** The folder on the share, `/folder` or empty. */
  folder: string;
  /** Where it is mounted and stays mounted; a fresh folder below /run/orbit, until the last user closes, without it. */
  local?: string | undefined;
  /** The data folder's spool: mount points go beside it where /run cannot be used. */
  spoolFolder: string;
}

/** What this machine does with mounts. A test may have its own. */
export interface MountTools {
  currentMounts(): Promise<MountEntry[]>;
  mountShare(settings: MountSettings, point: string, signal?: AbortSignal): Promise<void>;
  unmountShare(point: string): Promise<void>;
  detachShare(point: string): Promise<void>;
  openWorker(settings: WorkerSettings, signal?: AbortSignal): Promise<WorkerBackend>;
}

const systemTools: MountTools = {
  ...{ currentMounts, mountShare, unmountShare, detachShare },
  openWorker: openWorkerBackend,
};

/** A mount in use. */
interface ActiveMount {
  point: string;
  users: number;
  isOwn: boolean;
}

// One mount for all who use the same share in this process, or the one on its way.
const mounts = new Map<string, Promise<ActiveMount>>();

/** Opens a folder on a share that is mounted when it is not yet. @throws Failure `backend.*`. */
export async function openMountedBackend(
  settings: MountedSettings,
  signal?: AbortSignal,
  tools = systemTools,
): Promise<DatingBackend> {
  return await mountedBackend(settings, 'require', signal, tools);
}

/** Mounts, and makes the folder on the share, one level. */
export async function prepareMounted(settings: MountedSettings, options: Operation = {}): Promise<void> {
  const ifMissing = settings.folder === '' ? 'require' : 'make';
  const backend = await mountedBackend(settings, ifMissing, options.signal, systemTools);
  await backend.close();
}

/** Mounts at `local`, where people see it, unless it is mounted there. @throws Failure `backend.*`. */
export async function mountLocally(
  settings: MountedSettings & { local: string },
  signal?: AbortSignal,
  tools = systemTools,
): Promise<void> {
  const { local } = settings;
  const mounted = await tools.currentMounts();
  if (mountAt(mounted, local) !== undefined) {
    checkMounted(settings, local, mounted);
    return;
  }
  try {
    await mkdir(local, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw failureOfSystemError(error, local, 'make the mount point');
  }
  await tools.mountShare(settings, local, signal);
}

// How often a mount was found stale and taken away, counted before and after, so that whoever used it meanwhile can tell.
const stale = new Map<string, number>();
const timesStale = (key: string): number => stale.get(key) ?? 0;
const noteStale = (key: string): void => void stale.set(key, timesStale(key) + 1);

async function mountedBackend(
  settings: MountedSettings,
  ifMissing: 'make' | 'require',
  signal: AbortSignal | undefined,
  tools: MountTools,
): Promise<DatingBackend> {
  const { location } = settings;
  const key = JSON.stringify([settings.type, settings.source, settings.options, settings.local ?? '']);
  let mount: ActiveMount | undefined;
  let used: ActiveMount | undefined;
  let worker: WorkerBackend | undefined;
  let opening: Promise<WorkerBackend> | undefined;

  // Whoever finds that it hangs takes it out of use for all; nobody waits for what still hangs on it.
  async function discard(broken: ActiveMount): Promise<void> {
    const known = mounts.get(key);
    if (known !== undefined && (await known.catch(() => undefined)) === broken) mounts.delete(key);
    if (mount === broken) mount = undefined;
    await tools.detachShare(broken.point);
    if (broken.isOwn) await removeMountPoint(broken.point);
  }

  // Another user of the same mount may have found it dead.
  async function isCurrent(known: ActiveMount): Promise<boolean> {
    return (await mounts.get(key)?.catch(() => undefined)) === known;
  }

  async function isThere({ point }: ActiveMount): Promise<boolean> {
    const found = mountAt(await tools.currentMounts(), point);
    return found !== undefined && isWanted(settings, found);
  }

  async function acquire(signal: AbortSignal | undefined): Promise<ActiveMount> {
    if (mount !== undefined && (await isCurrent(mount))) return mount;
    let shared = mounts.get(key);
    if (shared !== undefined && !(await isThere(await abortable(shared, signal)))) {
      mounts.delete(key);
      shared = undefined;
    }
    if (shared === undefined) {
      // Not stopped by one caller's signal: others may wait for the same mount.
      shared = mountNow(settings, tools);
      mounts.set(key, shared);
      shared.catch(() => mounts.delete(key));
    }
    const coming = shared;
    mount = await abortable(coming, signal).catch((error: unknown) => {
      // It may still come, with nobody left to use it.
      coming.then(release, () => {});
      throw error;
    });
    mount.users += 1;
    return mount;
  }

  async function release(left: ActiveMount): Promise<void> {
    if (left.users > 0 || !(await isCurrent(left))) return;
    mounts.delete(key);
    if (!left.isOwn) return;
    await tools.unmountShare(left.point);
    await removeMountPoint(left.point);
  }

  async function start(signal: AbortSignal | undefined): Promise<WorkerBackend> {
    const before = timesStale(key);
    const at = await acquire(signal);
    used = at;
    try {
      worker = await tools.openWorker(
        {
          path: join(at.point, settings.folder),
          location,
          timeoutSeconds: settings.timeoutSeconds,
          ifMissing,
          fileSystems: fileSystemsOf[settings.type],
          onHang: () => void discard(at),
        },
        signal,
      );
      return worker;
    } catch (error) {
      // The mount went away as stale before its folder could be opened: there is another one now.
      if (isFailure(error, 'backend.place-missing') && timesStale(key) !== before) return await start(signal);
      throw error;
    }
  }

  async function ready(signal: AbortSignal | undefined): Promise<WorkerBackend> {
    signal?.throwIfAborted();
    const known = worker;
    if (known?.isAlive) {
      // Another user of the mount may have taken it away: what it has there now is asked.
      if (mount === undefined || (await isCurrent(mount))) return known;
      await known.close();
      return await ready(signal);
    }
    opening ??= start(signal).finally(() => {
      opening = undefined;
    });
    return await opening;
  }

  // What changes something, or could mistake an empty folder for ours, looks first whether the mount is still there.
  async function checked(signal: AbortSignal | undefined): Promise<WorkerBackend> {
    const opened = await ready(signal);
    if (mount === undefined) return opened;
    try {
      checkMounted(settings, mount.point, await tools.currentMounts());
    } catch (error) {
      await discard(mount);
      throw error;
    }
    return opened;
  }

  // A mount whose server replaced the folder never recovers by itself: it is mounted anew, and asked once more.
  async function fresh<Result>(work: () => Promise<Result>): Promise<Result> {
    const known = mount;
    const before = timesStale(key);
    try {
      return await work();
    } catch (error) {
      const at = known ?? used;
      if (at === undefined) throw error;
      if (isFailure(error, 'backend.stale')) {
        noteStale(key);
        // Of several calls that find it stale together, one takes it away.
        if (mount === at) {
          await worker?.close();
          await discard(at);
        }
        noteStale(key);
        return await work();
      }
      // One that still waited for an answer, or had just begun to look, when another took the stale mount away.
      const wasStale = isFailure(error, 'backend.unreachable') || isFailure(error, 'backend.place-missing');
      if (wasStale && timesStale(key) !== before) return await work();
      // Somebody found the mount dead and took it away under this call: the place itself may be fine.
      const isGone = !((await isCurrent(at)) && (await isThere(at)));
      if (isGone && isFailure(error, 'backend.place-missing')) throw unreachable(location, error);
      throw error;
    }
  }

  const backend: DatingBackend = {
    location,
    save: (key, bytes, options) => fresh(async () => (await checked(options?.signal)).save(key, bytes, options)),
    load: (key, range, options) => fresh(async () => (await ready(options?.signal)).load(key, range, options)),
    stat: (key, options) => fresh(async () => (await ready(options?.signal)).stat(key, options)),
    modifiedAt: (key, options) => fresh(async () => (await ready(options?.signal)).modifiedAt(key, options)),
    async *list(prefix, options) {
      yield* await fresh(async () => {
        const objects = [];
        for await (const object of (await checked(options?.signal)).list(prefix, options)) objects.push(object);
        return objects;
      });
    },
    remove: (key, options) => fresh(async () => (await checked(options?.signal)).remove(key, options)),
    freeBytes: (options) => fresh(async () => (await ready(options?.signal)).freeBytes(options)),
    async close() {
      await opening?.catch(() => {});
      await worker?.close();
      const left = mount;
      mount = undefined;
      if (left === undefined) return;
      left.users -= 1;
      await release(left);
    },
  };
  try {
    await fresh(() => ready(signal));
    return backend;
  } catch (error) {
    await backend.close();
    throw error;
  }
}

async function mountNow(settings: MountedSettings, tools: MountTools): Promise<ActiveMount> {
  const { local } = settings;
  if (local !== undefined) {
    await mountLocally({ ...settings, local }, undefined, tools);
    return { point: local, users: 0, isOwn: false };
  }
  const point = await freshMountPoint(dirname(settings.spoolFolder));
  try {
    await tools.mountShare(settings, point);
    return { point, users: 0, isOwn: true };
  } catch (error) {
    await tools.detachShare(point);
    await removeMountPoint(point);
    throw error;
  }
}

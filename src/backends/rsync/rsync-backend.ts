// Objects in a folder of another machine, by rsync over SSH: nothing but rsync is needed there.
import { isFailure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import { abortable } from '../abortable.ts';
import type { DatingBackend, EagerBackend, ProvingBackend } from '../abilities.ts';
import type { BackendKey, ByteRange, LoadOptions } from '../backend.ts';
import { notFound } from '../failures.ts';
import { checkKey, checkPrefix } from '../key.ts';
import { resolveRange } from '../ranges.ts';
import type { SshConnection } from '../ssh/connection.ts';
import { type BatchQueue, batchQueue } from '../batches.ts';
import { knownSizes } from './known-sizes.ts';
import type { ListedObject } from './listing.ts';
import type { RsyncLimits } from './rsync-program.ts';
import { type Asked, type Kind, rsyncRuns } from './rsync-runs.ts';
import { type Spool, openSpool } from './spool.ts';

/** Where and how. */
export interface RsyncSettings {
  /** For people, such as `rsync://backup@host:22/srv/orbit`. */
  location: string;
  /** Writes, and reads unless `readConnection` does. Closed with the backend. */
  connection: SshConnection;
  /** A second key that may only read, where the first may only write. */
  readConnection?: SshConnection;
  /** The folder on the far side; `.` for a key whose forced command (rrsync) knows it. Any characters. */
  path: string;
  /** Folder on this machine for what is under way. */
  spoolFolder: string;
  /** Bytes that wait in the spool at most, above one object. Default 64 MiB. */
  maxSpoolBytes?: number;
  /** Bytes of fetched objects kept while parts of them are read. Default 256 MiB. */
  maxKeptBytes?: number;
  /** Default 60. */
  timeoutSeconds?: number;
  /** KiB a second. Default 0: no limit. */
  bandwidthLimitKib?: number;
}

const maxCallsPerRun = 5000;
const runsAtOnce = 2;
const worthARun = { calls: 250, bytes: 16 * 2 ** 20 };
// How large an object is that nobody listed or stored is known only afterwards: few of those travel together.
const maxFetchesPerRun = 8;

/**
 * Opens a folder of another machine. The folder must exist: its first time is `makeRsyncFolder`.
 * rsync receives into a temporary name, flushes the file (`--fsync`) and renames it; it does not flush the folder, so that
 * after a power cut on the far side the last names may be missing, never half.
 */
export async function openRsyncBackend(
  settings: RsyncSettings,
): Promise<ProvingBackend & DatingBackend & EagerBackend> {
  const { location, connection } = settings;
  const reading = settings.readConnection ?? connection;
  const limits: RsyncLimits = {
    timeoutSeconds: settings.timeoutSeconds ?? 60,
    bandwidthLimitKib: settings.bandwidthLimitKib ?? 0,
  };
  // `PATH/.` makes rsync fail where the folder is gone; `PATH/` would make it anew, beneath its mount.
  const far = settings.path === '.' ? 'target:.' : `target:${settings.path.replace(/\/+$/, '')}/.`;
  const spool: Spool = await openSpool(settings.spoolFolder, settings.maxKeptBytes ?? 256 * 1024 * 1024);
  const maxSpoolBytes = settings.maxSpoolBytes ?? 64 * 2 ** 20;
  // An unknown object counts as if it filled its share of the spool: that limits how many travel at once.
  const sizes = knownSizes(Math.ceil(maxSpoolBytes / maxFetchesPerRun));
  const queue: BatchQueue<Asked> = batchQueue<Kind, Asked>(
    rsyncRuns({ location, connection, reading, limits, far, spool, sizes }),
    {
      calls: maxCallsPerRun,
      bytes: maxSpoolBytes / runsAtOnce,
      // The limit of rsync is one for each run.
      atOnce: limits.bandwidthLimitKib > 0 ? 1 : runsAtOnce,
      worthARun,
      isRefusedBeside: (error) => isFailure(error, 'backend.in-use'),
    },
  );
  const underWay = new Map<BackendKey, Promise<unknown>>();

  async function ask(asked: Asked, options: Operation): Promise<unknown> {
    options.signal?.throwIfAborted();
    checkKey(asked.key);
    return await queue.ask(asked, options.signal);
  }

  async function loadPart(key: BackendKey, range: ByteRange, options: LoadOptions): Promise<Buffer> {
    for (;;) {
      const kept = await spool.openKept(key);
      if (kept === undefined) {
        // Many parts of one object are asked for at once: it is fetched once, for all of them.
        const fetched = underWay.get(key) ?? queue.ask({ kind: 'part', key, bytes: sizes.of(key) }, undefined);
        underWay.set(key, fetched);
        try {
          await abortable(fetched, options.signal);
        } finally {
          if (underWay.get(key) === fetched) underWay.delete(key);
        }
        continue;
      }
      try {
        const { start, end } = resolveRange(location, key, kept.size, range, options.maxBytes);
        const bytes = Buffer.allocUnsafeSlow(end - start);
        let offset = 0;
        while (offset < bytes.length) {
          const { bytesRead } = await kept.file.read(bytes, offset, bytes.length - offset, start + offset);
          if (bytesRead === 0) throw notFound(location, key);
          offset += bytesRead;
        }
        return bytes;
      } finally {
        await kept.file.close();
      }
    }
  }

  return {
    location,
    async save(key, bytes, options = {}) {
      const kind = options.ifExists === 'replace' ? 'replace' : 'save';
      const { length } = bytes;
      await ask({ kind, key, bytes: length, content: bytes }, options);
      sizes.learn(key, length);
    },
    async provesEqual(key, bytes, options = {}) {
      return (await ask({ kind: 'prove', key, bytes: bytes.length, content: bytes }, options)) === true;
    },
    async load(key, range, options = {}) {
      options.signal?.throwIfAborted();
      checkKey(key);
      if (range !== undefined) return await loadPart(key, range, options);
      const { maxBytes } = options;
      return (await ask({ kind: 'load', key, bytes: sizes.of(key), maxBytes }, options)) as Buffer;
    },
    async stat(key, options = {}) {
      const { size } = (await ask({ kind: 'look', key, bytes: 0 }, options)) as ListedObject;
      return { key, size };
    },
    async modifiedAt(key, options = {}) {
      return ((await ask({ kind: 'look', key, bytes: 0 }, options)) as ListedObject).modifiedAt;
    },
    async *list(prefix, options = {}) {
      options.signal?.throwIfAborted();
      checkPrefix(prefix);
      const objects = (await queue.ask({ kind: 'look', key: prefix, bytes: 0 }, options.signal)) as ListedObject[];
      for (const { key, size } of objects) yield { key, size };
    },
    async remove(key, options = {}) {
      await ask({ kind: 'remove', key, bytes: 0 }, options);
    },
    // rsync has no word for it.
    freeBytes: async () => undefined,
    async close() {
      await queue.close();
      await connection.close();
      await settings.readConnection?.close();
      await spool.remove();
    },
    // A run for each of them costs more than what it brings.
    readAhead: { calls: 10_000, bytes: maxSpoolBytes / 2 },
  } satisfies ProvingBackend & DatingBackend & EagerBackend;
}

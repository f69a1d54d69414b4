// Objects in a folder of another machine, by rsync over SSH: nothing but rsync is needed there.
import { mkdir, rename, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isFailure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import { abortable } from '../abortable.ts';
import type { DatingBackend, EagerBackend, ProvingBackend } from '../abilities.ts';
import type { BackendKey, ByteRange } from '../backend.ts';
import { keyExists, notFound } from '../failures.ts';
import { checkKey, checkPrefix } from '../key.ts';
import { resolveRange } from '../ranges.ts';
import type { SshConnection } from '../ssh/connection.ts';
import { type BatchQueue, batchQueue } from '../batches.ts';
import { canBeTold, fetchStreamed } from './fetch-stream.ts';
import { knownSizes } from './known-sizes.ts';
import { type ListedObject, parseListing } from './listing.ts';
import { rsyncFailure } from './rsync-failures.ts';
import { type RsyncLimits, type RsyncRun, type SendMode, runRsync, sendOptions } from './rsync-program.ts';
import { type Spool, openSpool, readSpoolFiles, writeSpoolFiles } from './spool.ts';

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

type Kind = 'save' | 'replace' | 'prove' | 'load' | 'part' | 'look' | 'remove';
interface Asked {
  kind: Kind;
  /** A prefix that is to be listed when it is empty or ends with `/`. */
  key: BackendKey;
  bytes: number;
  content?: Uint8Array;
}

const maxCallsPerRun = 5000;
const runsAtOnce = 2;
// Of larger objects rsync itself makes less work: it knows quicker checksums, and they need few files.
const streamedBytes = 256 * 1024;
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
  const failureOf = (what: string, { exitCode, stderr }: { exitCode: number; stderr: string }): Error =>
    rsyncFailure(location, what, { exitCode, text: stderr, timeoutSeconds: limits.timeoutSeconds });
  const maxSpoolBytes = settings.maxSpoolBytes ?? 64 * 2 ** 20;
  let canFsync = true;
  let canIgnoreMissing = true;
  let canStream = canBeTold(far.slice('target:'.length));

  async function send(what: string, mode: SendMode, folder: string, run: Omit<RsyncRun, 'args'>): Promise<string> {
    const args = [...sendOptions(mode, canFsync), `${folder}/`, far];
    const result = await runRsync(connection, location, limits, { ...run, args });
    if (result.exitCode !== 0 && canFsync && /--fsync: unknown option|option --fsync/.test(result.stderr)) {
      canFsync = false; // An rsync before 3.2.4 there.
      return await send(what, mode, folder, run);
    }
    if (result.exitCode !== 0) throw failureOf(what, result);
    return result.stdout.toString('utf8');
  }

  // `bytes`: what will be in it; without them its files can be kept.
  async function inRunFolder<Result>(
    bytes: number | undefined,
    work: (folder: string) => Promise<Result>,
  ): Promise<Result> {
    const folder = await spool.makeFolder(bytes);
    try {
      return await work(folder);
    } finally {
      spool.removeFolder(folder);
    }
  }

  const totalOf = (batch: Asked[]): number => batch.reduce((sum, { bytes }) => sum + bytes, 0);
  // Every file takes whole pages.
  const roomOf = (batch: Asked[]): number => totalOf(batch) + batch.length * 4096;
  const keysOf = (batch: Asked[]): string[] => batch.map(({ key }) => key);
  const first = (batch: Asked[]): string =>
    `${batch[0]?.key ?? ''}${batch.length > 1 ? ` and ${batch.length - 1} more` : ''}`;

  async function save(batch: Asked[], signal: AbortSignal, mode: SendMode) {
    return await inRunFolder(roomOf(batch), async (folder) => {
      await writeSpoolFiles(folder, batch);
      const said = await send(`${mode === 'prove' ? 'compare' : 'store'} ${first(batch)}`, mode, folder, {
        bytes: totalOf(batch),
        signal,
      });
      // `<f+++++++++ name`: sent (or, in a dry run, would have to be sent).
      const sent = new Set([...said.matchAll(/^<f\S+ (.*)$/gm)].map((match) => match[1]));
      for (const { key } of batch) if (mode !== 'prove') await spool.forget(key);
      return batch.map(({ key }): PromiseSettledResult<unknown> => {
        if (mode === 'prove') return { status: 'fulfilled', value: !sent.has(key) };
        if (mode === 'replace' || sent.has(key)) return { status: 'fulfilled', value: undefined };
        return { status: 'rejected', reason: keyExists(location, key) };
      });
    });
  }

  // Exit code 23 with these words means that some names are not there; the others came.
  function onlyMissing(text: string): boolean {
    const complaints = text
      .split('\n')
      .filter((line) => /failed|denied|error:/.test(line) && !/code 23|Broken pipe/.test(line));
    return complaints.every((line) => /link_stat .* failed: (No such file|Not a directory)/.test(line));
  }

  async function read(what: string, args: string[], run: Omit<RsyncRun, 'args'>): Promise<string> {
    // Without that option rsync waits a tenth of a second whenever a name is not there.
    const options = run.names !== undefined && canIgnoreMissing ? ['--ignore-missing-args'] : [];
    const result = await runRsync(reading, location, limits, { ...run, args: [...options, ...args] });
    if (result.exitCode !== 0 && canIgnoreMissing && /ignore-missing-args/.test(result.stderr)) {
      canIgnoreMissing = false; // An older rsync or rrsync there.
      return await read(what, args, run);
    }
    const isFine = result.exitCode === 0 || (result.exitCode === 23 && onlyMissing(result.stderr));
    if (!isFine) throw failureOf(what, result);
    return result.stdout.toString('utf8');
  }

  async function fetchStreams(batch: Asked[], signal: AbortSignal): Promise<PromiseSettledResult<unknown>[]> {
    const names = keysOf(batch);
    if (!canStream || totalOf(batch) > batch.length * streamedBytes) return await fetch(batch, signal, false);
    const path = far.slice('target:'.length);
    const { outcome, found, exitCode, text } = await fetchStreamed(reading, location, limits, { path, names, signal });
    const isFine = exitCode === 0 || (exitCode === 23 && onlyMissing(text));
    if (outcome === 'whole' && isFine) return batch.map(({ key }) => settledObject(key, found.get(key)));
    const isRefusedSo = outcome === 'not-understood' || isFine || /option|not allowed|usage/i.test(text);
    if (outcome !== 'too-much' && !isRefusedSo) throw failureOf(`give ${first(batch)}`, { exitCode, stderr: text });
    if (isRefusedSo) canStream = false; // An older rsync, or none of ours: the program finds out.
    return await fetch(batch, signal, false);
  }

  function settledObject(key: string, value: Buffer | undefined): PromiseSettledResult<unknown> {
    return value === undefined
      ? { status: 'rejected', reason: notFound(location, key) }
      : { status: 'fulfilled', value };
  }

  async function fetch(batch: Asked[], signal: AbortSignal, keep: boolean): Promise<PromiseSettledResult<unknown>[]> {
    return await inRunFolder(keep ? undefined : roomOf(batch), async (folder) => {
      await read(`give ${first(batch)}`, ['-W', '--inplace', far, `${folder}/`], {
        names: keysOf(batch),
        bytes: 1024 ** 3,
        signal,
      });
      if (keep) {
        return await Promise.allSettled(batch.map(({ key }, index) => keepFetched(folder, key, `kept~${index}`)));
      }
      const found = await readSpoolFiles(folder, keysOf(batch));
      return batch.map(({ key }, index) => settledObject(key, found[index]));
    });
  }

  async function keepFetched(folder: string, key: string, name: string): Promise<void> {
    const isThere = await stat(join(folder, key)).then(
      (found) => found.isFile(),
      () => false,
    );
    if (!isThere) throw notFound(location, key);
    await rename(join(folder, key), join(folder, name));
    await spool.keep(key, join(folder, name));
  }

  // One listing answers whoever wants to know of objects and of folders.
  async function look(batch: Asked[], signal: AbortSignal): Promise<PromiseSettledResult<unknown>[]> {
    const names = keysOf(batch);
    const isList = (key: string): boolean => key === '' || key.endsWith('/');
    // rsync wants a target with --files-from; a listing writes nothing there.
    const args = [...(names.some(isList) ? ['-r'] : []), '--list-only', '--no-h', far, '.'];
    const what = isList(names[0] ?? '') ? `list ${names[0]}` : `look at ${first(batch)}`;
    const said = await read(what, args, { ...(names.includes('') ? {} : { names }), bytes: 0, signal });
    const found = new Map(parseListing(said).map((object) => [object.key, object]));
    for (const { key, size } of found.values()) sizes.learn(key, size);
    return batch.map(({ key }) => {
      if (isList(key))
        return { status: 'fulfilled', value: [...found.values()].filter((object) => object.key.startsWith(key)) };
      const object = found.get(key);
      if (object === undefined) return { status: 'rejected', reason: notFound(location, key) };
      return { status: 'fulfilled', value: object };
    });
  }

  // Names that are missing here are deleted there. Their folders must exist here, or rsync complains.
  async function remove(batch: Asked[], signal: AbortSignal): Promise<PromiseSettledResult<unknown>[]> {
    return await inRunFolder(roomOf(batch), async (folder) => {
      for (const { key } of batch) await mkdir(dirname(join(folder, key)), { recursive: true, mode: 0o700 });
      const args = ['-d', '--no-implied-dirs', '--delete-missing-args', '--out-format=%i %n', `${folder}/`, far];
      const names = keysOf(batch);
      const result = await runRsync(connection, location, limits, { args, names, bytes: 0, signal });
      if (result.exitCode !== 0) throw failureOf(`remove ${first(batch)}`, result);
      const removed = new Set(
        [...result.stdout.toString('utf8').matchAll(/^\*deleting +(.*)$/gm)].map((match) => match[1]),
      );
      for (const { key } of batch) await spool.forget(key);
      return batch.map(({ key }) =>
        removed.has(key)
          ? { status: 'fulfilled', value: undefined }
          : { status: 'rejected', reason: notFound(location, key) },
      );
    });
  }

  const queue: BatchQueue<Asked> = batchQueue<Kind, Asked>(
    async (batch, signal) => {
      const kind = batch[0]?.kind;
      switch (kind) {
        case 'save':
        case 'replace':
        case 'prove':
          return await save(batch, signal, kind);
        case 'load':
          return await fetchStreams(batch, signal);
        case 'part':
          return await fetch(batch, signal, true);
        case 'remove':
          return await remove(batch, signal);
        case 'look':
        case undefined:
          return await look(batch, signal);
      }
    },
    {
      calls: maxCallsPerRun,
      bytes: maxSpoolBytes / runsAtOnce,
      // The limit of rsync is one for each run.
      atOnce: limits.bandwidthLimitKib > 0 ? 1 : runsAtOnce,
      worthARun,
      isRefusedBeside: (error) => isFailure(error, 'backend.in-use'),
    },
  );
  // An unknown object counts as if it filled its share of the spool: that limits how many travel at once.
  const sizes = knownSizes(Math.ceil(maxSpoolBytes / maxFetchesPerRun));
  const underWay = new Map<BackendKey, Promise<unknown>>();

  async function ask(asked: Asked, options: Operation): Promise<unknown> {
    options.signal?.throwIfAborted();
    checkKey(asked.key);
    return await queue.ask(asked, options.signal);
  }

  async function loadPart(key: BackendKey, range: ByteRange, options: Operation): Promise<Buffer> {
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
        const { start, end } = resolveRange(location, key, kept.size, range);
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
      return (await ask({ kind: 'load', key, bytes: sizes.of(key) }, options)) as Buffer;
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

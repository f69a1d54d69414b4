// What one rsync does for a batch of calls of one kind: store, prove, fetch, look, remove.
import { mkdir, rename, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { BackendKey } from '../backend.ts';
import { keyExists, notFound, tooLarge } from '../failures.ts';
import { loadBytesMax } from '../ranges.ts';
import type { SshConnection } from '../ssh/connection.ts';
import { canBeTold, fetchStreamed } from './fetch-stream.ts';
import type { KnownSizes } from './known-sizes.ts';
import { parseListing } from './listing.ts';
import { rsyncFailure } from './rsync-failures.ts';
import { type RsyncLimits, type RsyncRun, type SendMode, runRsync, sendOptions } from './rsync-program.ts';
import { type Spool, readSpoolFiles, writeSpoolFiles } from './spool.ts';

/** What is asked for. */
export type Kind = 'save' | 'replace' | 'prove' | 'load' | 'part' | 'look' | 'remove';

/** One call. */
export interface Asked {
  kind: Kind;
  /** A prefix that is to be listed when it is empty or ends with `/`. */
  key: BackendKey;
  bytes: number;
  content?: Uint8Array;
  /** Of an object that is fetched: a larger one is left there. */
  maxBytes?: number | undefined;
}

/** What becomes of each call of a batch, all of one kind, in their order. */
export type RunOf = (batch: Asked[], signal: AbortSignal) => Promise<PromiseSettledResult<unknown>[]>;

/** Where and how. */
export interface RsyncRunsOf {
  location: string;
  /** Writes. */
  connection: SshConnection;
  reading: SshConnection;
  limits: RsyncLimits;
  /** The folder as rsync is told it. */
  far: string;
  spool: Spool;
  sizes: KnownSizes;
}

const maxBytesOf = ({ maxBytes = loadBytesMax }: Asked): number => maxBytes;

// Of larger objects rsync itself makes less work: it knows quicker checksums, and they need few files.
const streamedBytes = 256 * 1024;

/** Gives what runs a batch. It remembers what the rsync there cannot do. */
export function rsyncRuns({ location, connection, reading, limits, far, spool, sizes }: RsyncRunsOf): RunOf {
  const failureOf = (what: string, { exitCode, stderr }: { exitCode: number; stderr: string }): Error =>
    rsyncFailure(location, what, { exitCode, text: stderr, timeoutSeconds: limits.timeoutSeconds });
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
    const most = new Map(batch.map((asked) => [asked.key, maxBytesOf(asked)]));
    const wanted = { path, names, maxBytesOf: (name: string) => most.get(name) ?? 0, signal };
    const streamed = await fetchStreamed(reading, location, limits, wanted);
    const { outcome, found, exitCode, text } = streamed;
    const isFine = exitCode === 0 || (exitCode === 23 && onlyMissing(text));
    if (outcome === 'whole' && isFine)
      return batch.map((asked) => settledObject(asked, found.get(asked.key), streamed.tooLarge));
    const isRefusedSo = outcome === 'not-understood' || isFine || /option|not allowed|usage/i.test(text);
    if (outcome !== 'too-much' && !isRefusedSo) throw failureOf(`give ${first(batch)}`, { exitCode, stderr: text });
    if (isRefusedSo) canStream = false; // An older rsync, or none of ours: the program finds out.
    return await fetch(batch, signal, false);
  }

  // `large`: sizes of objects that were left there, which are larger than they may be.
  function settledObject(
    asked: Asked,
    value: Buffer | undefined,
    large: ReadonlyMap<string, number>,
  ): PromiseSettledResult<unknown> {
    if (value !== undefined) return { status: 'fulfilled', value };
    return { status: 'rejected', reason: notFetched(asked, large) };
  }

  function notFetched(asked: Asked, large: ReadonlyMap<string, number>): Error {
    const size = large.get(asked.key);
    return size === undefined ? notFound(location, asked.key) : tooLarge(location, asked.key, size, maxBytesOf(asked));
  }

  // Sizes of what lies in a run's folder and of what rsync left there, where that is more than may be read.
  async function largeOnes(folder: string, batch: Asked[], said: string): Promise<Map<string, number>> {
    const large = new Map<string, number>();
    const most = Math.max(...batch.map(maxBytesOf));
    for (const [, name = ''] of said.matchAll(/^(.*) is over max-size$/gm)) large.set(name, most + 1);
    for (const asked of batch) {
      if (asked.maxBytes === undefined) continue;
      const found = await stat(join(folder, asked.key)).catch(() => undefined);
      if (found !== undefined && found.size > asked.maxBytes) large.set(asked.key, found.size);
    }
    return large;
  }

  async function fetch(batch: Asked[], signal: AbortSignal, keep: boolean): Promise<PromiseSettledResult<unknown>[]> {
    return await inRunFolder(keep ? undefined : roomOf(batch), async (folder) => {
      const most = `--max-size=${Math.max(...batch.map(maxBytesOf))}`;
      const said = await read(`give ${first(batch)}`, ['-W', '--inplace', most, '--info=skip1', far, `${folder}/`], {
        names: keysOf(batch),
        bytes: 1024 ** 3,
        signal,
      });
      const large = await largeOnes(folder, batch, said);
      if (keep) {
        return await Promise.allSettled(
          batch.map((asked, index) => keepFetched(folder, asked, `kept~${index}`, large)),
        );
      }
      const wanted = batch.filter(({ key }) => !large.has(key));
      const found = await readSpoolFiles(folder, keysOf(wanted));
      const values = new Map(wanted.map(({ key }, index) => [key, found[index]]));
      return batch.map((asked) => settledObject(asked, values.get(asked.key), large));
    });
  }

  async function keepFetched(
    folder: string,
    asked: Asked,
    name: string,
    large: ReadonlyMap<string, number>,
  ): Promise<void> {
    const { key } = asked;
    const isThere = await stat(join(folder, key)).then(
      (found) => found.isFile(),
      () => false,
    );
    if (!isThere) throw notFetched(asked, large);
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

  return async (batch, signal) => {
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
  };
}

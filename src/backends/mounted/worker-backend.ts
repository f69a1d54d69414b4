// A folder through a worker process. Each call has a deadline of ours; past it the worker is killed and not waited for.
import { type ChildProcess, spawn } from 'node:child_process';
import { getCompileCacheDir } from 'node:module';
import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { programEnvironment } from '../../base/program.ts';
import type { DatingBackend } from '../abilities.ts';
import type { StoredObject } from '../backend.ts';
import { timedOut, unreachable } from '../failures.ts';
import { checkKey, checkPrefix } from '../key.ts';
import { checkRange, loadBytesMax } from '../ranges.ts';
import { turns } from '../turns.ts';
import { type Frame, type WorkerAnswer, type WorkerRequest, encodeFrame, frameReader, fromWire } from './frames.ts';

/** Which folder, and how long a call may take. */
export interface WorkerSettings {
  /** The folder. Only the worker touches it. */
  path: string;
  /** The place in words. */
  location: string;
  /** Silence past this, and a time that grows with the bytes, ends the worker. */
  timeoutSeconds: number;
  /** As for `openFolderBackend`. Default `require`. */
  ifMissing?: 'make' | 'require';
  /** The types (statfs(2)) the folder's file system may have. Empty: any. */
  fileSystems?: number[];
  /** Tells that the mount hangs: the worker was killed, and may never end. */
  onHang?: (worker: ChildProcess) => void;
}

/** A backend whose worker can be asked about. */
export interface WorkerBackend extends DatingBackend {
  /** False once the worker ended or was given up: open another. */
  readonly isAlive: boolean;
}

interface Call {
  head: WorkerRequest;
  resolve: (answer: Frame<WorkerAnswer & { ok: true }>) => void;
  reject: (error: Error) => void;
  deadline: NodeJS.Timeout;
  budgetMs: number;
  /** Lets the next one go. */
  giveBack: () => void;
  objects?: (objects: StoredObject[]) => void;
}

type Wanted = WorkerRequest extends infer One ? (One extends WorkerRequest ? Omit<One, 'id'> : never) : never;

const callsAtOnce = 64;
const slowestBytesPerSecond = 256 * 1024;
// What a call without a size of its own may have to move: a pack.
const packBytes = 16 * 1024 * 1024;

/** Starts a worker and lets it open the folder. @throws Failure `backend.timeout`, `backend.place-missing`, `backend.not-mounted` … */
export async function openWorkerBackend(settings: WorkerSettings, signal?: AbortSignal): Promise<WorkerBackend> {
  const { location } = settings;
  signal?.throwIfAborted();
  const child = spawn(process.execPath, [fileURLToPath(new URL('./mount-worker.ts', import.meta.url))], {
    stdio: ['pipe', 'pipe', 'ignore'],
    // What Node compiled once need not be compiled for every worker.
    env: programEnvironment({ NODE_COMPILE_CACHE: getCompileCacheDir() }),
    cwd: '/',
  });
  // An idle worker keeps nobody from ending; while a call is under way its deadline does.
  child.unref();
  for (const stream of [child.stdin, child.stdout]) (stream as Socket).unref();
  const calls = new Map<number, Call>();
  const line = turns(callsAtOnce);
  let nextId = 0;
  let ended: Error | undefined;

  // A killed process that hangs in the kernel stays: nobody waits for it, and it must not keep us from ending.
  function end(error: Error): void {
    if (ended !== undefined) return;
    ended = error;
    child.kill('SIGKILL');
    for (const stream of [child.stdin, child.stdout]) stream.destroy();
    for (const call of calls.values()) {
      clearTimeout(call.deadline);
      call.reject(error);
      call.giveBack();
    }
    calls.clear();
  }

  function hang(budgetMs: number): void {
    end(timedOut(location, Math.round(budgetMs / 1000)));
    settings.onHang?.(child);
  }

  const take = ({ head, body }: Frame<WorkerAnswer>): void => {
    const call = calls.get(head.id);
    if (call === undefined) return;
    if (head.ok && head.objects !== undefined) call.objects?.(head.objects);
    if (head.ok && head.more === true) {
      call.deadline.refresh();
      return;
    }
    calls.delete(head.id);
    clearTimeout(call.deadline);
    call.giveBack();
    if (head.ok) call.resolve({ head, body });
    else call.reject(head.failure === undefined ? new Error(head.error) : fromWire(head.failure));
  };
  const read = frameReader<WorkerAnswer>(take);
  child.stdout.on('data', (chunk: Buffer) => read(chunk));
  child.stdout.on('error', () => {});
  child.stdin.on('error', () => {});
  child.on('error', end);
  child.on('exit', () => end(unreachable(location, new Error('its worker process ended'))));

  async function ask(
    wanted: Wanted,
    options: { signal?: AbortSignal | undefined; bytes?: Uint8Array; objects?: (objects: StoredObject[]) => void } = {},
  ): Promise<Frame<WorkerAnswer & { ok: true }>> {
    options.signal?.throwIfAborted();
    // Its deadline begins when the worker gets it, so that many calls of a slow place are not taken for a hang.
    const giveBack = line.now() ?? (await line.take(options.signal));
    if (ended !== undefined || options.signal?.aborted) {
      giveBack();
      throw ended ?? (options.signal?.reason as Error);
    }
    nextId += 1;
    const id = nextId;
    const head: WorkerRequest = { ...wanted, id };
    const moved = options.bytes?.length ?? (wanted.call === 'load' ? packBytes : 0);
    // A busy machine may need seconds to start a process.
    const leastMs = wanted.call === 'open' ? 15_000 : 0;
    const budgetMs = Math.max(leastMs, settings.timeoutSeconds * 1000 + (moved / slowestBytesPerSecond) * 1000);
    return await new Promise((resolve, reject) => {
      // Given up by the caller: the worker must still end the call in time, or it is killed.
      const abort = (): void => {
        send({ id, call: 'cancel' });
        done(() => reject(options.signal?.reason as Error));
      };
      const done = (settle: () => void): void => {
        options.signal?.removeEventListener('abort', abort);
        settle();
      };
      options.signal?.addEventListener('abort', abort, { once: true });
      calls.set(id, {
        head,
        budgetMs,
        giveBack,
        resolve: (answer) => done(() => resolve(answer)),
        reject: (error) => done(() => reject(error)),
        deadline: setTimeout(() => hang(budgetMs), budgetMs),
        ...(options.objects === undefined ? {} : { objects: options.objects }),
      });
      send(head, options.bytes);
    });
  }

  function send(head: WorkerRequest, bytes?: Uint8Array): void {
    child.stdin.cork();
    for (const piece of encodeFrame(head, bytes)) child.stdin.write(piece);
    child.stdin.uncork();
  }

  const { path, ifMissing = 'require', fileSystems = [] } = settings;
  try {
    await ask({ call: 'open', path, location, ifMissing, fileSystems }, { signal });
  } catch (error) {
    // Given up by the caller: it may hang, and nobody is there any more to find out.
    if (ended === undefined && signal?.aborted) settings.onHang?.(child);
    end(error as Error);
    throw error;
  }
  return {
    location,
    get isAlive() {
      return ended === undefined;
    },
    async save(key, bytes, { ifExists = 'refuse', signal } = {}) {
      checkKey(key);
      await ask({ call: 'save', key, ifExists }, { bytes, signal });
    },
    async load(key, range, { signal, maxBytes = loadBytesMax } = {}) {
      checkKey(key);
      if (range !== undefined) checkRange(range);
      const wanted = { call: 'load' as const, key, maxBytes, ...(range === undefined ? {} : { range }) };
      return (await ask(wanted, { signal })).body;
    },
    async stat(key, { signal } = {}) {
      checkKey(key);
      return { key, size: (await ask({ call: 'stat', key }, { signal })).head.size ?? 0 };
    },
    async modifiedAt(key, { signal } = {}) {
      checkKey(key);
      return new Date((await ask({ call: 'modifiedAt', key }, { signal })).head.time ?? 0);
    },
    async *list(prefix, { signal } = {}) {
      signal?.throwIfAborted();
      checkPrefix(prefix);
      const found: StoredObject[] = [];
      await ask({ call: 'list', prefix }, { signal, objects: (objects) => found.push(...objects) });
      yield* found;
    },
    async remove(key, { signal } = {}) {
      checkKey(key);
      await ask({ call: 'remove', key }, { signal });
    },
    async freeBytes({ signal } = {}) {
      const free = (await ask({ call: 'freeBytes' }, { signal })).head.free ?? -1;
      return free < 0 ? undefined : free;
    },
    async close() {
      if (ended !== undefined) return;
      // A call that was given up needs a moment to notice.
      for (let turn = 0; calls.size > 0 && turn < 50; turn += 1) await pause(20);
      if (ended !== undefined) return;
      const isBusy = calls.size > 0;
      const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      end(unreachable(location, new Error('the destination was closed')));
      // Calls that were given up may hang; an idle worker ends at once, so that its mount can be taken away.
      if (isBusy) settings.onHang?.(child);
      else await atMost(gone, 2000);
    },
  };
}

// The timer keeps this process until the end is known.
async function atMost(work: Promise<void>, ms: number): Promise<void> {
  const stop = new AbortController();
  await Promise.race([work, pause(ms, undefined, { signal: stop.signal }).catch(() => {})]);
  stop.abort();
}

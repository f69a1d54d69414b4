// A process of its own that touches the mount, so that Orbit never does: when the mount hangs, only this process does.
// It answers frames on standard input by frames on standard output, and ends when its input does.
import { statfs } from 'node:fs/promises';
import { Failure, isFailure } from '../../base/failure.ts';
import type { DatingBackend } from '../abilities.ts';
import type { StoredObject } from '../backend.ts';
import { openFolderBackend } from '../folder.ts';
import { failureOfSystemError } from '../failures.ts';
import { type WorkerAnswer, type WorkerRequest, encodeFrame, frameReader, toWire } from './frames.ts';

const objectsPerFrame = 1000;
const running = new Map<number, AbortController>();
let backend: DatingBackend | undefined;

function answer(head: WorkerAnswer, body?: Uint8Array): void {
  for (const piece of encodeFrame(head, body)) process.stdout.write(piece);
}

async function serve(request: WorkerRequest, body: Buffer): Promise<void> {
  if (request.call === 'cancel') return running.get(request.id)?.abort(new Error('cancelled'));
  const stop = new AbortController();
  running.set(request.id, stop);
  try {
    await perform(request, body, stop.signal);
  } catch (error) {
    const { id } = request;
    if (isFailure(error)) answer({ id, ok: false, failure: toWire(error) });
    else answer({ id, ok: false, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  } finally {
    running.delete(request.id);
  }
}

async function perform(request: Exclude<WorkerRequest, { call: 'cancel' }>, body: Buffer, signal: AbortSignal) {
  const { id } = request;
  if (request.call === 'open') {
    backend = await enter(request);
    return answer({ id, ok: true });
  }
  if (backend === undefined) throw new Error('not opened');
  switch (request.call) {
    case 'save':
      await backend.save(request.key, body, { ifExists: request.ifExists, signal });
      return answer({ id, ok: true });
    case 'load': {
      const { key, range, maxBytes } = request;
      return answer({ id, ok: true }, await backend.load(key, range, { signal, maxBytes }));
    }
    case 'stat':
      return answer({ id, ok: true, size: (await backend.stat(request.key, { signal })).size });
    case 'modifiedAt':
      return answer({ id, ok: true, time: (await backend.modifiedAt(request.key, { signal })).getTime() });
    case 'remove':
      await backend.remove(request.key, { signal });
      return answer({ id, ok: true });
    case 'freeBytes':
      return answer({ id, ok: true, free: (await backend.freeBytes({ signal })) ?? -1 });
    case 'list': {
      let objects: StoredObject[] = [];
      for await (const object of backend.list(request.prefix, { signal })) {
        objects.push(object);
        if (objects.length < objectsPerFrame) continue;
        answer({ id, ok: true, more: true, objects });
        objects = [];
      }
      return answer({ id, ok: true, objects });
    }
  }
}

// From here on every path is relative to the folder it stands in: whatever is unmounted, nothing lands beneath.
async function enter(request: Extract<WorkerRequest, { call: 'open' }>): Promise<DatingBackend> {
  const { path, location, ifMissing, fileSystems } = request;
  try {
    if (ifMissing === 'make') await openFolderBackend(path);
    process.chdir(path);
    const type = (await statfs('.')).type >>> 0;
    if (fileSystems.length > 0 && !fileSystems.includes(type)) {
      throw new Failure('backend.not-mounted', {
        message: `${location} is not mounted at ${path}: another file system lies there`,
        hint: 'Mount it again. Nothing was written: a backup beneath an empty mount point would fill this machine’s own disk.',
        facts: { location, path },
      });
    }
  } catch (error) {
    throw failureOfSystemError(error, location, 'open it');
  }
  return await openFolderBackend('.', { ifMissing: 'require', location });
}

const read = frameReader<WorkerRequest>(({ head, body }) => void serve(head, body));
process.stdin.on('data', read);
process.stdin.on('end', () => process.exit(0));
process.stdout.on('error', () => process.exit(0));

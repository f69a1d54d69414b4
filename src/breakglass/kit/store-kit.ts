// Stores kits at a destination, lists the finished ones, and clears away what a power cut left.
import type { Backend } from '../../backends/backend.ts';
import type { Operation } from '../../base/operation.ts';
import { together } from '../../base/together.ts';
import { manifestName } from './manifest.ts';
import type { KitEvent } from './kit-event.ts';
import type { SealedKit } from './seal-kit.ts';

const prefix = 'secrets/';
const filesAtOnce = 16;

/**
 * Stores a kit in `secrets/<name>/`: its files, then manifest.json, which says that it is whole.
 * When this ends early, what lies there has no manifest and counts as nothing. The backend need not read it back:
 * nobody believes a kit before `verifyKit` did.
 */
export async function writeKit(backend: Backend, kit: SealedKit, options: Operation<KitEvent> = {}): Promise<void> {
  const { signal } = options;
  const store = async ([name, bytes]: [string, Buffer]): Promise<void> => {
    signal?.throwIfAborted();
    await backend.save(`${prefix}${kit.name}/${name}`, bytes, {
      isReadBackByCaller: true,
      ...(signal === undefined ? {} : { signal }),
    });
    options.report?.({ type: 'file-stored', name, bytes: bytes.length });
  };
  const files = [...kit.files];
  await together(
    files.filter(([name]) => name !== manifestName),
    filesAtOnce,
    store,
  );
  await together(
    files.filter(([name]) => name === manifestName),
    1,
    store,
  );
}

/** The names of the kits at a destination, newest first: those with a manifest, and those without. */
export async function listKits(
  backend: Backend,
  options: Operation = {},
): Promise<{ finished: string[]; unfinished: string[] }> {
  const finished = new Set<string>();
  const all = new Set<string>();
  for await (const { key } of backend.list(prefix, options)) {
    const [name = '', file, ...deeper] = key.slice(prefix.length).split('/');
    if (file === undefined || deeper.length > 0) continue;
    all.add(name);
    if (file === manifestName) finished.add(name);
  }
  const newestFirst = (names: Iterable<string>): string[] => [...names].toSorted().toReversed();
  return { finished: newestFirst(finished), unfinished: newestFirst([...all].filter((name) => !finished.has(name))) };
}

/**
 * Removes kits without manifest that are older than the newest finished one: no run is still writing those.
 * Gives their names. A destination that only lets us add refuses with its own failure.
 */
export async function removeUnfinishedKits(backend: Backend, options: Operation = {}): Promise<string[]> {
  const { finished, unfinished } = await listKits(backend, options);
  const left = unfinished.filter((name) => name < (finished[0] ?? ''));
  for (const name of left) await removeFiles(backend, name, options);
  return left;
}

/** Removes a kit: its manifest first, so that it is never whole by its looks and broken in truth. */
export async function removeKit(backend: Backend, name: string, options: Operation = {}): Promise<void> {
  await backend.remove(`${prefix}${name}/${manifestName}`, options);
  await removeFiles(backend, name, options);
}

async function removeFiles(backend: Backend, name: string, options: Operation): Promise<void> {
  const keys: string[] = [];
  for await (const { key } of backend.list(`${prefix}${name}/`, options)) keys.push(key);
  await together(keys, filesAtOnce, (key) => backend.remove(key, options));
}

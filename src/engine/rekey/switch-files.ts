// The files that change places when a new master key takes over. Each step may be interrupted and done again.
import type { Backend, BackendKey } from '../../backends/backend.ts';
import { ifThere } from '../../backends/if-there.ts';
import type { Operation } from '../../base/operation.ts';
import { damagedFile } from '../format/damage.ts';
import { fileBytesMax } from '../format/file-limits.ts';
import { configKey, idOfKey, packKey } from '../format/layout.ts';
import type { IndexId, PackId, SnapshotId } from '../ids.ts';
import { readIndexFiles } from '../maintain/check-index.ts';
import { rewriteIndex } from '../maintain/rewrite-index.ts';
import { parityBackend } from '../parity/parity-backend.ts';
import { IndexedRepository } from '../repository/indexed-repository.ts';
import type { Repository } from '../repository/repository.ts';
import { listFiles, pickSignal, sha256 } from '../repository/sealed-files.ts';
import { newPrefix, oldPacksKey, oldPrefix } from './rekey-state.ts';

const probeKey: BackendKey = `${oldPrefix}write-test`;
// Of eight million packs.
const namesBytesMax = 512 * 1024 * 1024;
const kinds = ['keys', 'index', 'snapshots'] as const;

/** Packs that the new repository's index names and that are gone: its index forgets them, and its snapshots are copied anew. */
export async function dropLostPacks(to: Repository, options: Operation): Promise<void> {
  const lost = new Set(await packsOf(to, options));
  for await (const { key } of to.backend.list('data/', options)) lost.delete(idOfKey(key) as PackId);
  if (lost.size === 0) return;
  for (const { id } of await listFiles<SnapshotId>(to.backend, 'snapshots', options))
    await to.removeSnapshot(id, options);
  const files = await listFiles<IndexId>(to.backend, 'index', options);
  await rewriteIndex(to, { files: files.map(({ id }) => id), drop: lost }, options);
}

/** Keeps the old repository's small files, and the names of its packs. Everything of the old one stays in its place, too. */
export async function setAside(backend: Backend, to: Repository, options: Operation): Promise<void> {
  await refuseWithoutRemoval(backend, options);
  for (const kind of kinds) {
    const wanted = new Set((await keysBelow(backend, `${kind}/`, options)).map((key) => `${oldPrefix}${key}`));
    // An earlier attempt may have kept what has gone since.
    await removeBelow(backend, `${oldPrefix}${kind}/`, options, (key) => !wanted.has(key));
    for (const kept of await keysBelow(backend, `${oldPrefix}${kind}/`, options)) wanted.delete(kept);
    for (const kept of wanted) await copyFile(backend, kept.slice(oldPrefix.length), kept, options);
  }
  await copyFile(backend, configKey, `${oldPrefix}${configKey}`, options);
  const ours = new Set<string>(await packsOf(to, options));
  const theirs = (await keysBelow(backend, 'data/', options)).flatMap((key) => {
    const id = idOfKey(key);
    return id === undefined || ours.has(id) ? [] : [id];
  });
  const text = Buffer.from(theirs.map((id) => `${id}\n`).join(''));
  await backend.save(oldPacksKey, text, { ...pickSignal(options), ifExists: 'replace' });
}

/** True when the config of the new repository is in its place: whoever has the old key opens nothing any more. */
export async function isOldClosed(backend: Backend, options: Operation): Promise<boolean> {
  const [there, wanted] = await Promise.all(
    [configKey, `${newPrefix}${configKey}`].map((key) => backend.load(key, undefined, pickSignal(options))),
  );
  return there !== undefined && wanted !== undefined && there.equals(wanted);
}

/** Puts the new repository's small files where the old one's are, which go: those and no others. */
export async function putInPlace(backend: Backend, options: Operation): Promise<void> {
  // Side files of error correction come and go along.
  const place = parityBackend(backend);
  // First, so that nobody writes with the old key into what is not complete.
  await copyFile(backend, `${newPrefix}${configKey}`, configKey, options, place);
  const isNew = new Set<BackendKey>();
  for (const kind of kinds) {
    const there = new Set(await keysBelow(backend, `${kind}/`, options));
    for (const from of await keysBelow(backend, `${newPrefix}${kind}/`, options)) {
      const key = from.slice(newPrefix.length);
      isNew.add(key);
      if (!there.has(key)) await copyFile(backend, from, key, options, place);
    }
  }
  for (const kind of kinds.toReversed()) {
    const there = new Set(await keysBelow(backend, `${kind}/`, options));
    for (const kept of await keysBelow(backend, `${oldPrefix}${kind}/`, options)) {
      const key = kept.slice(oldPrefix.length);
      if (there.has(key) && !isNew.has(key)) await place.remove(key, pickSignal(options));
    }
  }
}

/** Removes the packs that only the old repository had. */
export async function removeOldPacks(backend: Backend, options: Operation): Promise<void> {
  const place = parityBackend(backend);
  const there = new Set(await keysBelow(backend, 'data/', options));
  for (const id of await loadNames(backend, options)) {
    options.signal?.throwIfAborted();
    const key = packKey(id);
    if (there.has(key)) await place.remove(key, pickSignal(options));
  }
}

/** Removes everything below a prefix, or what `isMeant` of it. */
export async function removeBelow(
  backend: Backend,
  prefix: string,
  options: Operation,
  isMeant: (key: BackendKey) => boolean = () => true,
): Promise<void> {
  for (const key of (await keysBelow(backend, prefix, options)).filter(isMeant))
    await ifThere(backend.remove(key, pickSignal(options)));
}

// Where nothing may be replaced or removed the switch would stop half way: better before it begins.
async function refuseWithoutRemoval(backend: Backend, options: Operation): Promise<void> {
  for (const text of ['one', 'another'])
    await backend.save(probeKey, Buffer.from(text), { ...pickSignal(options), ifExists: 'replace' });
  await backend.remove(probeKey, pickSignal(options));
}

async function loadNames(backend: Backend, options: Operation): Promise<PackId[]> {
  const loading = backend.load(oldPacksKey, undefined, { ...pickSignal(options), maxBytes: namesBytesMax });
  // Without them an earlier removal got that far.
  const text = (await ifThere(loading))?.toString('latin1') ?? '';
  return text.split('\n').filter(Boolean) as PackId[];
}

async function packsOf(repository: Repository, options: Operation): Promise<PackId[]> {
  const indexed = IndexedRepository.empty(repository);
  try {
    const refuse = ({ message }: { message: string; severity: string }): never => {
      throw damagedFile(`${newPrefix}index`, message);
    };
    const expected = await readIndexFiles(
      indexed,
      (problem) => {
        if (problem.severity === 'error') refuse(problem);
      },
      options,
    );
    return [...expected.keys()];
  } finally {
    await indexed.close();
  }
}

async function keysBelow(backend: Backend, prefix: string, options: Operation): Promise<BackendKey[]> {
  const keys: BackendKey[] = [];
  for await (const { key } of backend.list(prefix, options)) keys.push(key);
  return keys.sort();
}

// Files named by their hash are proved on their way.
async function copyFile(
  from: Backend,
  source: BackendKey,
  target: BackendKey,
  options: Operation,
  to: Backend = from,
): Promise<void> {
  const bytes = await from.load(source, undefined, { ...pickSignal(options), maxBytes: fileBytesMax.index });
  const id = idOfKey(source);
  if (id !== undefined && sha256(bytes) !== id) throw damagedFile(source, 'its content does not match its name');
  await to.save(target, bytes, { ...pickSignal(options), ifExists: 'replace' });
}

// Where everything of a move to a new master key lies, beside the repository in its own place, and how far the move is.
//
//   rekey/state       whose move it is, and how far
//   rekey/new/        config, keys, index, snapshots and locks of the new repository, until the switch
//   rekey/old/        config, keys, index and snapshots of the old one, from the switch until its removal
//   rekey/old-packs   names of the packs that only the old one has, one a line
//   data/, parity/    packs of both: no two have the same name, and neither index knows the other's
import { z } from 'zod';
import { type EagerBackend, readAheadOf } from '../../backends/abilities.ts';
import type { Backend, BackendKey } from '../../backends/backend.ts';
import { ifThere } from '../../backends/if-there.ts';
import type { Operation } from '../../base/operation.ts';
import { pickSignal } from '../repository/sealed-files.ts';

const stateSchema = z.strictObject({
  format: z.literal('orbit-rekey'),
  /** `switching`: everything is there, and must now be put in its place, whatever interrupts it. `switched`: the old one still lies there. */
  phase: z.enum(['copying', 'switching', 'switched']),
  /** Id of the old repository. */
  from: z.string(),
  startedAt: z.iso.datetime(),
  /** When everything was carried over and proved for the first time. */
  provedAt: z.iso.datetime().optional(),
});

/** Whose move it is, since when, and how far. */
export type RekeyState = z.infer<typeof stateSchema>;

/** Below it lies everything of a move but packs. */
export const rekeyPrefix = 'rekey/';
/** Below it lies the new repository. */
export const newPrefix = 'rekey/new/';
/** Below it lies the old one. */
export const oldPrefix = 'rekey/old/';
/** The names of the old one's packs. */
export const oldPacksKey: BackendKey = 'rekey/old-packs';
const stateKey: BackendKey = 'rekey/state';
const stateBytesMax = 1024 * 1024;

/** How far the move of a repository is; undefined when there is none. */
export async function loadRekeyState(backend: Backend, options: Operation = {}): Promise<RekeyState | undefined> {
  const loading = backend.load(stateKey, undefined, { ...pickSignal(options), maxBytes: stateBytesMax });
  const bytes = await ifThere(loading);
  return bytes === undefined ? undefined : stateSchema.parse(JSON.parse(bytes.toString('utf8')));
}

/** Notes how far it is. */
export async function saveRekeyState(backend: Backend, state: RekeyState, options: Operation = {}): Promise<void> {
  await backend.save(stateKey, Buffer.from(`${JSON.stringify(state)}\n`), {
    ...pickSignal(options),
    ifExists: 'replace',
  });
}

/** Ends a move. */
export async function removeRekeyState(backend: Backend, options: Operation = {}): Promise<void> {
  await backend.remove(stateKey, pickSignal(options));
}

/** The place as the new repository sees it until the switch. */
export function newRepositoryBackend(inner: Backend): EagerBackend {
  const isShared = (key: string): boolean => key.startsWith('data/') || key.startsWith('parity/');
  const there = (key: string): string => (isShared(key) ? key : `${newPrefix}${key}`);
  return {
    location: `${inner.location} (new)`,
    save: (key, bytes, options) => inner.save(there(key), bytes, options),
    load: (key, range, options) => inner.load(there(key), range, options),
    stat: async (key, options) => ({ key, size: (await inner.stat(there(key), options)).size }),
    async *list(prefix, options) {
      for await (const { key, size } of inner.list(there(prefix), options))
        yield { key: isShared(prefix) ? key : key.slice(newPrefix.length), size };
    },
    remove: (key, options) => inner.remove(there(key), options),
    freeBytes: (options) => inner.freeBytes(options),
    close: async () => {},
    readAhead: readAheadOf(inner),
  };
}

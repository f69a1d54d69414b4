// Where each file of a repository lies at its backend (restic design.rst, "Repository Layout").
import type { BackendKey } from '../../backends/backend.ts';
import type { PackId } from '../ids.ts';

/** The folders of files that are named by their SHA-256 and sealed whole, and of key files, which are not sealed. */
export type NamedFileKind = 'keys' | 'locks' | 'snapshots' | 'index';

/** The one file that is not named by its hash. */
export const configKey: BackendKey = 'config';

const idPattern = /^[0-9a-f]{64}$/;

/** True for 64 lower-case hex digits. Files with other names are none of ours and are passed over. */
export function isId(name: string): boolean {
  return idPattern.test(name);
}

/** `index/<id>` and the like. */
export function fileKey(kind: NamedFileKind, id: string): BackendKey {
  return `${kind}/${id}`;
}

/** `data/<first two digits>/<id>`. */
export function packKey(id: PackId): BackendKey {
  return `data/${id.slice(0, 2)}/${id}`;
}

/** The id a key ends with, or undefined when its last part is no id. */
export function idOfKey(key: BackendKey): string | undefined {
  const name = key.slice(key.lastIndexOf('/') + 1);
  return isId(name) ? name : undefined;
}

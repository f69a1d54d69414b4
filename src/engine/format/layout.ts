// Where each file of a repository lies at its backend (restic design.rst, "Repository Layout").
import type { BackendKey } from '../../backends/backend.ts';
import type { PackId } from '../ids.ts';

/** The folders of files that are named by their SHA-256 and sealed whole, and of key files, which are not sealed. */
export type NamedFileKind = 'keys' | 'locks' | 'snapshots' | 'index';

/** The one file that is not named by its hash. */
export const configKey: BackendKey = 'config';

/** True for 64 lower-case hex digits. Files with other names are none of ours and are passed over. */
export function isId(name: string): boolean {
  if (name.length !== 64) return false;
  // An index has millions of them, for which a pattern is slow.
  for (let at = 0; at < 64; at += 1) {
    const code = name.charCodeAt(at);
    if (code < 0x30 || code > 0x66 || (code > 0x39 && code < 0x61)) return false;
  }
  return true;
}

/** `index/<id>` and the like. */
export function fileKey(kind: NamedFileKind, id: string): BackendKey {
  return `${kind}/${id}`;
}

/** True for the files that say who works here. */
export function isLockKey(key: BackendKey): boolean {
  return key.startsWith('locks/');
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

// Which keys every kind of place can hold, and which names are ours while a file is being written.
import { randomBytes } from 'node:crypto';
import { Failure } from '../base/failure.ts';
import { malformed } from './failures.ts';

const part = /^[A-Za-z0-9._-]+$/;
const maxPartBytes = 200;
// Far more than any key of ours has parts.
const depthMax = 32;

// While rsync receives `name` it writes `.name.XXXXXX` beside it, which would otherwise pass for an object.
const rsyncTemporary = /^\..+\.[A-Za-z0-9]{6}$/;

/** True when the name can be one part of a key. Listings skip everything else: other people's files and temporaries. */
export function isKeyPart(name: string): boolean {
  if (!part.test(name) || name.length > maxPartBytes) return false;
  return name !== '.' && name !== '..' && !rsyncTemporary.test(name);
}

/** @throws Failure `backend.bad-key` unless the key is what `BackendKey` promises. */
export function checkKey(key: string): void {
  if (!key.split('/').every(isKeyPart)) throw badKey(key);
}

/** @throws Failure `backend.bad-key` unless the prefix is empty or a key followed by `/`. */
export function checkPrefix(prefix: string): void {
  if (prefix === '') return;
  if (!prefix.endsWith('/')) throw badKey(prefix);
  checkKey(prefix.slice(0, -1));
}

/** Stops a walk through folders that never end. @throws Failure `backend.protocol` */
export function checkDepth(folder: string): void {
  if (folder.split('/').length > depthMax) throw malformed('folders within folders without end');
}

/** The folder part of a key without its last `/`, empty at the top. */
export function folderOf(key: string): string {
  return key.slice(0, Math.max(0, key.lastIndexOf('/')));
}

/**
 * A name, in the key's folder, for a file that is still being written. `~` is in no key, so no listing shows it,
 * and restic skips what is not 64 hex digits.
 */
export function temporaryKey(key: string): string {
  return `${key}~${randomBytes(6).toString('hex')}`;
}

/** True for names made by `temporaryKey`. */
export function isTemporaryName(name: string): boolean {
  return /~[0-9a-f]{12}$/.test(name);
}

function badKey(key: string): Failure {
  return new Failure('backend.bad-key', {
    message: `'${key.slice(0, 250)}' cannot be the name of a stored object`,
    hint: 'Names have parts of A-Z a-z 0-9 . _ - with / between them, at most 200 characters each, and do not look like .NAME.XXXXXX.',
  });
}

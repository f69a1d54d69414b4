// Bytes at keys: the one interface that every place to keep things implements. A backend never sees plaintext.
import type { Operation } from '../base/operation.ts';

/**
 * A relative path with `/` between its parts, for example `data/3f/3f9a…`. Parts are `[A-Za-z0-9._-]`, at most 200 bytes,
 * never `.` or `..`, never different from another only by case, so that every kind of place can hold them.
 */
export type BackendKey = string;

/** A stored object. `size` is in bytes. */
export interface StoredObject {
  key: BackendKey;
  size: number;
}

/** A part of an object, in bytes. Without `length`: to the end. */
export interface ByteRange {
  offset: number;
  length?: number;
}

/** How an object is stored. */
export interface SaveOptions extends Operation {
  /** What to do when the key exists: `refuse` (default) fails with `backend.key-exists`; `replace` swaps it atomically. */
  ifExists?: 'refuse' | 'replace';
  /** The caller reads the object back before it believes it, so that nobody else needs to (see `verifiedBackend`). */
  isReadBackByCaller?: boolean;
  /** SHA-256 of the bytes in hexadecimal, where the caller knows it: a kind that has to tell it need not compute it again. */
  sha256?: string;
}

/** How an object is loaded. */
export interface LoadOptions extends Operation {
  /** Memory of the caller's that the bytes may be put into where they fit; the answer is then a part of it. */
  room?: Uint8Array;
  /** More bytes than this are not taken into memory: `backend.too-large`. Default `loadBytesMax`. */
  maxBytes?: number;
}

/**
 * Keeps bytes at keys. Promises, checked by the contract suite for every kind:
 * - after `save` resolves the object is whole and survives a power cut; before that, nobody sees a part of it;
 * - `load`, `stat` and `remove` of a missing key fail with `backend.not-found`;
 * - a range beyond the end fails with `backend.short-object`, never gives fewer bytes in silence;
 * - more than `maxBytes` fails with `backend.too-large` before there is memory for it;
 * - `list` gives every whole object below a prefix and nothing half-written; order is free;
 * - an aborted call rejects with the signal's reason and leaves no half object under its key;
 * - every other refusal is a Failure that names the place, the cause and the cure (codes `backend.*`).
 */
export interface Backend {
  /** The place in words for people and messages, such as `sftp://backup@host:22/path`. Never a secret. */
  readonly location: string;
  /** Stores the bytes. They belong to the backend until the promise settles. */
  save(key: BackendKey, bytes: Uint8Array, options?: SaveOptions): Promise<void>;
  /** The object's bytes, or the part of it that `range` names. The caller owns them. */
  load(key: BackendKey, range?: ByteRange, options?: LoadOptions): Promise<Buffer>;
  stat(key: BackendKey, options?: Operation): Promise<StoredObject>;
  /** All objects whose key starts with `prefix`, which is empty or ends with `/`. A missing folder is an empty one. */
  list(prefix: string, options?: Operation): AsyncIterable<StoredObject>;
  remove(key: BackendKey, options?: Operation): Promise<void>;
  /** Bytes free for us at the place, or undefined where it cannot tell. */
  freeBytes(options?: Operation): Promise<number | undefined>;
  /** Ends connections and helpers. May be called twice. */
  close(): Promise<void>;
}

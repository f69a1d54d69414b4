// Names of things in a repository: lower-case hex SHA-256, told apart by the compiler.

declare const kind: unique symbol;
type Id<Kind extends string> = string & { readonly [kind]: Kind };

/** SHA-256 of a blob's plaintext, 64 lower-case hex digits. */
export type BlobId = Id<'blob'>;
/** SHA-256 of a pack file's stored bytes. */
export type PackId = Id<'pack'>;
/** SHA-256 of a snapshot file's stored bytes. */
export type SnapshotId = Id<'snapshot'>;

/** SHA-256 of an index file's stored bytes. */
export type IndexId = Id<'index'>;
/** SHA-256 of a key file's JSON. */
export type KeyId = Id<'key'>;
/** SHA-256 of a lock file's stored bytes. */
export type LockId = Id<'lock'>;

/** The two types of blob. They never share a pack. */
export type BlobType = 'data' | 'tree';

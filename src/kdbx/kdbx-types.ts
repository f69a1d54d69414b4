// What a KDBX file holds, in our words. Values are plain text here: callers put them into SecretString at once.

/** One named text of an entry. Well-known names: `Title UserName Password URL Notes otp`. */
export interface KdbxField {
  name: string;
  value: string;
  /** Kept apart in memory by KeePass clients and masked on their screens. */
  isProtected: boolean;
}

/** A file inside an entry. The bytes belong to the database: copy before changing them. */
export interface KdbxAttachment {
  name: string;
  bytes: Uint8Array;
}

/** Text that programs keep with an entry; clients preserve it and rarely show it. */
export interface KdbxCustomItem {
  name: string;
  value: string;
}

/** An entry as it was at `modifiedAt`. Times have whole seconds. */
export interface KdbxVersion {
  fields: KdbxField[];
  tags: string[];
  customData: KdbxCustomItem[];
  attachments: KdbxAttachment[];
  createdAt?: Date;
  modifiedAt?: Date;
  /** Set only when the entry really expires. */
  expiresAt?: Date;
}

/** One entry with its past. */
export interface KdbxEntry extends KdbxVersion {
  /** 32 lower-case hexadecimal digits. */
  uuid: string;
  /** Group names from the top, without the name of the database's root group. */
  groups: string[];
  /** Earlier versions, oldest first. */
  history: KdbxVersion[];
  /** True for what lies in the recycle bin; only a reader sets it. */
  isRecycled?: boolean;
}

/** Password, key file or both. A SecretString fits `password`. */
export interface KdbxCredentials {
  password?: { reveal(): string };
  /** The key file's whole content. */
  keyFile?: Uint8Array;
}

/** How the key is stretched. Memory in KiB. */
export type KdbxKdf =
  | { kind: 'aes'; rounds: number }
  | { kind: 'argon2d' | 'argon2id'; memoryKiB: number; passes: number; parallelism: number };

/** Ciphers of the whole file that we read and write. */
export type KdbxCipher = 'chacha20' | 'aes';

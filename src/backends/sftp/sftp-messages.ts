// The messages of SFTP version 3 (draft-ietf-secsh-filexfer-02) and of OpenSSH's extensions (its file PROTOCOL, section 4).
import { Failure } from '../../base/failure.ts';
import type { SshReader } from '../ssh/wire.ts';

/** Types of requests and answers. */
export const message = {
  init: 1,
  version: 2,
  open: 3,
  close: 4,
  read: 5,
  write: 6,
  fstat: 8,
  opendir: 11,
  readdir: 12,
  remove: 13,
  mkdir: 14,
  stat: 17,
  rename: 18,
  extended: 200,
  status: 101,
  handle: 102,
  data: 103,
  name: 104,
  attrs: 105,
  extendedReply: 201,
} as const;

/** Flags of `open`. */
export const openFlag = { read: 1, write: 2, create: 8, exclusive: 32 } as const;

/** Codes of a status answer. */
export const status = { ok: 0, eof: 1, noSuchFile: 2, permissionDenied: 3, failure: 4, unsupported: 8 } as const;

/** What is known of a file. Undefined where the server does not tell. */
export interface SftpAttributes {
  size?: number;
  mode?: number;
  modifiedAt?: Date;
}

/** A server's "no". `words` are its own. Not yet a Failure: what it means depends on what was asked. */
export class SftpStatusError extends Error {
  readonly status: number;

  constructor(code: number, words: string) {
    super(`SFTP status ${code}: ${words}`);
    this.name = 'SftpStatusError';
    this.status = code;
  }
}

/** True for a status error of this code. */
export function isStatus(error: unknown, code: number): error is SftpStatusError {
  return error instanceof SftpStatusError && error.status === code;
}

const hasSize = 1;
const hasOwner = 2;
const hasMode = 4;
const hasTimes = 8;
const hasExtended = 0x8000_0000;
const maxExtended = 64;

/** Reads a file's attributes; section 5 of the draft. */
export function readAttributes(reader: SshReader): SftpAttributes {
  const flags = reader.uint32();
  const attributes: SftpAttributes = {};
  if (flags & hasSize) attributes.size = reader.uint64();
  if (flags & hasOwner) {
    reader.uint32();
    reader.uint32();
  }
  if (flags & hasMode) attributes.mode = reader.uint32();
  if (flags & hasTimes) {
    reader.uint32();
    attributes.modifiedAt = new Date(reader.uint32() * 1000);
  }
  if ((flags & hasExtended) !== 0) {
    for (let left = Math.min(reader.uint32(), maxExtended); left > 0; left -= 1) {
      reader.string();
      reader.string();
    }
  }
  return attributes;
}

/** True for a regular file; servers that tell no mode are believed when they tell a size. */
export function isRegular(attributes: SftpAttributes): boolean {
  if (attributes.mode === undefined) return attributes.size !== undefined;
  return (attributes.mode & 0o170_000) === 0o100_000;
}

/** True for a folder. */
export function isFolder(attributes: SftpAttributes): boolean {
  return attributes.mode !== undefined && (attributes.mode & 0o170_000) === 0o040_000;
}

/** The server answered with something that was not asked for. */
export function unexpectedAnswer(type: number): Failure {
  return new Failure('backend.protocol', {
    message: `the SFTP server answered with message ${type}, which fits nothing that was asked`,
    hint: 'Is the key tied to another command than SFTP? Does its login script print text?',
  });
}

/** A number of 64 bits. Counts of blocks may be "unlimited" on some file systems: never an error here. */
export function readWideNumber(body: SshReader): number {
  return body.uint32() * 2 ** 32 + body.uint32();
}

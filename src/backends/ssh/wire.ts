// Numbers and strings as SSH writes them (RFC 4251, section 5): shared by keys, the agent and SFTP.
import { malformed } from '../failures.ts';

/** A 32-bit number, highest byte first. */
export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** A 64-bit number, highest byte first. */
export function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}

/** Length, then the bytes. Text is UTF-8. */
export function sshString(value: Uint8Array | string): Buffer {
  const bytes = Buffer.from(value as Uint8Array);
  return Buffer.concat([uint32(bytes.length), bytes]);
}

/** A positive number of any length: no needless zeros in front, one where the highest bit is set. */
export function mpint(bigEndian: Uint8Array): Buffer {
  let bytes = Buffer.from(bigEndian);
  while (bytes.length > 0 && bytes[0] === 0) bytes = bytes.subarray(1);
  if ((bytes[0] ?? 0) & 0x80) bytes = Buffer.concat([Buffer.of(0), bytes]);
  return sshString(bytes);
}

/** Reads values one after the other. @throws Failure `backend.protocol` past the end. */
export class SshReader {
  readonly #bytes: Buffer;
  #offset = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  byte(): number {
    return this.#take(1).readUInt8();
  }

  uint32(): number {
    return this.#take(4).readUInt32BE();
  }

  /** @throws Failure `backend.protocol` above 2^53, where JavaScript stops counting. */
  uint64(): number {
    const value = this.#take(8).readBigUInt64BE();
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw malformed('a number is too large');
    return Number(value);
  }

  /** A view into the bytes that were given, not a copy. */
  string(): Buffer {
    return this.#take(this.uint32());
  }

  get isAtEnd(): boolean {
    return this.#offset >= this.#bytes.length;
  }

  #take(length: number): Buffer {
    const end = this.#offset + length;
    if (end > this.#bytes.length) throw malformed('it ends too early');
    const part = this.#bytes.subarray(this.#offset, end);
    this.#offset = end;
    return part;
  }
}

// The cryptography that KDBX needs, as an interface: Node's own in the product, WebCrypto in the offline page.

/** A stream of byte pieces. A piece is good until the next but one is asked for: whoever gives them may use its memory again then. */
export type ByteStream = AsyncIterable<Uint8Array>;

/** What Argon2 is asked for (RFC 9106, version 0x13). Memory in KiB; the result has 32 bytes. */
export interface Argon2Request {
  kind: 'argon2d' | 'argon2id';
  password: Uint8Array;
  salt: Uint8Array;
  memoryKiB: number;
  passes: number;
  parallelism: number;
  secret?: Uint8Array;
  associatedData?: Uint8Array;
}

/** Everything below the format. Implementations throw any error on bad padding or bad gzip data. */
export interface KdbxCrypto {
  randomBytes(count: number): Uint8Array;
  sha256(...parts: Uint8Array[]): Promise<Uint8Array>;
  sha512(...parts: Uint8Array[]): Promise<Uint8Array>;
  hmacSha256(key: Uint8Array, ...parts: Uint8Array[]): Promise<Uint8Array>;
  /** AES-256-CBC with PKCS #7 padding. */
  aesCbc(direction: 'seal' | 'open', key: Uint8Array, iv: Uint8Array, data: ByteStream): ByteStream;
  /** ChaCha20 with a nonce of 12 bytes, from block 0. */
  chacha20(key: Uint8Array, nonce: Uint8Array, data: ByteStream): ByteStream;
  /**
   * Encrypts `block` (16 bytes) `rounds` times with AES-256 in ECB mode. AES-256-CBC over that many zero blocks with
   * `block` as IV gives the same as its last block, which is much quicker than a call a round.
   */
  aesRepeated(key: Uint8Array, block: Uint8Array, rounds: number): Promise<Uint8Array>;
  argon2(request: Argon2Request): Promise<Uint8Array>;
  gzip(data: ByteStream): ByteStream;
  gunzip(data: ByteStream): ByteStream;
}

// A password becomes a key: scrypt, as slow as the machine can bear.
import { scrypt } from 'node:crypto';
import type { SecretString } from '../../base/secret-string.ts';
import { MasterKey } from './master-key.ts';
import { threadedScrypt } from './threaded-scrypt.ts';

/** scrypt's cost: memory is 128·N·r bytes, time grows with N·r·p. */
export interface ScryptCost {
  N: number;
  r: number;
  p: number;
}

// restic's starting point (internal/repository/crypto/kdf.go): 32 MiB.
const baseCost: ScryptCost = { N: 32768, r: 8, p: 1 };
const targetMs = 500;
const maxParallelism = 32;

/** The largest cost we are willing to pay for a key file, whoever wrote it: 2 GiB of memory, about a minute. */
export function isBearable({ N, r, p }: ScryptCost): boolean {
  const isPowerOfTwo = N >= 2 && N <= 2 ** 30 && (N & (N - 1)) === 0;
  return isPowerOfTwo && r >= 1 && p >= 1 && 128 * N * r <= 2 ** 31 && N * r * p <= 2 ** 27;
}

/** A cost that takes about half a second on this machine, as restic chooses it for new keys. */
export async function calibratedCost(): Promise<ScryptCost> {
  const started = performance.now();
  await run(Buffer.from('calibration'), Buffer.alloc(64), baseCost);
  const onceMs = Math.max(performance.now() - started, 1);
  return { ...baseCost, p: Math.min(Math.max(Math.floor(targetMs / onceMs), 1), maxParallelism) };
}

/** Derives the key that wraps the master key in a key file. The password's UTF-8 bytes are taken as they are. */
export async function deriveKey(password: SecretString, salt: Uint8Array, cost: ScryptCost): Promise<MasterKey> {
  const bytes = Buffer.from(password.reveal(), 'utf8');
  try {
    return new MasterKey((await threadedScrypt(bytes, salt, cost)) ?? (await run(bytes, salt, cost)));
  } finally {
    bytes.fill(0);
  }
}

function run(password: Buffer, salt: Uint8Array, cost: ScryptCost): Promise<Buffer> {
  const maxmem = 128 * cost.N * cost.r + 256 * cost.r * cost.p + 1024 * 1024;
  return new Promise((resolve, reject) => {
    scrypt(password, salt, 64, { ...cost, maxmem }, (error, key) => (error === null ? resolve(key) : reject(error)));
  });
}

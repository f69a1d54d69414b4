// Stretching the key: AES-KDF and Argon2, as KDBX headers describe them, with limits on what a file may ask for.
import { fromHex, toHex } from './bytes.ts';
import type { KdbxCrypto } from './kdbx-crypto.ts';
import type { KdbxKdf } from './kdbx-types.ts';
import type { KdbxLimits } from './limits.ts';
import { damaged, overLimit, unsupported } from './refusals.ts';
import { decodeVariants, encodeVariants, type VariantValue } from './variant-dictionary.ts';

/** A KDF with the salt (AES-KDF: the seed, 32 bytes) of one file. */
export type SaltedKdf = KdbxKdf & { salt: Uint8Array; secret?: Uint8Array; associatedData?: Uint8Array };

// keepass.info, "KDBX 4", Key derivation; KeePassXC src/format/KeePass2.h for the second AES-KDF.
const kinds = new Map<string, KdbxKdf['kind']>([
  ['c9d9f39a628a4460bf740d08c18a4fea', 'aes'],
  ['7c02bb8279a74ac0927d114a00648238', 'aes'],
  ['ef636ddf8c29444b91f7a9a403e30a0c', 'argon2d'],
  ['9e298b1956db4773b23dfc3ec6f0a1e6', 'argon2id'],
]);
const argon2Version = 0x13;

/** The header field that describes the KDF. */
export function encodeKdf(kdf: SaltedKdf): Uint8Array {
  const uuid = [...kinds].find(([, kind]) => kind === kdf.kind)?.[0] ?? '';
  const values = new Map<string, VariantValue>([
    ['$UUID', { type: 'bytes', value: fromHex(uuid) ?? new Uint8Array() }],
    ['S', { type: 'bytes', value: kdf.salt }],
  ]);
  if (kdf.kind === 'aes') values.set('R', { type: 'u64', value: BigInt(kdf.rounds) });
  else {
    values.set('P', { type: 'u32', value: kdf.parallelism });
    values.set('M', { type: 'u64', value: BigInt(kdf.memoryKiB) * 1024n });
    values.set('I', { type: 'u64', value: BigInt(kdf.passes) });
    values.set('V', { type: 'u32', value: argon2Version });
  }
  return encodeVariants(values);
}

/** Reads that field. Throws `kdbx.unsupported` or `kdbx.over-limit` before any work is done. */
export function decodeKdf(bytes: Uint8Array, limits: KdbxLimits): SaltedKdf {
  const values = decodeVariants(bytes);
  const number = (name: string): number => {
    const variant = values.get(name);
    if (variant === undefined || variant.type === 'bytes') throw damaged(`the KDF parameter ${name} is missing`);
    return Number(variant.value);
  };
  const optionalBytes = (name: string): Uint8Array | undefined => {
    const variant = values.get(name);
    return variant?.type === 'bytes' && variant.value.length > 0 ? variant.value : undefined;
  };
  const uuid = toHex(optionalBytes('$UUID') ?? new Uint8Array());
  const kind = kinds.get(uuid);
  if (kind === undefined)
    throw unsupported(`its key derivation ${uuid} is unknown`, 'Save it with Argon2id in KeePassXC.');
  const salt = optionalBytes('S') ?? new Uint8Array();
  if (kind === 'aes') return checkedKdf({ kind, rounds: number('R'), salt }, limits);
  if (number('V') !== argon2Version) {
    throw unsupported('it uses the old version 1.0 of Argon2', 'Change any database setting in KeePassXC and save it.');
  }
  const secret = optionalBytes('K');
  const associatedData = optionalBytes('A');
  return checkedKdf(
    {
      kind,
      memoryKiB: Math.floor(number('M') / 1024),
      passes: number('I'),
      parallelism: number('P'),
      salt,
      ...(secret === undefined ? {} : { secret }),
      ...(associatedData === undefined ? {} : { associatedData }),
    },
    limits,
  );
}

/** The same KDF, or a refusal when it asks for too much or for nonsense. */
export function checkedKdf(kdf: SaltedKdf, limits: KdbxLimits): SaltedKdf {
  if (kdf.kind === 'aes') {
    if (kdf.salt.length !== 32) throw damaged(`the seed of its AES-KDF has ${kdf.salt.length} bytes, not 32`);
    if (kdf.rounds > limits.aesRounds) throw overLimit(`${kdf.rounds} rounds of AES-KDF`);
    return kdf;
  }
  if (kdf.memoryKiB > limits.argon2MemoryKiB) throw overLimit(`${kdf.memoryKiB} KiB of memory for Argon2`);
  if (kdf.memoryKiB * kdf.passes > limits.argon2WorkKiB) throw overLimit(`${kdf.passes} passes of Argon2`);
  // RFC 9106, section 3.1: at least 8 KiB a lane, and the salt has at least 8 bytes.
  const isPossible = kdf.passes >= 1 && kdf.parallelism >= 1 && kdf.parallelism <= 1024;
  if (!isPossible || kdf.memoryKiB < 8 * kdf.parallelism || kdf.salt.length < 8) {
    throw damaged('the parameters of its Argon2 are outside what Argon2 allows');
  }
  return kdf;
}

/** Stretches the composite key (32 bytes) to the transformed key (32 bytes). */
export async function stretchKey(crypto: KdbxCrypto, compositeKey: Uint8Array, kdf: SaltedKdf): Promise<Uint8Array> {
  if (kdf.kind === 'aes') {
    const [left, right] = await Promise.all([
      crypto.aesRepeated(kdf.salt, compositeKey.subarray(0, 16), kdf.rounds),
      crypto.aesRepeated(kdf.salt, compositeKey.subarray(16), kdf.rounds),
    ]);
    return crypto.sha256(left, right);
  }
  return crypto.argon2({ ...kdf, password: compositeKey });
}

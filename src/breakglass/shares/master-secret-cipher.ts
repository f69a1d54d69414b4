// What is shared is the secret under a passphrase, which Orbit leaves empty (SLIP-0039, "Encryption of the master secret"):
// a Feistel network of four rounds over PBKDF2.
// Runs in Node and in browsers alike: WebCrypto only.

/** What the rounds depend on besides the secret. All of it is public and lies in every share. */
export interface CipherSettings {
  setId: number;
  extendable: boolean;
  /** The rounds cost 10000 × 2^exponent iterations in all. */
  iterationExponent: number;
  /** Not public. Empty in every set that Orbit makes. */
  passphrase?: string;
}

const rounds = [0, 1, 2, 3];
const roundIterations = 2500;

/** Encrypts a master secret of an even number of bytes that the caller keeps and wipes. */
export function encryptMasterSecret(secret: Uint8Array, settings: CipherSettings): Promise<Uint8Array> {
  return feistel(secret, settings, rounds);
}

/** Undoes `encryptMasterSecret`. Every input gives some output: the digest among the shares tells right from wrong. */
export function decryptMasterSecret(encrypted: Uint8Array, settings: CipherSettings): Promise<Uint8Array> {
  return feistel(encrypted, settings, rounds.toReversed());
}

async function feistel(input: Uint8Array, settings: CipherSettings, order: number[]): Promise<Uint8Array> {
  const half = input.length / 2;
  let left = Uint8Array.from(input.subarray(0, half));
  let right = Uint8Array.from(input.subarray(half));
  for (const round of order) {
    const mask = await roundMask(round, right, settings);
    const mixed = left.map((byte, index) => byte ^ (mask[index] ?? 0));
    left.fill(0);
    left = right;
    right = mixed;
  }
  const output = new Uint8Array(input.length);
  output.set(right, 0);
  output.set(left, half);
  right.fill(0);
  left.fill(0);
  return output;
}

async function roundMask(round: number, right: Uint8Array, settings: CipherSettings): Promise<Uint8Array> {
  // An extendable backup leaves the set id out of the salt, so that later sets can share one encrypted secret.
  const prefix = settings.extendable
    ? []
    : [...new TextEncoder().encode('shamir'), settings.setId >> 8, settings.setId & 0xff];
  const password = await crypto.subtle.importKey('raw', secretOfRound(round, settings), 'PBKDF2', false, [
    'deriveBits',
  ]);
  const bits = await crypto.subtle.deriveBits(
    {
      name: 'PBKDF2',
      hash: 'SHA-256',
      salt: Uint8Array.from([...prefix, ...right]),
      iterations: roundIterations * 2 ** settings.iterationExponent,
    },
    password,
    right.length * 8,
  );
  return new Uint8Array(bits);
}

function secretOfRound(round: number, settings: CipherSettings): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([round, ...new TextEncoder().encode(settings.passphrase ?? '')]);
}

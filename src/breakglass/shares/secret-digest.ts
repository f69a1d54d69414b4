// The digest hidden among the shares: it tells a right secret from a wrong one (SLIP-0039, "Sharing a secret").

/** Where on the polynomial the digest lies. */
export const digestPlace = 254;
/** Where on the polynomial the secret lies. */
export const secretPlace = 255;

const digestBytes = 4;

/** The first four bytes of HMAC-SHA256 of the secret, keyed with the filler beside it. */
export async function digestOf(secret: Uint8Array, filler: Uint8Array): Promise<Uint8Array> {
  const key = await crypto.subtle.importKey('raw', Uint8Array.from(filler), { name: 'HMAC', hash: 'SHA-256' }, false, [
    'sign',
  ]);
  return new Uint8Array(await crypto.subtle.sign('HMAC', key, Uint8Array.from(secret))).subarray(0, digestBytes);
}

/** True when the block found at `digestPlace` fits the secret. Compares without an early end. */
export async function digestFits(secret: Uint8Array, block: Uint8Array): Promise<boolean> {
  const expected = await digestOf(secret, block.subarray(digestBytes));
  let difference = 0;
  for (let index = 0; index < digestBytes; index += 1) difference |= (expected[index] ?? 0) ^ (block[index] ?? 0);
  return difference === 0;
}

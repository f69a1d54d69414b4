// A master password made by chance: 140 bits in Crockford's base32, without the letters that are misheard or misread.
import { randomBytes } from 'node:crypto';
import { SecretString } from '../base/secret-string.ts';

// No i, l, o, u (crockford.com/base32.html); small letters, because they are typed without shift.
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
const groups = 7;
const groupLength = 4;

/** Seven groups of four, such as `7k2m-9x4p-…`: 28 letters of 5 bits each. */
export function generatePassphrase(): SecretString {
  const bytes = randomBytes(groups * groupLength);
  // 256 is a multiple of 32, so that the low five bits of a random byte are fair.
  const letters = Array.from(bytes, (byte) => alphabet[byte & 31] ?? '');
  bytes.fill(0);
  const parts = Array.from({ length: groups }, (_, group) =>
    letters.slice(group * groupLength, (group + 1) * groupLength).join(''),
  );
  return new SecretString(parts.join('-'));
}

// Opaque tokens: 256 random bits for whoever carries them, only their SHA-256 for us.
import { createHash, randomBytes } from 'node:crypto';
import { SecretString } from '../base/secret-string.ts';

/** A new token, and what is stored of it. `prefix` tells people what they found. */
export function newToken(prefix: string): { token: SecretString; digest: Buffer } {
  const token = new SecretString(`${prefix}${randomBytes(32).toString('base64url')}`);
  return { token, digest: digestOfToken(token) };
}

/** What is stored of a token. It has 256 bits of chance, so a plain digest is enough. */
export function digestOfToken(token: SecretString): Buffer {
  return createHash('sha256').update(token.reveal(), 'utf8').digest();
}

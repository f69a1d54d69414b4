// SSH key pairs of Orbit's own: made, told as an OpenSSH line, and used to sign, all inside this process.
import { type KeyObject, constants, createPrivateKey, createPublicKey, generateKeyPair, sign } from 'node:crypto';
import { promisify } from 'node:util';
import { SecretString } from '../../base/secret-string.ts';
import { mpint, sshString } from './wire.ts';

/** `rsa` has 4096 bits. */
export type SshKeyType = 'ed25519' | 'rsa';

/** A key pair. The private half leaves this object only sealed, by whoever stores it. */
export interface SshKeyPair {
  type: SshKeyType;
  /** PKCS #8 PEM. */
  privateKey: SecretString;
  /** `ssh-ed25519 AAAA… comment`, as it goes into `authorized_keys`. */
  publicLine: string;
}

const generate = promisify(generateKeyPair);

/** Makes a key pair. RSA takes some seconds. The comment is one word. */
export async function createSshKeyPair(type: SshKeyType, comment: string): Promise<SshKeyPair> {
  const { privateKey } =
    type === 'ed25519'
      ? await generate('ed25519')
      : await generate('rsa', { modulusLength: 4096, publicExponent: 65537 });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
  return sshKeyPairFrom(new SecretString(pem.toString()), comment);
}

/** The key pair of a stored private key (PKCS #8 PEM, Ed25519 or RSA). */
export function sshKeyPairFrom(privateKey: SecretString, comment: string): SshKeyPair {
  const key = createPrivateKey(privateKey.reveal());
  const blob = publicBlob(key);
  const type = key.asymmetricKeyType === 'ed25519' ? 'ed25519' : 'rsa';
  return { type, privateKey, publicLine: `${algorithmOf(type)} ${blob.toString('base64')} ${comment}` };
}

/** The public key as SSH sends it: RFC 8709, section 4 for Ed25519; RFC 4253, section 6.6 for RSA. */
export function publicBlob(key: KeyObject): Buffer {
  const jwk = createPublicKey(key).export({ format: 'jwk' });
  const part = (name: 'x' | 'e' | 'n'): Buffer => Buffer.from(jwk[name] ?? '', 'base64url');
  if (jwk.kty === 'OKP') return Buffer.concat([sshString('ssh-ed25519'), sshString(part('x'))]);
  return Buffer.concat([sshString('ssh-rsa'), mpint(part('e')), mpint(part('n'))]);
}

// draft-miller-ssh-agent, section 4.5.1: which hash the client wants of an RSA key. Without a flag it would be SHA-1.
const rsaSha256 = 2;
const rsaSha512 = 4;

/** A signature as the agent answers it: algorithm, then the signature (RFC 8332 for RSA). Undefined for RSA with SHA-1. */
export function signForSsh(key: KeyObject, data: Uint8Array, flags: number): Buffer | undefined {
  if (key.asymmetricKeyType === 'ed25519') {
    return Buffer.concat([sshString('ssh-ed25519'), sshString(sign(null, data, key))]);
  }
  const hash = flags & rsaSha512 ? 'sha512' : flags & rsaSha256 ? 'sha256' : undefined;
  if (hash === undefined) return undefined;
  const signature = sign(hash, data, { key, padding: constants.RSA_PKCS1_PADDING });
  return Buffer.concat([sshString(hash === 'sha512' ? 'rsa-sha2-512' : 'rsa-sha2-256'), sshString(signature)]);
}

function algorithmOf(type: SshKeyType): string {
  return type === 'ed25519' ? 'ssh-ed25519' : 'ssh-rsa';
}

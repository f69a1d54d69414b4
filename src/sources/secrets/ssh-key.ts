// What can be told of a private SSH key without its passphrase: its public half and its fingerprint.
import { createHash, createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Failure } from '../../base/failure.ts';

/** A private key file and what is public of it. */
export interface SshKey {
  bytes: Buffer;
  /** One line as in `authorized_keys`: type and base64, with no comment. */
  publicKey: string;
  /** `SHA256:…`, as ssh-keygen -l prints it. */
  fingerprint: string;
}

const openSshHeader = '-----BEGIN OPENSSH PRIVATE KEY-----';
const magic = 'openssh-key-v1\0';

/**
 * Reads a private key in the OpenSSH format (encrypted or not) or an unencrypted RSA key in PEM.
 * @throws Failure `secrets.bad-ssh-key` when the file is something else.
 */
export function readSshKey(file: string): SshKey {
  try {
    const bytes = readFileSync(file);
    const text = bytes.toString('latin1');
    const blob = text.includes(openSshHeader) ? publicBlobOf(text) : rsaBlobOf(text);
    const type = blob.subarray(4, 4 + blob.readUInt32BE(0)).toString('latin1');
    return {
      bytes,
      publicKey: `${type} ${blob.toString('base64')}`,
      fingerprint: `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`,
    };
  } catch (error) {
    throw new Failure('secrets.bad-ssh-key', {
      message: `no private SSH key could be read from ${file}`,
      hint: 'Give the private key file that ssh-keygen made, not the .pub file.',
      cause: error,
    });
  }
}

// PROTOCOL.key of OpenSSH: magic, cipher name, KDF name, KDF options, number of keys, then each public key in clear.
function publicBlobOf(text: string): Buffer {
  const start = text.indexOf(openSshHeader) + openSshHeader.length;
  const body = Buffer.from(text.slice(start, text.indexOf('-----END', start)), 'base64');
  if (body.subarray(0, magic.length).toString('latin1') !== magic) throw new Error('not openssh-key-v1');
  let at = magic.length;
  const next = (): Buffer => {
    const length = body.readUInt32BE(at);
    const field = body.subarray(at + 4, at + 4 + length);
    if (field.length !== length) throw new Error('the key file is cut off');
    at += 4 + length;
    return field;
  };
  next();
  next();
  next();
  if (body.readUInt32BE(at) !== 1) throw new Error('the file holds several keys');
  at += 4;
  return next();
}

// RFC 4253, section 6.6: string "ssh-rsa", mpint e, mpint n.
function rsaBlobOf(text: string): Buffer {
  const jwk = createPublicKey(text).export({ format: 'jwk' });
  if (!text.includes('PRIVATE KEY') || jwk.kty !== 'RSA') throw new Error('not a private RSA key');
  const field = (value: Buffer): Buffer => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(value.length);
    return Buffer.concat([length, value]);
  };
  const positive = (value: string | undefined): Buffer => {
    const bytes = Buffer.from(value ?? '', 'base64url');
    return (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes;
  };
  return Buffer.concat([field(Buffer.from('ssh-rsa')), field(positive(jwk.e)), field(positive(jwk.n))]);
}

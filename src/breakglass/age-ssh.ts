// SSH public keys as recipients, which age-encryption lacks: files sealed here open with `age -d -i ~/.ssh/id_ed25519`.
// The stanzas are those of filippo.io/age/agessh ("ssh-ed25519" and "ssh-rsa").
import { constants, createHash, createPublicKey, diffieHellman, generateKeyPairSync, publicEncrypt } from 'node:crypto';
import { type Recipient, Stanza } from 'age-encryption';
import { deriveKey, unpadded, wrap, x25519Key, x25519PublicBytes, x25519PublicKey } from './age-keys.ts';

const rsaBitsMin = 2048;
const ed25519Label = 'age-encryption.org/v1/ssh-ed25519';
const rsaLabel = 'age-encryption.org/v1/ssh-rsa';
const fieldPrime = 2n ** 255n - 19n;

/** The recipient of an `authorized_keys` style line; undefined when it is not an Ed25519 or RSA (2048 bits on) key. */
export function sshRecipient(line: string): Recipient | undefined {
  const [type, base64] = line.trim().split(/\s+/);
  const wire = Buffer.from(base64 ?? '', 'base64');
  const fields = wireFields(wire);
  if (fields === undefined || fields[0]?.toString('latin1') !== type) return undefined;
  const tag = unpadded(createHash('sha256').update(wire).digest().subarray(0, 4));
  if (type === 'ssh-ed25519' && fields.length === 2 && fields[1]?.length === 32) {
    return ed25519Recipient(tag, wire, fields[1]);
  }
  if (type === 'ssh-rsa' && fields.length === 3) return rsaRecipient(tag, fields[1], fields[2]);
  return undefined;
}

function ed25519Recipient(tag: string, wire: Buffer, point: Buffer): Recipient {
  const theirs = montgomery(point);
  return {
    wrapFileKey(fileKey) {
      const own = generateKeyPairSync('x25519');
      const share = x25519PublicBytes(own.publicKey);
      const first = diffieHellman({ privateKey: own.privateKey, publicKey: x25519PublicKey(theirs) });
      // The tweak binds the shared secret to this very SSH key.
      const tweak = x25519Key(deriveKey(Buffer.alloc(0), wire, ed25519Label));
      const shared = diffieHellman({ privateKey: tweak, publicKey: x25519PublicKey(first) });
      const body = wrap(fileKey, deriveKey(shared, Buffer.concat([share, theirs]), ed25519Label));
      return [new Stanza(['ssh-ed25519', tag, unpadded(share)], body)];
    },
  };
}

function rsaRecipient(tag: string, exponent: Buffer | undefined, modulus: Buffer | undefined): Recipient | undefined {
  if (exponent === undefined || modulus === undefined) return undefined;
  const key = createPublicKey({
    format: 'jwk',
    key: { kty: 'RSA', e: unsigned(exponent).toString('base64url'), n: unsigned(modulus).toString('base64url') },
  });
  if ((key.asymmetricKeyDetails?.modulusLength ?? 0) < rsaBitsMin) return undefined;
  return {
    wrapFileKey(fileKey) {
      const body = publicEncrypt(
        { key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256', oaepLabel: Buffer.from(rsaLabel) },
        fileKey,
      );
      return [new Stanza(['ssh-rsa', tag], body)];
    },
  };
}

// The Ed25519 point as the X25519 coordinate u = (1 + y) / (1 - y) (RFC 7748, section 4.1).
function montgomery(point: Buffer): Buffer {
  const littleEndian = Buffer.from(point).reverse();
  const y = BigInt(`0x${littleEndian.toString('hex')}`) & (2n ** 255n - 1n);
  const u = ((1n + y) * inverse(((1n - y) % fieldPrime) + fieldPrime)) % fieldPrime;
  return Buffer.from(u.toString(16).padStart(64, '0'), 'hex').reverse();
}

function inverse(value: bigint): bigint {
  let result = 1n;
  let base = value % fieldPrime;
  for (let exponent = fieldPrime - 2n; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * base) % fieldPrime;
    base = (base * base) % fieldPrime;
  }
  return result;
}

function wireFields(wire: Buffer): Buffer[] | undefined {
  const fields: Buffer[] = [];
  for (let at = 0; at < wire.length; ) {
    if (at + 4 > wire.length) return undefined;
    const length = wire.readUInt32BE(at);
    if (at + 4 + length > wire.length || fields.length === 3) return undefined;
    fields.push(wire.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return fields;
}

function unsigned(integer: Buffer): Buffer {
  return integer[0] === 0 ? integer.subarray(1) : integer;
}

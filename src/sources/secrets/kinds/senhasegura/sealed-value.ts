// "Encrypt sensitive information" of an A2A authorization: values come sealed to the application's RSA key.
import { constants, createPrivateKey, type KeyObject, privateDecrypt } from 'node:crypto';
import { Failure } from '../../../../base/failure.ts';
import { SecretString } from '../../../../base/secret-string.ts';

/** Turns a value as the server sent it into what it is. */
export type ValueOpener = (value: unknown) => SecretString;

/**
 * An opener for values in clear (without a key), or sealed with RSA-OAEP and written in base64.
 * The documentation names neither the hash nor what becomes of values longer than one block: SHA-256 and SHA-1 are tried, and a
 * text of several blocks is opened block by block.
 * @throws Failure `secrets.bad-decryption-key` when the text is no RSA private key in PEM.
 */
export function valueOpener(privateKey: SecretString | undefined): ValueOpener {
  const key = privateKey === undefined ? undefined : rsaKeyOf(privateKey);
  return (value) => {
    const text = value === null || value === undefined ? '' : String(value);
    return new SecretString(text === '' || key === undefined ? text : openSealed(key, text));
  };
}

function rsaKeyOf(pem: SecretString): KeyObject {
  let key: KeyObject | undefined;
  try {
    key = createPrivateKey(pem.reveal());
  } catch {
    // The cause may quote the key.
  }
  if (key?.asymmetricKeyType === 'rsa') return key;
  throw new Failure('secrets.bad-decryption-key', {
    message: 'the decryption key is no RSA private key in PEM',
    hint: 'Give the file that the authorization offered once for download.',
  });
}

function openSealed(key: KeyObject, text: string): string {
  const sealed = Buffer.from(text, 'base64');
  const blockBytes = (key.asymmetricKeyDetails?.modulusLength ?? 0) / 8;
  if (sealed.length > 0 && sealed.length % blockBytes === 0) {
    for (const oaepHash of ['sha256', 'sha1']) {
      try {
        const blocks: Buffer[] = [];
        for (let at = 0; at < sealed.length; at += blockBytes) {
          const block = sealed.subarray(at, at + blockBytes);
          blocks.push(privateDecrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }, block));
        }
        return Buffer.concat(blocks).toString('utf8');
      } catch {
        // The other hash may be the one.
      }
    }
  }
  throw new Failure('secrets.bad-decryption-key', {
    message: 'a value does not open with the decryption key of this source',
    hint: 'The authorization may have another key, or does not encrypt: give its key, or none.',
  });
}

// OpenPGP as Passbolt uses it: a user's key, and messages sealed to it.
import { decrypt, decryptKey, type PrivateKey, type PublicKey, readMessage, readPrivateKey } from 'openpgp';
import { Failure } from '../../../../base/failure.ts';
import type { SecretString } from '../../../../base/secret-string.ts';

// Whoever may share a resource with the user chooses what is in the message: some kilobytes can unpack to all memory there is.
const messageBytesMax = 16 * 1024 * 1024;

/** The user's key, unlocked. @throws Failure `secrets.bad-openpgp-key` */
export async function userKey(armored: SecretString, passphrase: SecretString | undefined): Promise<PrivateKey> {
  try {
    const privateKey = await readPrivateKey({ armoredKey: armored.reveal() });
    if (privateKey.isDecrypted()) return privateKey;
    return await decryptKey({ privateKey, passphrase: passphrase?.reveal() ?? '' });
  } catch (error) {
    throw new Failure('secrets.bad-openpgp-key', {
      message: 'the OpenPGP private key does not open',
      hint: 'Give the armored private key of the account kit (Profile › Keys inspector) and its passphrase.',
      cause: error,
    });
  }
}

/**
 * The text of an armored message; signed by `signer` when one is given.
 * @throws Failure `secrets.bad-openpgp-message`
 */
export async function openMessage(armored: string, key: PrivateKey, signer?: PublicKey): Promise<string> {
  try {
    const { data } = await decrypt({
      message: await readMessage({ armoredMessage: armored }),
      decryptionKeys: key,
      config: { maxDecompressedMessageSize: messageBytesMax },
      ...(signer === undefined ? {} : { verificationKeys: signer, expectSigned: true }),
    });
    return data;
  } catch (error) {
    throw new Failure('secrets.bad-openpgp-message', {
      message: 'a message of Passbolt does not open with the key of this user',
      hint: 'It is sealed to another key, was changed, or is larger than 16 MiB. If the user got a new key, share the resources with it again.',
      cause: error,
    });
  }
}

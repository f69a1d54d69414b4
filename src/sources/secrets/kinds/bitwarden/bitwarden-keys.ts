// The keys of a Bitwarden account, one within the other: master password → account → private key → organisations → items.
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { Failure } from '../../../../base/failure.ts';
import type { SecretString } from '../../../../base/secret-string.ts';
import {
  type BitwardenKdf,
  type BitwardenKey,
  cipherStringParts,
  kdfFault,
  keyOf,
  openRsaString,
  openSealed,
  passwordKey,
  sealedFileParts,
  stretchedKey,
} from '../../bitwarden-crypto.ts';
import type { SealedItem, SealedVault } from './bitwarden-api.ts';

/** What opens the texts of a vault. */
export interface VaultKeys {
  account: BitwardenKey;
  /** By id; an organisation whose key does not open is missing. */
  organisations: ReadonlyMap<string, BitwardenKey>;
}

/**
 * Opens the account with its master password.
 * @throws Failure `secrets.wrong-master-password`, `secrets.bitwarden-keys`.
 */
export async function openVaultKeys(
  profile: SealedVault['profile'],
  kdf: BitwardenKdf,
  masterPassword: SecretString,
): Promise<VaultKeys> {
  const fault = kdfFault(kdf);
  if (fault !== undefined) throw unknownKeys(`it asks for ${fault.what}`);
  const salt = profile.email.trim().toLowerCase();
  const master = stretchedKey(await passwordKey(kdf, salt, masterPassword));
  const sealed = cipherStringParts(profile.key);
  if (sealed === undefined) throw unknownKeys('the key of the account is not sealed with AES-256-CBC and HMAC-SHA-256');
  const account = keyOf(openSealed(sealed, master));
  if (account === undefined) throw wrongPassword();
  return { account, organisations: organisationKeys(profile, account) };
}

/** The key that opens an item: its own, its organisation's, or the account's. @throws Failure `secrets.bitwarden-keys` */
export function itemKey(keys: VaultKeys, item: SealedItem): BitwardenKey {
  const outer = item.organizationId ? keys.organisations.get(item.organizationId) : keys.account;
  if (outer === undefined) throw unknownKeys('the key of its organisation does not open');
  if (!item.key) return outer;
  const own = keyOf(openText(item.key, outer));
  if (own === undefined) throw unknownKeys('the key of an item has a wrong length');
  return own;
}

/** The clear bytes of a cipher string. @throws Failure `secrets.bitwarden-keys` */
export function openText(text: string, key: BitwardenKey): Buffer {
  const parts = cipherStringParts(text);
  const clear = parts === undefined ? undefined : openSealed(parts, key);
  if (clear === undefined)
    throw unknownKeys(parts === undefined ? 'it is sealed in an unknown way' : 'its code is wrong');
  return clear;
}

/** The clear bytes of a file. @throws Failure `secrets.bitwarden-keys` */
export function openFile(bytes: Buffer, key: BitwardenKey): Buffer {
  const parts = sealedFileParts(bytes);
  const clear = parts === undefined ? undefined : openSealed(parts, key);
  if (clear === undefined) throw unknownKeys('a file does not open');
  return clear;
}

function organisationKeys(profile: SealedVault['profile'], account: BitwardenKey): Map<string, BitwardenKey> {
  const found = new Map<string, BitwardenKey>();
  const organisations = profile.organizations ?? [];
  if (!profile.privateKey || organisations.length === 0) return found;
  const privateKey = privateKeyOf(openText(profile.privateKey, account));
  for (const { id, key } of organisations) {
    const opened = key ? keyOf(openRsaString(key, privateKey)) : undefined;
    if (opened !== undefined) found.set(id, opened);
  }
  return found;
}

function privateKeyOf(der: Buffer): KeyObject {
  try {
    return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  } catch {
    throw unknownKeys('the private key of the account is not in PKCS #8');
  } finally {
    der.fill(0);
  }
}

function wrongPassword(): Failure {
  return new Failure('secrets.wrong-master-password', {
    message: 'the Bitwarden account does not open with this master password',
    hint: 'Give the master password of the account whose API key this is. It is used on this machine only.',
  });
}

function unknownKeys(why: string): Failure {
  return new Failure('secrets.bitwarden-keys', {
    message: `what the Bitwarden server gives does not open: ${why}`,
    hint: 'Sign in once with an official client, which mends old keys; if it opens everything, report the version of the server.',
  });
}

// Bitwarden and Vaultwarden by their API, with the API key of an account made for it. Everything is opened on this machine.
import { z } from 'zod';
import { Failure, isFailure } from '../../../../base/failure.ts';
import type { Operation } from '../../../../base/operation.ts';
import { field, secretText } from '../../../../base/secret-schema.ts';
import type { BitwardenKey } from '../../bitwarden-crypto.ts';
import { addressText, authorityText } from '../../http-client.ts';
import {
  type BitwardenPlaces,
  bitwardenItem,
  newPartNames,
  placesOf,
  recordOfItem,
} from '../../import/bitwarden-items.ts';
import type { SecretAttachment, SecretRecord } from '../../secret-record.ts';
import type { SecretSource, SecretSourceKind } from '../../secret-source.ts';
import { unreadableSecrets } from '../../unreadable.ts';
import { type BitwardenSession, openBitwardenSession, type SealedItem, type SealedVault } from './bitwarden-api.ts';
import { itemKey, openFile, openText, openVaultKeys, type VaultKeys } from './bitwarden-keys.ts';

const config = z.strictObject({
  address: addressText('of the web vault, such as https://vault.example'),
  clientId: field(z.string().startsWith('user.'), 'Client id', 'of the API key of the account: user.…'),
  clientSecret: secretText('Client secret', 'of the API key of the account'),
  masterPassword: secretText('Master password', 'of the account; it opens the vault on this machine and is never sent'),
  includeRecycled: field(z.boolean().default(false), 'Also what lies in the trash'),
  authority: authorityText(),
});

type BitwardenConfig = z.infer<typeof config>;

/** Bitwarden and Vaultwarden. Reading changes nothing there. */
export const bitwarden: SecretSourceKind<BitwardenConfig> = {
  kind: 'bitwarden',
  title: 'Bitwarden / Vaultwarden (API)',
  config,
  async open(settings) {
    return sourceOver(await openBitwardenSession(settings), settings);
  },
};

function sourceOver(session: BitwardenSession, settings: BitwardenConfig): SecretSource {
  const itemsOf = (vault: SealedVault): SealedItem[] =>
    vault.ciphers.filter(({ deletedDate }) => settings.includeRecycled || !deletedDate);
  return {
    async census({ signal } = {}) {
      return { ids: itemsOf(await session.sync(signal)).map(({ id }) => id) };
    },
    async *read(options = {}) {
      const vault = await session.sync(options.signal);
      const kdf = await session.kdf(vault.profile.email, options.signal);
      const keys = await openVaultKeys(vault.profile, kdf, settings.masterPassword);
      const places = openedPlaces(vault, keys);
      const unreadable = unreadableSecrets();
      for (const item of itemsOf(vault)) {
        options.signal?.throwIfAborted();
        let record: SecretRecord;
        try {
          record = openedItem(item, keys, places);
        } catch (error) {
          unreadable.note(item.id, error);
          continue;
        }
        for (const file of item.attachments ?? []) {
          try {
            record.attachments.push(await openedAttachment(session, item, file, itemKey(keys, item), options));
          } catch (error) {
            unreadable.note(`a file of ${item.id}`, error);
          }
        }
        yield record;
      }
      unreadable.throwIfAny('the Bitwarden vault');
    },
    close: async () => {},
  };
}

// The parts of an item whose texts are sealed; all others (ids, dates) are clear.
const sealedParts = ['name', 'notes', 'fields', 'login', 'card', 'identity', 'secureNote', 'sshKey', 'passwordHistory'];
const newerParts = ['bankAccount', 'driversLicense', 'passport'];

function openedItem(item: SealedItem, keys: VaultKeys, places: BitwardenPlaces): SecretRecord {
  const key = itemKey(keys, item);
  const opened = Object.fromEntries([
    ...[...sealedParts, ...newerParts].map((part) => [part, openedDeep(item[part], key)] as const),
    ...newPartNames(item).map((part) => [part, openedIfSealed(item[part], key)] as const),
  ]);
  const parsed = bitwardenItem.safeParse({ ...item, ...opened, attachments: null });
  if (parsed.success) return recordOfItem(parsed.data, item.id, places, {});
  throw new Failure('secrets.strange-answer', {
    message: `the Bitwarden server has the item ${item.id} in a shape that Orbit does not know`,
    hint: 'Open it with an official client and save it again; if that does not help, report the version of the server.',
  });
}

// Of a part that a later version brought nobody knows how it is sealed: it is kept as it came rather than lost.
function openedIfSealed(value: unknown, key: BitwardenKey): unknown {
  try {
    return openedDeep(value, key);
  } catch (error) {
    if (!isFailure(error, 'secrets.bitwarden-keys')) throw error;
    return value;
  }
}

function openedDeep(value: unknown, key: BitwardenKey): unknown {
  // Dates, numbers and kinds stand between the sealed texts.
  if (typeof value === 'string') return /^\d+\./.test(value) ? openText(value, key).toString('utf8') : value;
  if (Array.isArray(value)) return value.map((part) => openedDeep(part, key));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, openedDeep(part, key)]));
}

// A folder or collection whose name does not open keeps its id as its name: its items are worth more than its name.
function openedPlaces(vault: SealedVault, keys: VaultKeys): BitwardenPlaces {
  const nameOf = (id: string, sealed: string, key: BitwardenKey | undefined): string => {
    if (key === undefined) return id;
    try {
      return openText(sealed, key).toString('utf8');
    } catch (error) {
      if (isFailure(error, 'secrets.bitwarden-keys')) return id;
      throw error;
    }
  };
  const organisations = new Map((vault.profile.organizations ?? []).map(({ id, name }) => [id, name ?? id]));
  return placesOf({
    items: [],
    folders: (vault.folders ?? []).map(({ id, name }) => ({ id, name: nameOf(id ?? '', name ?? '', keys.account) })),
    collections: (vault.collections ?? []).map(({ id, organizationId, name }) => {
      const opened = nameOf(id ?? '', name ?? '', keys.organisations.get(organizationId ?? ''));
      return { id, name: `${organisations.get(organizationId ?? '') ?? ''}/${opened}` };
    }),
  });
}

async function openedAttachment(
  session: BitwardenSession,
  item: SealedItem,
  file: NonNullable<SealedItem['attachments']>[number],
  key: BitwardenKey,
  { signal }: Operation,
): Promise<SecretAttachment> {
  const sealed = await session.attachment(item.id, file.id, signal);
  const own = file.key ? openText(file.key, key) : undefined;
  const fileKey = own === undefined ? key : { cipher: own.subarray(0, 32), mac: own.subarray(32) };
  return {
    name: file.fileName ? openText(file.fileName, key).toString('utf8') : file.id,
    bytes: openFile(sealed, fileKey),
  };
}

// senhasegura (now Segura) by its A2A API: what an application was granted. Reading takes custody of a credential and is logged
// there; Orbit releases custody at once, also when something fails.
import { z } from 'zod';
import { Failure, isFailure } from '../../../../base/failure.ts';
import { field, secretFile, secretText } from '../../../../base/secret-schema.ts';
import { SecretString } from '../../../../base/secret-string.ts';
import { addressText, authorityText, httpClient } from '../../http-client.ts';
import type { SecretField, SecretRecord } from '../../secret-record.ts';
import type { SecretSource, SecretSourceKind } from '../../secret-source.ts';
import { unreadableSecrets } from '../../unreadable.ts';
import { type A2aObject, type A2aSession, openA2aSession, refusalOf } from './a2a-api.ts';
import { type ValueOpener, valueOpener } from './sealed-value.ts';

const config = z.strictObject({
  address: addressText('such as https://vault.example, with the tenant where there are several'),
  prefix: field(z.enum(['iso', 'api']).default('iso'), 'API prefix', 'iso until 3.33, api from 4.0; 4.0 knows both'),
  clientId: field(z.string().min(1), 'Client id', 'of the OAuth 2.0 authorization'),
  clientSecret: secretText('Client secret'),
  decryptionKey: secretFile(
    'Decryption key',
    'RSA private key in PEM, when the authorization encrypts sensitive information',
  ).optional(),
  informationIds: field(
    z.array(z.string().regex(/^\d+$/)).default([]),
    'Protected information',
    'ids of items to read; the API cannot list them',
  ),
  authority: authorityText(),
});

/** senhasegura's A2A API. */
export const senhasegura: SecretSourceKind<z.infer<typeof config>> = {
  kind: 'senhasegura',
  title: 'senhasegura (A2A API)',
  config,
  async open(settings, { clock }) {
    const openValue = valueOpener(settings.decryptionKey);
    const session = await openA2aSession(httpClient(settings), settings, clock);
    return sourceOver(session, openValue, settings.informationIds);
  },
};

function sourceOver(session: A2aSession, openValue: ValueOpener, informationIds: string[]): SecretSource {
  return {
    async census() {
      const credentials = await session.credentials();
      return { ids: [...credentials.map(recordId), ...informationIds.map(informationId)] };
    },
    async *read(options = {}) {
      const unreadable = unreadableSecrets();
      const held = unreadableSecrets();
      for (const listed of await session.credentials()) {
        options.signal?.throwIfAborted();
        try {
          yield isSshKey(listed)
            ? await sshKeyRecord(session, listed, openValue)
            : await credentialRecord(session, listed, openValue, (error) => held.note(recordId(listed), error));
        } catch (error) {
          unreadable.note(recordId(listed), error);
        }
      }
      for (const id of informationIds) {
        options.signal?.throwIfAborted();
        try {
          yield await informationRecord(session, id, openValue);
        } catch (error) {
          unreadable.note(informationId(id), error);
        }
      }
      unreadable.throwIfAny('senhasegura');
      throwIfHeld(held);
    },
    close: async () => {},
  };
}

async function credentialRecord(
  session: A2aSession,
  listed: A2aObject,
  openValue: ValueOpener,
  onHeld: (error: unknown) => void,
): Promise<SecretRecord> {
  const id = text(listed['id']);
  let item: A2aObject = {};
  let isInactive = false;
  try {
    item = await session.credential(id);
    await session.releaseCustody(id).catch(onHeld);
  } catch (error) {
    isInactive = isFailure(error) && refusalOf(error) === 'inactive';
    // Custody may have been taken although the answer got lost on its way.
    if (!isInactive) await session.releaseCustody(id).catch(() => undefined);
    if (!isInactive) throw error;
  }
  const host = text(item['hostname']) || text(listed['hostname']);
  const username = text(item['username']) || text(listed['username']);
  return {
    ...commonParts(listed),
    type: 'login',
    title: titleOf(username, host, text(listed['identifier']), id),
    username,
    password: openValue(item['password'] ?? item['content']),
    url: host,
    notes: new SecretString(''),
    groups: host === '' ? [] : [host],
    tags: isInactive ? ['inactive'] : [],
    fields: [
      ...openFields(listed, listedFields),
      ...openFields(item, itemFields),
      ...(text(item['additional']) === ''
        ? []
        : [{ name: 'additional', value: new SecretString(text(item['additional'])), isProtected: true }]),
    ],
    attachments: [],
  };
}

async function sshKeyRecord(session: A2aSession, listed: A2aObject, openValue: ValueOpener): Promise<SecretRecord> {
  const id = text(listed['id']);
  let item: A2aObject = {};
  let isInactive = false;
  try {
    item = await session.sshKey(id);
  } catch (error) {
    if (!isFailure(error) || refusalOf(error) !== 'inactive') throw error;
    isInactive = true;
  }
  const host = text(item['hostname']) || text(listed['hostname']);
  const username = text(item['username']) || text(listed['username']);
  const name = text(item['key_name']) || titleOf(username, host, text(listed['identifier']), id);
  const privateKey = openValue(item['private_key']);
  const devices = list(item['devices']).map((device) => text((device as A2aObject | null)?.['hostname']));
  return {
    ...commonParts(listed),
    type: 'ssh-key',
    title: name,
    username,
    password: openValue(item['password']),
    url: host,
    notes: new SecretString(''),
    groups: host === '' ? [] : [host],
    tags: [...list(item['tags']).map(text), ...(isInactive ? ['inactive'] : [])],
    fields: [
      ...openFields(listed, listedFields),
      ...openFields({ 'Public key': item['public_key'], Devices: devices.join(', ') }, ['Public key', 'Devices']),
    ],
    attachments:
      privateKey.length === 0 ? [] : [{ name: 'private_key', bytes: Buffer.from(privateKey.reveal(), 'utf8') }],
  };
}

async function informationRecord(session: A2aSession, id: string, openValue: ValueOpener): Promise<SecretRecord> {
  const item = await session.information(id);
  return {
    ...commonParts({}),
    id: informationId(id),
    type: 'note',
    title: text(item['tag']) || text(item['name']) || `Protected information ${id}`,
    username: '',
    password: new SecretString(''),
    url: '',
    notes: openValue(item['content']),
    groups: ['Protected information'],
    tags: [],
    fields: openFields(item, ['type']),
    attachments: [],
  };
}

const listedFields = ['identifier', 'type', 'management_ip', 'device_type', 'device_vendor', 'device_model'];
const itemFields = ['domain', 'port', 'parent_credential'];

// Times are the server's, without a zone: they are taken for UTC. `view` and `expiration_time` change by reading, so stay out.
function commonParts(
  listed: A2aObject,
): Pick<SecretRecord, 'id' | 'createdAt' | 'changedAt' | 'expiresAt' | 'history'> {
  const changedAt = timeOf(listed['change']) ?? new Date(0);
  const expiresAt = timeOf(listed['expiration']);
  return {
    id: recordId(listed),
    createdAt: changedAt,
    changedAt,
    ...(expiresAt === undefined ? {} : { expiresAt }),
    history: [],
  };
}

function openFields(from: A2aObject, names: string[]): SecretField[] {
  return names
    .filter((name) => text(from[name]) !== '')
    .map((name) => ({ name, value: new SecretString(text(from[name])), isProtected: false }));
}

function titleOf(username: string, host: string, identifier: string, id: string): string {
  if (username !== '' && host !== '') return `${username}@${host}`;
  return username || identifier || host || `Credential ${id}`;
}

function isSshKey(listed: A2aObject): boolean {
  return /^ssh key$/i.test(text(listed['type']));
}

function recordId(listed: A2aObject): string {
  return `senhasegura:${isSshKey(listed) ? 'key' : 'credential'}:${text(listed['id'])}`;
}

function informationId(id: string): string {
  return `senhasegura:information:${id}`;
}

function timeOf(value: unknown): Date | undefined {
  const date = new Date(`${text(value).replace(' ', 'T')}Z`);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

// Everything was read, but somebody must know that credentials are still held.
function throwIfHeld(held: ReturnType<typeof unreadableSecrets>): void {
  try {
    held.throwIfAny('senhasegura');
  } catch (error) {
    if (!isFailure(error, 'secrets.unreadable')) throw error;
    throw new Failure('secrets.custody-held', {
      message: `everything was read, but custody was not released: ${error.message}`,
      hint: 'Release it in the vault (PAM › Custody), and give the application read and write on PAM Core.',
      cause: error.cause,
    });
  }
}

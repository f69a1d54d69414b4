// What is shared with one user of Passbolt, opened with that user's OpenPGP key on this machine. The only file that loads OpenPGP.
import type { PrivateKey } from 'openpgp';
import { z } from 'zod';
import type { Clock } from '../../../../base/clock.ts';
import { Failure } from '../../../../base/failure.ts';
import { SecretString } from '../../../../base/secret-string.ts';
import type { SecretRecord } from '../../secret-record.ts';
import type { SecretSource } from '../../secret-source.ts';
import { unreadableSecrets } from '../../unreadable.ts';
import {
  openPassboltSession,
  type PassboltSignIn,
  type SealedFolder,
  type SealedMetadataKey,
  type SealedResource,
} from './passbolt-api.ts';
import { openMessage, userKey } from './passbolt-keys.ts';
import { recordOfResource, resourceMetadata } from './passbolt-resource.ts';

/** The user, and the key that opens what is shared with it. */
export interface PassboltUser extends PassboltSignIn {
  privateKey: SecretString;
  passphrase?: SecretString | undefined;
}

/** The source of this user. @throws Failure `secrets.bad-openpgp-key` */
export async function passboltSource(user: PassboltUser, clock: Clock): Promise<SecretSource> {
  return sourceOver(user, await userKey(user.privateKey, user.passphrase), clock);
}

function sourceOver(user: PassboltUser, key: PrivateKey, clock: Clock): SecretSource {
  return {
    async census({ signal } = {}) {
      const session = await openPassboltSession(user, key, clock, signal);
      return { ids: (await session.resources(false, signal)).map(({ id }) => id) };
    },
    async *read({ signal } = {}) {
      const session = await openPassboltSession(user, key, clock, signal);
      const resources = await session.resources(true, signal);
      const keys = new MetadataKeys(key, await session.metadataKeys(signal));
      const places = await groupsOf(await session.folders(signal), keys);
      const unreadable = unreadableSecrets();
      for (const resource of resources) {
        signal?.throwIfAborted();
        let record: SecretRecord;
        try {
          record = await openedResource(resource, key, keys, places);
        } catch (error) {
          unreadable.note(resource.id, error);
          continue;
        }
        yield record;
      }
      unreadable.throwIfAny('Passbolt');
    },
    close: async () => {},
  };
}

async function openedResource(
  resource: SealedResource,
  key: PrivateKey,
  keys: MetadataKeys,
  places: ReadonlyMap<string, string[]>,
): Promise<SecretRecord> {
  const [sealed] = resource.secrets ?? [];
  if (sealed === undefined) {
    throw new Failure('secrets.not-authorised', {
      message: `Passbolt gives no secret for the resource ${resource.id}`,
      hint: 'Share it with the user again: its secret is not sealed to the user’s key.',
    });
  }
  const secret = await openMessage(sealed.data, key);
  const metadata = resource.metadata ? resourceMetadata(await keys.open(resource), resource.id) : undefined;
  return recordOfResource(
    resource,
    metadata,
    new SecretString(secret),
    places.get(resource.folder_parent_id ?? '') ?? [],
  );
}

/** What metadata is sealed to: the user's own key, or a key shared by everybody, which is opened once. */
class MetadataKeys {
  readonly #own: PrivateKey;
  readonly #shared: Map<string, SealedMetadataKey>;
  readonly #opened = new Map<string, Promise<PrivateKey>>();

  constructor(own: PrivateKey, shared: SealedMetadataKey[]) {
    this.#own = own;
    this.#shared = new Map(shared.map((each) => [each.id, each]));
  }

  async open(from: Pick<SealedResource, 'metadata' | 'metadata_key_id' | 'metadata_key_type'>): Promise<string> {
    const id = from.metadata_key_id ?? '';
    const key = from.metadata_key_type === 'shared_key' ? await this.#sharedKey(id) : this.#own;
    return await openMessage(from.metadata ?? '', key);
  }

  #sharedKey(id: string): Promise<PrivateKey> {
    const opened = this.#opened.get(id) ?? this.#openShared(id);
    this.#opened.set(id, opened);
    return opened;
  }

  async #openShared(id: string): Promise<PrivateKey> {
    const [sealed] = this.#shared.get(id)?.metadata_private_keys ?? [];
    const json = sealed === undefined ? '' : await openMessage(sealed.data, this.#own);
    const { success, data } = z
      .looseObject({ armored_key: z.string(), passphrase: z.string().nullish() })
      .safeParse(parsed(json));
    if (success) return await userKey(new SecretString(data.armored_key), new SecretString(data.passphrase ?? ''));
    throw new Failure('secrets.bad-openpgp-message', {
      message: `the metadata key ${id} is not among those that Passbolt shares with this user`,
      hint: 'Sign in once as this user in a browser: an administrator’s browser then shares the key.',
    });
  }
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return undefined;
  }
}

async function groupsOf(folders: SealedFolder[], keys: MetadataKeys): Promise<Map<string, string[]>> {
  const names = new Map<string, { name: string; parent: string }>();
  for (const folder of folders) {
    // A folder whose name does not open keeps its id as its name: its resources are worth more than its name.
    const opened = folder.metadata ? await keys.open(folder).catch(() => '') : '';
    const { data } = z.looseObject({ name: z.string() }).safeParse(parsed(opened));
    names.set(folder.id, { name: folder.name ?? data?.name ?? folder.id, parent: folder.folder_parent_id ?? '' });
  }
  const pathOf = (id: string, depth: number): string[] => {
    const found = names.get(id);
    return found === undefined || depth > 100 ? [] : [...pathOf(found.parent, depth + 1), found.name];
  };
  return new Map([...names.keys()].map((id) => [id, pathOf(id, 0)]));
}

// OpenBao and HashiCorp Vault: every secret of the KV stores a credential may read, versions 1 and 2, with their past.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { Failure, isFailure } from '../../../../base/failure.ts';
import type { Operation } from '../../../../base/operation.ts';
import { field, secretText } from '../../../../base/secret-schema.ts';
import { SecretString } from '../../../../base/secret-string.ts';
import { addressText, authorityText, httpClient } from '../../http-client.ts';
import type { SecretRecord, SecretVersion } from '../../secret-record.ts';
import type { SecretSource, SecretSourceKind } from '../../secret-source.ts';
import { unreadableSecrets } from '../../unreadable.ts';
import { sortFields } from '../well-known-fields.ts';
import { type BaoSession, type BaoSignIn, type KvMetadata, type KvMount, openBaoSession } from './openbao-api.ts';

const config = z
  .strictObject({
    address: addressText('such as https://vault.example:8200'),
    authority: authorityText(),
    namespaces: field(z.array(z.string()).default(['']), 'Namespaces', "each is read; '' is the root or only one"),
    mounts: field(z.array(z.string()).default([]), 'KV mounts', 'all that the credential sees when none is named'),
    token: secretText('Token', 'a periodic token with the policy of the manual').optional(),
    roleId: field(z.string(), 'Role id', 'of an AppRole, instead of a token').optional(),
    secretId: secretText('Secret id', 'of the AppRole').optional(),
    roleMount: field(z.string().default('approle'), 'AppRole mount'),
    roleNamespace: field(z.string().default(''), 'Namespace of the AppRole mount'),
  })
  .refine(({ token, roleId, secretId }) => (token ? !roleId && !secretId : roleId !== undefined && secretId), {
    message: 'give either a token, or a role id with its secret id',
    path: ['token'],
  });

type OpenBaoConfig = z.infer<typeof config>;

const depthMax = 64;
const secretsMax = 1_000_000;
const atOnce = 8;

interface Place {
  id: string;
  mount: KvMount;
  path: string[];
}

/** OpenBao / HashiCorp Vault KV. Reading changes nothing there. */
export const openbao: SecretSourceKind<OpenBaoConfig> = {
  kind: 'openbao',
  title: 'OpenBao / HashiCorp Vault (KV)',
  config,
  async open(settings) {
    const session = await openBaoSession(httpClient(settings), signInOf(settings));
    return sourceOver(session, settings);
  },
};

function sourceOver(session: BaoSession, settings: OpenBaoConfig): SecretSource {
  const mounts = async (): Promise<KvMount[]> => {
    const seen = (await Promise.all(settings.namespaces.map((namespace) => session.mounts(namespace)))).flat();
    if (settings.mounts.length === 0) return seen;
    const wanted = settings.mounts.map((path) => path.replace(/^\/+|\/+$/g, ''));
    const missing = wanted.filter((path) => !seen.some((mount) => mount.path === path));
    if (missing.length > 0) throw noMount(missing);
    return seen.filter((mount) => wanted.includes(mount.path));
  };
  return {
    async census(options = {}) {
      const ids: string[] = [];
      for (const mount of await mounts()) {
        for await (const place of placesOf(session, mount, options)) ids.push(place.id);
      }
      return { ids };
    },
    async *read(options = {}) {
      const unreadable = unreadableSecrets();
      for (const mount of await mounts()) {
        for await (const places of groupsOf(placesOf(session, mount, options), atOnce)) {
          const records = await Promise.allSettled(places.map((place) => recordOf(session, place)));
          for (const [index, result] of records.entries()) {
            if (result.status === 'fulfilled') yield result.value;
            // Gone since it was listed: the completeness guard asks again what there is.
            else if (isFailure(result.reason, 'secrets.refused') && result.reason.facts['status'] === 404) continue;
            else unreadable.note(pathText(places[index]), result.reason);
          }
        }
      }
      unreadable.throwIfAny('the vault');
    },
    close: () => session.close(),
  };
}

async function* placesOf(session: BaoSession, mount: KvMount, options: Operation): AsyncGenerator<Place> {
  let count = 0;
  const folders: string[][] = [[]];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    options.signal?.throwIfAborted();
    for (const name of await session.list(mount, folder)) {
      if (name.endsWith('/')) folders.push([...folder, name.slice(0, -1)]);
      else {
        count += 1;
        yield { id: idOf(mount, [...folder, name]), mount, path: [...folder, name] };
      }
    }
    if (folder.length > depthMax || count > secretsMax || folders.length > secretsMax) throw tooLarge(mount);
  }
}

async function recordOf(session: BaoSession, place: Place): Promise<SecretRecord> {
  const { id, mount, path } = place;
  const title = path.at(-1) ?? '';
  const groups = [...mount.namespace.split('/'), mount.path, ...path.slice(0, -1)].filter((name) => name !== '');
  const own = { id, title, groups, type: 'other' as const };
  if (mount.version === 1) {
    const values = await session.values(mount, path);
    // KV version 1 keeps no times: the epoch says so, and stays the same from run to run.
    return { ...own, ...look(title, values ?? {}, new Date(0)), tags: [], createdAt: new Date(0), history: [] };
  }
  const metadata = await session.metadata(mount, path);
  const looks: ReturnType<typeof look>[] = [];
  let isGone = true;
  for (const version of metadata.versions) {
    const values = version.isDestroyed ? undefined : await session.values(mount, path, version.number);
    if (values === undefined) continue;
    looks.push(look(title, values, version.createdAt));
    if (version.number === metadata.currentVersion) isGone = false;
  }
  const newest = looks.pop() ?? look(title, {}, metadata.updatedAt);
  return {
    ...own,
    ...newest,
    fields: [...newest.fields, ...customFields(metadata)],
    // Deleted there, but not destroyed: the newest value that can be had is kept, and said to be no longer in use.
    tags: isGone ? ['deleted'] : [],
    createdAt: metadata.createdAt,
    history: looks,
  };
}

function look(title: string, values: Record<string, unknown>, changedAt: Date) {
  return { title, ...sortFields(values), changedAt } satisfies SecretVersion;
}

function customFields(metadata: KvMetadata) {
  return Object.entries(metadata.custom).map(([name, value]) => ({
    name: `metadata.${name}`,
    value: new SecretString(value),
    isProtected: false,
  }));
}

function idOf(mount: KvMount, path: string[]): string {
  const place = JSON.stringify([mount.namespace, mount.path, ...path]);
  return `openbao:${createHash('sha256').update(place).digest('hex').slice(0, 32)}`;
}

function pathText(place: Place | undefined): string {
  return place === undefined ? '' : [place.mount.path, ...place.path].join('/');
}

function signInOf(settings: OpenBaoConfig): BaoSignIn {
  if (settings.token !== undefined) return { token: settings.token };
  const { roleId = '', secretId = new SecretString(''), roleMount, roleNamespace } = settings;
  return { roleId, secretId, mount: roleMount, namespace: roleNamespace };
}

async function* groupsOf<Item>(items: AsyncIterable<Item>, size: number): AsyncGenerator<Item[]> {
  let group: Item[] = [];
  for await (const item of items) {
    group.push(item);
    if (group.length < size) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}

function noMount(missing: string[]): Failure {
  return new Failure('secrets.no-mount', {
    message: `the vault has no KV mount ${missing.join(', ')} that this credential sees`,
    hint: 'Check the names (bao secrets list) and that the policy grants something below each.',
  });
}

function tooLarge(mount: KvMount): Failure {
  return new Failure('secrets.too-many', {
    message: `the mount ${mount.path} holds more than ${secretsMax} secrets, or folders more than ${depthMax} deep`,
    hint: 'Read it in parts, with a source for each namespace.',
  });
}

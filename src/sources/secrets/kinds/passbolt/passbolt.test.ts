import { describeSecretSource } from '../../../../../test/support/describe-secret-source.ts';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { failure } from '../../../../../test/support/failures.ts';
import {
  passboltResource as resource,
  passboltServer,
  type PassboltWorld,
} from '../../../../../test/support/passbolt-server.ts';
import { everyPrintable, opened } from '../../../../../test/support/secrets.ts';
import { needs } from '../../../../../test/support/tools.ts';
import { systemClock } from '../../../../base/clock.ts';
import { instanceKeyFrom } from '../../../../store/instance-key.ts';
import { memoryStore } from '../../../../store/store.ts';
import { judgeCompleteness } from '../../completeness.ts';
import { openSecretSource } from '../../kinds.ts';
import type { SecretRecord } from '../../secret-record.ts';
import { openVault } from '../../vault/vault.ts';

async function open(world: PassboltWorld, changes: Record<string, unknown> = {}) {
  const vault = openVault(memoryStore(), instanceKeyFrom(Buffer.alloc(32, 1)), systemClock);
  const { address, userId, privateKey, passphrase, serverFingerprint } = world;
  const settings = { address, userId, privateKey, passphrase, serverFingerprint, ...changes };
  return await openSecretSource('passbolt', settings, { vault, clock: systemClock });
}

async function readable(world: PassboltWorld): Promise<{ records: SecretRecord[]; error?: Error }> {
  const records: SecretRecord[] = [];
  try {
    for await (const record of (await open(world)).read()) records.push(record);
  } catch (error) {
    return { records, error: error as Error };
  }
  return { records };
}

describe('Passbolt as a source', needs('gpg', 'gpgconf'), () => {
  let world: PassboltWorld;
  before(async () => {
    world = await passboltServer();
  });
  after(() => world.stop());

  test('resources of versions 4 and 5 are read as gpg sealed them', async () => {
    const { id: keyId, seal } = await world.shareMetadataKey();
    const [top, below] = [randomUUID(), randomUUID()];
    world.folders = [
      { id: top, name: 'Servers', folder_parent_id: null },
      {
        id: below,
        folder_parent_id: top,
        metadata: await seal(JSON.stringify({ object_type: 'PASSBOLT_FOLDER_METADATA', name: 'Databases' })),
        metadata_key_id: keyId,
        metadata_key_type: 'shared_key',
      },
    ];
    const totp = { secret_key: 'JBSWY3DPEHPK3PXP', period: 30, digits: 6, algorithm: 'SHA1' };
    const field = randomUUID();
    const metadata = {
      object_type: 'PASSBOLT_RESOURCE_METADATA',
      name: 'five',
      username: 'v5',
      uris: ['ssh://a', 'ssh://b'],
      description: 'open',
      custom_fields: [{ id: field, type: 'text', metadata_key: 'PIN' }],
      icon: { type: 'keepass-icon-set', value: 3 },
      added_later: 'to the metadata',
    };
    const five = {
      object_type: 'PASSBOLT_SECRET_DATA',
      password: 'p5',
      description: 'hidden',
      totp,
      custom_fields: [{ id: field, type: 'text', secret_value: '0000' }],
      added_later: { a: 1 },
    };
    const sealed = { name: null, username: null, uri: null, metadata_key_id: keyId, metadata_key_type: 'shared_key' };
    world.resources = [
      await resource(world, 'password-string', everyPrintable, {
        description: 'note',
        expired: '2027-01-01T00:00:00+00:00',
      }),
      await resource(world, 'password-and-description', { password: 'p2', description: 'two' }),
      await resource(world, 'password-description-totp', { password: 'p3', description: '', totp }),
      await resource(world, 'v5-default-with-totp', five, {
        ...sealed,
        metadata: await seal(JSON.stringify(metadata)),
        folder_parent_id: below,
      }),
      await resource(
        world,
        'v5-note',
        { object_type: 'PASSBOLT_SECRET_DATA', description: 'a note' },
        {
          ...sealed,
          metadata: await world.seal(JSON.stringify({ name: 'mine' })),
          metadata_key_type: 'user_key',
        },
      ),
    ];
    const source = await open(world);
    const { ids } = await source.census();
    const records = await Array.fromAsync(source.read());
    assert.deepEqual(judgeCompleteness({ census: ids, read: records.map(({ id }) => id) }).faults, []);
    const [one, two, three, last, note] = records;
    assert.deepEqual([one?.password.reveal(), one?.notes.reveal(), one?.url], [everyPrintable, 'note', 'https://host']);
    assert.equal(one?.expiresAt?.toISOString(), '2027-01-01T00:00:00.000Z');
    assert.deepEqual([two?.password.reveal(), two?.notes.reveal()], ['p2', 'two']);
    assert.match(three?.totp?.reveal() ?? '', /secret=JBSWY3DPEHPK3PXP/);
    assert.deepEqual(
      [last?.title, last?.username, last?.url, last?.groups],
      ['five', 'v5', 'ssh://a', ['Servers', 'Databases']],
    );
    assert.equal(last?.notes.reveal(), 'open\n\nhidden');
    assert.deepEqual(opened(last?.fields), [
      { name: 'URL 2', value: 'revealed:ssh://b', isProtected: false },
      { name: 'PIN', value: 'revealed:0000', isProtected: true },
      { name: 'added_later', value: 'revealed:{"a":1}', isProtected: true },
      { name: 'metadata added_later', value: 'revealed:to the metadata', isProtected: false },
    ]);
    assert.deepEqual([note?.title, note?.type, note?.notes.reveal()], ['mine', 'note', 'a note']);
  });

  test('a server with another key and an answer of another challenge are refused', async () => {
    const pinned = await open(world, { serverFingerprint: '0'.repeat(40) });
    await assert.rejects(pinned.census(), failure('secrets.untrusted'));
    const stranger = await open(world, { userId: randomUUID() });
    await assert.rejects(stranger.census(), failure('secrets.not-authorised'));
    world.replaceVerifyToken = randomUUID();
    await assert.rejects((await open(world)).census(), failure('secrets.strange-answer', /login/));
    delete world.replaceVerifyToken;
  });

  test('a list that fails reads nothing; a secret that is missing or damaged is named', async () => {
    const good = await resource(world, 'password-string', 'good');
    const unshared = await resource(world, 'password-string', 'x', { secrets: [] });
    const damaged = await resource(world, 'password-string', 'y', { secrets: [{ data: 'no message' }] });
    world.resources = [good, unshared, damaged];
    const { records, error } = await readable(world);
    assert.deepEqual(
      records.map(({ id }) => id),
      [good['id']],
    );
    failure('secrets.unreadable', new RegExp(`${String(unshared['id'])}, ${String(damaged['id'])}`))(error);
    for (const path of ['/resources.json', '/folders.json', '/metadata/keys.json']) {
      world.refuse.set(path, 500);
      const half = await readable(world);
      assert.deepEqual(half.records, []);
      failure('secrets.refused', /status 500/)(half.error);
      world.refuse.clear();
    }
  });
});

describeSecretSource('passbolt', needs('gpg', 'gpgconf'), async (context) => {
  const world = await passboltServer();
  context.after(() => world.stop());
  const passwords = [everyPrintable, 'two', 'three'];
  world.resources = await Promise.all(
    passwords.map((value, index) => resource(world, 'password-string', value, { name: `resource ${index}` })),
  );
  const { address, userId, privateKey, serverFingerprint } = world;
  return {
    settings: { address, userId, privateKey, passphrase: world.passphrase, serverFingerprint },
    secrets: passwords.map((value, index) => ({ title: `resource ${index}`, password: value })),
    wrong: { settings: { passphrase: 'CANARY' }, code: 'secrets.bad-openpgp-key' },
    line: {
      port: Number(new URL(address).port),
      settings(port) {
        // What is signed names the server's own address.
        world.address = `http://127.0.0.1:${port}`;
        return { address: world.address };
      },
    },
    takeOut: () => world.resources.splice(0, 1),
  };
});

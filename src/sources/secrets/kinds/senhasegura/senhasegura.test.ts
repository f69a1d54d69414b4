import { describeSecretSource } from '../../../../../test/support/describe-secret-source.ts';
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { a2aServer } from '../../../../../test/support/a2a-server.ts';
import { failure } from '../../../../../test/support/failures.ts';
import { everyPrintable } from '../../../../../test/support/secrets.ts';
import { fixedClock } from '../../../../base/clock.ts';
import { instanceKeyFrom } from '../../../../store/instance-key.ts';
import { memoryStore } from '../../../../store/store.ts';
import { openSecretSource } from '../../kinds.ts';
import type { SecretRecord } from '../../secret-record.ts';
import type { SecretSource } from '../../secret-source.ts';
import { openVault } from '../../vault/vault.ts';

const client = { clientId: 'orbit', clientSecret: 's3cret&=+ ä' };

async function open(settings: unknown, clock = fixedClock(new Date('2026-03-01T00:00:00Z'))): Promise<SecretSource> {
  const vault = openVault(memoryStore(), instanceKeyFrom(Buffer.alloc(32, 1)), clock);
  return await openSecretSource('senhasegura', settings, { vault, clock });
}

async function recordsOf(source: SecretSource): Promise<SecretRecord[]> {
  const records: SecretRecord[] = [];
  for await (const record of source.read()) records.push(record);
  return records;
}

for (const prefix of ['iso', 'api']) {
  test(`credentials, SSH keys and protected information are read below /${prefix}, custody released at once`, async (context) => {
    const { address, world } = await a2aServer(context, prefix);
    world.credentials['5'] = {
      username: 'us@er',
      hostname: 'db01',
      password: everyPrintable,
      additional: 'hint',
      expiration: '2026-12-31 00:00:00',
    };
    world.keys['7'] = {
      username: 'deploy',
      hostname: 'web',
      key_name: 'deploy-key',
      private_key: '-----BEGIN',
      public_key: 'ssh-rsa AAA',
      password: null,
      tags: ['t1'],
      devices: [{ hostname: 'web' }, { hostname: 'web2' }],
      expiration_time: null,
    };
    world.information['9'] = { tag: 'Safe', type: 'text', content: 'left, right, left' };
    const source = await open({ address, prefix, ...client, informationIds: ['9'] });
    const [login, key, note] = await recordsOf(source);
    assert.equal(login?.title, 'us@er@db01');
    assert.equal(login?.password.reveal(), everyPrintable);
    assert.equal(login?.changedAt.toISOString(), '2020-11-17T16:14:35.000Z');
    assert.equal(login?.expiresAt?.toISOString(), '2026-12-31T00:00:00.000Z');
    assert.ok(login?.fields.some((each) => each.name === 'additional' && each.isProtected));
    assert.equal(key?.type, 'ssh-key');
    assert.equal(key?.attachments[0]?.bytes.toString(), '-----BEGIN');
    assert.deepEqual(key?.tags, ['t1']);
    assert.ok(key?.fields.some((each) => each.name === 'Devices' && each.value.reveal() === 'web, web2'));
    assert.equal(note?.notes.reveal(), 'left, right, left');
    assert.deepEqual([...world.held], []);
    const reads = world.calls.filter((call) => / pam\/credential\/(custody\/)?5$/.test(call));
    assert.deepEqual(reads, ['GET pam/credential/5', 'DELETE pam/credential/custody/5']);
    assert.equal((await source.census()).ids.length, 3);
  });
}

test('values that are sealed to the application are opened, whichever hash, also long ones', async (context) => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const { address, world } = await a2aServer(context, 'iso');
  world.credentials['5'] = { username: 'u', hostname: 'h', password: `${everyPrintable}ä` };
  world.keys['7'] = { username: 'u', hostname: 'h', private_key: 'long '.repeat(500), password: null };
  for (const hash of ['sha1', 'sha256']) {
    world.seal = { publicKey, hash };
    const [login, key] = await recordsOf(await open({ address, ...client, decryptionKey: privateKey }));
    assert.equal(login?.password.reveal(), `${everyPrintable}ä`);
    assert.equal(key?.attachments[0]?.bytes.toString(), 'long '.repeat(500));
    assert.equal(key?.password.reveal(), '');
  }
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' });
  await assert.rejects(
    recordsOf(await open({ address, ...client, decryptionKey: other })),
    failure('secrets.unreadable', /credential:5/),
  );
  assert.deepEqual([...world.held], [], 'custody is released although the value did not open');
  await assert.rejects(open({ address, ...client, decryptionKey: 'no key' }), failure('secrets.bad-decryption-key'));
});

test('an item that is refused does not keep the others from being read, and is named', async (context) => {
  const { address, world } = await a2aServer(context, 'iso');
  for (const id of ['1', '2', '3']) world.credentials[id] = { username: `u${id}`, hostname: 'h', password: `p${id}` };
  world.refuse.set('GET pam/credential/2', 1009);
  const titles: string[] = [];
  const source = await open({ address, ...client });
  await assert.rejects(
    async () => {
      for await (const { title } of source.read()) titles.push(title);
    },
    (error: Error) => {
      assert.match((error.cause as Error).message, /no access to the credential \(1009\)/);
      return failure('secrets.unreadable', /1 secrets .*senhasegura:credential:2/)(error);
    },
  );
  assert.deepEqual(titles, ['u1@h', 'u3@h']);
});

test('an inactive credential is kept without a value and says so', async (context) => {
  const { address, world } = await a2aServer(context, 'iso');
  world.credentials['1'] = { username: 'old', hostname: 'h', inactive: true };
  const [record] = await recordsOf(await open({ address, ...client }));
  assert.deepEqual(record?.tags, ['inactive']);
  assert.equal(record?.password.reveal(), '');
});

test('custody that cannot be released is an alarm, although everything was read', async (context) => {
  const { address, world } = await a2aServer(context, 'iso');
  world.credentials['1'] = { username: 'u', hostname: 'h', password: 'p' };
  world.refuse.set('DELETE pam/credential/custody/1', 500);
  const records: SecretRecord[] = [];
  const source = await open({ address, ...client });
  await assert.rejects(
    async () => {
      for await (const record of source.read()) records.push(record);
    },
    failure('secrets.custody-held', /credential:1/),
  );
  assert.equal(records[0]?.password.reveal(), 'p');
});

test('custody is released when the answer with the value got lost', async (context) => {
  const { address, world } = await a2aServer(context, 'iso');
  world.credentials['1'] = { username: 'u', hostname: 'h', password: 'p' };
  world.held.add('1');
  world.refuse.set('GET pam/credential/1', 500);
  await assert.rejects(recordsOf(await open({ address, ...client })), failure('secrets.unreadable'));
  assert.deepEqual([...world.held], []);
});

test('a token is renewed before it ends', async (context) => {
  const { address, world } = await a2aServer(context, 'iso');
  for (const id of ['1', '2', '3']) world.credentials[id] = { username: `u${id}`, hostname: 'h', password: 'p' };
  const clock = fixedClock(new Date('2026-03-01T00:00:00Z'));
  const source = await open({ address, ...client }, clock);
  let count = 0;
  for await (const _ of source.read()) {
    clock.advance(30 * 60_000);
    count += 1;
  }
  assert.equal(count, 3);
  assert.equal(world.tokensGiven, 2);
});

test('a wrong prefix says what it is', async (context) => {
  const { address } = await a2aServer(context, 'iso');
  await assert.rejects(open({ address, prefix: 'api', ...client }), failure('secrets.refused', /404/));
});

for (const prefix of ['iso', 'api']) {
  describeSecretSource('senhasegura', { skip: false }, async (context) => {
    const { address, world } = await a2aServer(context, prefix);
    for (let id = 1; id <= 12; id += 1)
      world.credentials[id] = { username: `u${id}`, hostname: 'h', password: id === 1 ? everyPrintable : `p${id}` };
    return {
      settings: { address, prefix, ...client },
      secrets: Object.values(world.credentials).map(({ username, password }) => ({
        title: `${String(username)}@h`,
        password: String(password),
      })),
      wrong: { settings: { clientSecret: 'CANARY' }, code: 'secrets.not-authorised' },
      line: {
        port: Number(new URL(address).port),
        settings: (port) => ({ address: `http://127.0.0.1:${port}/tenant` }),
      },
      takeOut: () => delete world.credentials['1'],
    };
  });
}

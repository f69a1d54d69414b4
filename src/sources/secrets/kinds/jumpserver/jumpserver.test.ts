import { describeSecretSource } from '../../../../../test/support/describe-secret-source.ts';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { failure } from '../../../../../test/support/failures.ts';
import { jumpServer, jumpServerAccount, type JumpServerWorld } from '../../../../../test/support/jumpserver-server.ts';
import { everyPrintable } from '../../../../../test/support/secrets.ts';
import { systemClock } from '../../../../base/clock.ts';
import { instanceKeyFrom } from '../../../../store/instance-key.ts';
import { memoryStore } from '../../../../store/store.ts';
import { judgeCompleteness } from '../../completeness.ts';
import { openSecretSource } from '../../kinds.ts';
import type { SecretRecord } from '../../secret-record.ts';
import { openVault } from '../../vault/vault.ts';

const organisation = '00000000-0000-0000-0000-000000000002';

async function open(world: JumpServerWorld, changes: Record<string, unknown> = {}) {
  const vault = openVault(memoryStore(), instanceKeyFrom(Buffer.alloc(32, 1)), systemClock);
  const { address, keyId, keySecret } = world;
  return await openSecretSource('jumpserver', { address, keyId, keySecret, ...changes }, { vault, clock: systemClock });
}

test('every account of every page and organisation is read, with its past', async (context) => {
  const world = await jumpServer(context);
  const other = randomUUID();
  const key = jumpServerAccount(2, { secret_type: { value: 'ssh_key' }, secret: 'PRIVATE KEY', passphrase: 'phrase' });
  const first = jumpServerAccount(1, { secret: everyPrintable, privileged: true, is_active: false, comment: 'note' });
  world.accounts[organisation] = [
    first,
    key,
    ...Array.from({ length: 108 }, (_, index) => jumpServerAccount(index + 3)),
  ];
  world.accounts[other] = [jumpServerAccount(999)];
  world.histories[String(first['id'])] = [
    { secret: 'newer', secret_type: { value: 'password' }, version: 2, history_date: '2026/01/20 08:00:00 +0000' },
    { secret: 'older', secret_type: { value: 'password' }, version: 1, history_date: '2026/01/10 08:00:00 +0000' },
  ];
  const source = await open(world, { organisations: [organisation, other] });
  const { ids } = await source.census();
  const records = await Array.fromAsync(source.read());
  assert.deepEqual(judgeCompleteness({ census: ids, read: records.map(({ id }) => id) }).faults, []);
  assert.equal(records.length, 111);
  const [login, ssh] = records;
  assert.equal(login?.password.reveal(), everyPrintable);
  assert.deepEqual(
    [login.title, login.url, login.groups, login.tags],
    ['user1@host1', '10.0.0.1', ['host1'], ['inactive', 'privileged']],
  );
  assert.equal(login.changedAt.toISOString(), '2026-02-01T08:00:00.000Z');
  assert.deepEqual(
    login.history.map(({ password }) => password.reveal()),
    ['older', 'newer'],
  );
  assert.deepEqual(
    [ssh?.type, ssh?.password.reveal(), ssh?.attachments[0]?.bytes.toString()],
    ['ssh-key', 'phrase', 'PRIVATE KEY'],
  );
});

test('an account that is switched to says which one is signed in with first', async (context) => {
  const world = await jumpServer(context);
  const from = { id: randomUUID(), name: 'Operator', username: 'operator' };
  world.accounts[organisation] = [
    jumpServerAccount(1, { su_from: from }),
    jumpServerAccount(2, { su_from: { ...from, username: '' } }),
    jumpServerAccount(3, { su_from: null }),
  ];
  const records = await Array.fromAsync((await open(world)).read());
  const switched = records.map(({ fields }) => fields.find(({ name }) => name === 'Switch from')?.value.reveal());
  assert.deepEqual(switched, ['operator', 'Operator', undefined]);
});

test('a person who must confirm is said to be needed', async (context) => {
  const world = await jumpServer(context);
  world.accounts[organisation] = [jumpServerAccount(1)];
  world.needsMfa = true;
  const source = await open(world);
  await assert.rejects(Array.fromAsync(source.read()), (error: Error) => {
    assert.match((error.cause as Error).message, /second factor/);
    return failure('secrets.unreadable')(error);
  });
});

test('a page that fails ends the run, and a denied account is named', async (context) => {
  const world = await jumpServer(context);
  const accounts = Array.from({ length: 104 }, (_, index) => jumpServerAccount(index));
  world.accounts[organisation] = [...accounts];
  const source = await open(world);
  const readable = async (): Promise<{ records: SecretRecord[]; error?: Error }> => {
    const records: SecretRecord[] = [];
    try {
      for await (const record of source.read()) records.push(record);
    } catch (error) {
      return { records, error: error as Error };
    }
    return { records };
  };
  world.refusePage.add('/api/v1/accounts/accounts/?limit=100&offset=100');
  const half = await readable();
  assert.equal(half.records.length, 100);
  failure('secrets.refused', /status 500/)(half.error);
  world.refusePage.clear();

  const denied = String(accounts[7]?.['id']);
  world.refuse.set(`/api/v1/accounts/account-secrets/${denied}/`, 403);
  const most = await readable();
  assert.equal(most.records.length, 103);
  failure('secrets.unreadable', new RegExp(denied))(most.error);
});

describeSecretSource('jumpserver', { skip: false }, async (context) => {
  const world = await jumpServer(context);
  const accounts = Array.from({ length: 12 }, (_, index) => jumpServerAccount(index));
  const [first] = accounts as [Record<string, unknown>];
  first['secret'] = everyPrintable;
  world.accounts[organisation] = accounts;
  world.histories[String(first['id'])] = [
    { secret: 'older', secret_type: { value: 'password' }, version: 1, history_date: '2026/01/10 08:00:00 +0000' },
  ];
  const { address, keyId, keySecret } = world;
  return {
    settings: { address, keyId, keySecret },
    secrets: accounts.map(({ secret }, index) => ({
      title: `user${index}@host${index}`,
      password: String(secret),
      past: index === 0 ? ['older'] : [],
    })),
    wrong: { settings: { keySecret: 'CANARY' }, code: 'secrets.not-authorised' },
    line: { port: Number(new URL(address).port), settings: (port) => ({ address: `http://127.0.0.1:${port}` }) },
    takeOut: () => accounts.splice(0, 1),
  };
});

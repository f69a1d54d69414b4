import { describeSecretSource } from '../../../../../test/support/describe-secret-source.ts';
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { type AccountKdf, bitwardenAccount } from '../../../../../test/support/bitwarden-account.ts';
import {
  type BitwardenServer,
  type ClearItem,
  realVaultwarden,
  standInBitwarden,
} from '../../../../../test/support/bitwarden-server.ts';
import { failure } from '../../../../../test/support/failures.ts';
import { everyPrintable, opened } from '../../../../../test/support/secrets.ts';
import { temporaryFolder } from '../../../../../test/support/temporary-folder.ts';
import { needs } from '../../../../../test/support/tools.ts';
import { systemClock } from '../../../../base/clock.ts';
import { instanceKeyFrom } from '../../../../store/instance-key.ts';
import { memoryStore } from '../../../../store/store.ts';
import { judgeCompleteness } from '../../completeness.ts';
import { openSecretSource } from '../../kinds.ts';
import type { SecretRecord } from '../../secret-record.ts';
import { openVault } from '../../vault/vault.ts';

const password = `master ${everyPrintable} ü🔑`;
const quick: AccountKdf = { kdf: 0, kdfIterations: 100_000 };
const items: ClearItem[] = [
  {
    type: 1,
    name: 'db01',
    folder: 'Servers/Databases',
    notes: 'two\nlines',
    login: {
      username: 'root',
      password: everyPrintable,
      totp: 'JBSWY3DPEHPK3PXP',
      uris: [
        { uri: 'https://db01', match: null },
        { uri: 'https://db01.old', match: null },
      ],
    },
    fields: [
      { name: 'PIN', value: '0000', type: 1 },
      { name: 'rack', value: 'B7', type: 0 },
    ],
    passwordHistory: [{ password: 'before', lastUsedDate: '2026-01-15T00:00:00.000Z' }],
    files: { 'ca.pem': 'a certificate', empty: '' },
  },
  { type: 1, name: 'switch', isShared: true, hasOwnKey: true, login: { username: 'admin', password: 'shared' } },
  { type: 2, name: 'note', notes: 'only text', secureNote: { type: 0 } },
  { type: 3, name: 'card', card: { number: '4111', code: '123', brand: 'Visa' } },
  {
    type: 5,
    name: 'key',
    sshKey: { privateKey: 'PRIVATE', publicKey: 'ssh-ed25519 AAAA', keyFingerprint: 'SHA256:x' },
  },
  { type: 1, name: 'gone', isDeleted: true, login: { username: 'old', password: 'trash' } },
];

type Settings = Record<string, unknown>;

async function read(
  server: BitwardenServer,
  changes: Settings = {},
): Promise<{ census: string[]; records: SecretRecord[] }> {
  const { address, clientId, clientSecret } = server;
  const vault = openVault(memoryStore(), instanceKeyFrom(Buffer.alloc(32, 1)), systemClock);
  const settings = { address, clientId, clientSecret, masterPassword: password, ...changes };
  const source = await openSecretSource('bitwarden', settings, { vault, clock: systemClock });
  const census = (await source.census()).ids;
  const records: SecretRecord[] = [];
  try {
    for await (const record of source.read()) records.push(record);
  } catch (error) {
    throw Object.assign(error as Error, { census, records });
  }
  return { census, records };
}

async function readsEverything(server: BitwardenServer): Promise<void> {
  const { census, records } = await read(server);
  assert.deepEqual(judgeCompleteness({ census, read: records.map(({ id }) => id) }).faults, []);
  const byTitle = new Map(records.map((record) => [record.title, record]));
  assert.deepEqual([...byTitle.keys()].sort(), ['card', 'db01', 'key', 'note', 'switch']);
  const db = byTitle.get('db01');
  assert.deepEqual([db?.groups, db?.username, db?.url], [['Servers', 'Databases'], 'root', 'https://db01']);
  assert.equal(db?.password.reveal(), everyPrintable);
  assert.match(db?.totp?.reveal() ?? '', /^otpauth:\/\/totp\/.*secret=JBSWY3DPEHPK3PXP/);
  assert.deepEqual(opened(db?.fields), [
    { name: 'URL 2', value: 'revealed:https://db01.old', isProtected: false },
    { name: 'PIN', value: 'revealed:0000', isProtected: true },
    { name: 'rack', value: 'revealed:B7', isProtected: false },
  ]);
  assert.deepEqual(
    db?.history.map((past) => past.password.reveal()),
    ['before'],
  );
  assert.deepEqual(
    db?.attachments.map(({ name, bytes }) => [name, bytes.toString()]),
    [
      ['ca.pem', 'a certificate'],
      ['empty', ''],
    ],
  );
  const shared = byTitle.get('switch');
  assert.deepEqual([shared?.groups, shared?.password.reveal()], [['Ops team', 'Network', 'Switches'], 'shared']);
  assert.equal(byTitle.get('note')?.notes.reveal(), 'only text');
  assert.equal(byTitle.get('key')?.attachments[0]?.bytes.toString(), 'PRIVATE');
  const withTrash = await read(server, { includeRecycled: true });
  assert.equal(withTrash.records.length, 6);
  await assert.rejects(read(server, { masterPassword: 'wrong' }), failure('secrets.wrong-master-password'));
}

test('what was archived is read as well, and says so', async (context) => {
  const account = bitwardenAccount('orbit@example.org', password, quick);
  const login = { username: 'root', password: 'kept' };
  const server = await standInBitwarden(context, account, [
    { type: 1, name: 'put away', isArchived: true, login },
    { type: 1, name: 'in use', login },
  ]);
  const { census, records } = await read(server);
  assert.equal(census.length, 2);
  assert.deepEqual(
    records.map(({ title, tags }) => [title, tags]),
    [
      ['put away', ['archived']],
      ['in use', []],
    ],
  );
});

const kdfs: [string, AccountKdf][] = [
  ['PBKDF2', quick],
  ['Argon2id', { kdf: 1, kdfIterations: 2, kdfMemory: 16, kdfParallelism: 2 }],
];
for (const [name, kdf] of kdfs) {
  const account = bitwardenAccount('Orbit@Example.org', password, kdf);
  test(`bitwarden reads items, collections and files of an account with ${name} (stand-in)`, async (context) => {
    await readsEverything(await standInBitwarden(context, account, items));
  });
  test(
    `bitwarden reads items, collections and files of an account with ${name} (a real Vaultwarden)`,
    needs('vaultwarden'),
    async (context: TestContext) => {
      await readsEverything(await realVaultwarden(context, await temporaryFolder(context), account, items));
    },
  );
}

const account = bitwardenAccount('orbit@example.org', password, quick);

test('neither the master password nor anything made of it leaves this machine', async (context) => {
  const server = await standInBitwarden(context, account, items);
  await read(server);
  const sent = server.calls.map(({ body, headers }) => body + JSON.stringify(headers)).join('\n');
  for (const part of [account.passwordHash, encodeURIComponent(account.passwordHash), 'master', 'asswordHash']) {
    assert.ok(!sent.includes(part), part);
  }
  const devices = server.calls.flatMap(({ body }) => new URLSearchParams(body).get('deviceIdentifier') ?? []);
  await read(server);
  assert.deepEqual(new Set(devices).size, 1, 'the server sees one device, not a new one in every run');
});

test('an item that does not open, a file that is denied and a key that is gone are named, and the others are read', async (context) => {
  const server = await standInBitwarden(context, account, items);
  const [db, shared] = server.ciphers as [Record<string, unknown>, Record<string, unknown>];
  const [file] = db['attachments'] as [{ id: string }];
  shared['name'] = String(shared['name']).replace(/\|.{4}/, '|AAAA');
  server.refuse.set(`GET /api/ciphers/${String(db['id'])}/attachment/${file.id}`, 403);
  await assert.rejects(read(server), (error: Error & { records: SecretRecord[]; census: string[] }) => {
    assert.equal(error.records.length, 4, 'what can be read comes first');
    const { missing } = judgeCompleteness({ census: error.census, read: error.records.map(({ id }) => id) });
    assert.deepEqual(missing, [shared['id']]);
    assert.match(error.message, new RegExp(`${String(shared['id'])}`));
    assert.match(error.message, new RegExp(`a file of ${String(db['id'])}`));
    return failure('secrets.unreadable', /2 secrets/)(error);
  });
});

test('a sync that fails or is of another shape reads nothing', async (context) => {
  const server = await standInBitwarden(context, account, items);
  server.refuse.set('GET /api/sync', 500);
  await assert.rejects(read(server), failure('secrets.refused', /\/api\/sync: status 500/));
  server.refuse.clear();
  server.ciphers.push({ id: '' });
  await assert.rejects(read(server), failure('secrets.strange-answer', /sync/));
});

test('a server that asks for a key derivation beyond reason is refused', async (context) => {
  const greedy = { ...account, kdf: { kdf: 1, kdfIterations: 3, kdfMemory: 100_000, kdfParallelism: 4 } as const };
  const server = await standInBitwarden(context, greedy, items);
  await assert.rejects(read(server), failure('secrets.bitwarden-keys', /100000 MiB/));
});

describeSecretSource('bitwarden', { skip: false }, async (context) => {
  const server = await standInBitwarden(context, account, items);
  const { address, clientId, clientSecret } = server;
  return {
    settings: { address, clientId, clientSecret, masterPassword: password },
    secrets: [
      { title: 'db01', password: everyPrintable, past: ['before'] },
      { title: 'switch', password: 'shared' },
      { title: 'note', password: '' },
      { title: 'card', password: '' },
      { title: 'key', password: '' },
    ],
    wrong: { settings: { clientSecret: 'CANARY' }, code: 'secrets.not-authorised' },
    line: {
      port: Number(new URL(address).port),
      settings(port) {
        // Its links to files lead over the line too.
        server.address = `http://127.0.0.1:${port}`;
        return { address: server.address };
      },
    },
    takeOut: () => server.ciphers.splice(0, 1),
  };
});

import { describeSecretSource } from '../../../../../test/support/describe-secret-source.ts';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { type BaoServer, fakeBao, realBao } from '../../../../../test/support/bao-server.ts';
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

// The policy that the manual recommends: what it grants must be enough.
const manual = readFileSync(new URL('../../../../../docs/sources/secrets.md', import.meta.url), 'utf8');
const leastPrivilege = /```hcl\n([^`]+)```/.exec(manual)?.[1] ?? '';

async function read(settings: unknown): Promise<{ records: SecretRecord[]; census: string[] }> {
  const vault = openVault(memoryStore(), instanceKeyFrom(Buffer.alloc(32, 1)), systemClock);
  const source = await openSecretSource('openbao', settings, { vault, clock: systemClock });
  try {
    const { ids } = await source.census();
    const records: SecretRecord[] = [];
    for await (const record of source.read()) records.push(record);
    return { records, census: ids };
  } finally {
    await source.close();
  }
}

const byTitle = (records: SecretRecord[], title: string): SecretRecord => {
  const record = records.find((each) => each.title === title);
  assert.ok(record, `no record '${title}'`);
  return record;
};

async function seed({ call }: BaoServer): Promise<void> {
  await call('POST', 'secret/data/app/db', { data: { username: 'root', password: 'one' } });
  await call('POST', 'secret/data/app/db', { data: { username: 'root', password: 'two', port: 5432 } });
  await call('POST', 'secret/metadata/app/db', { custom_metadata: { owner: 'ops' } });
  await call('POST', 'secret/data/deleted', { data: { password: 'before' } });
  await call('DELETE', 'secret/data/deleted');
  await call('POST', 'secret/data/destroyed', { data: { password: 'x' } });
  await call('PUT', 'secret/destroy/destroyed', { versions: [1] });
  await call('POST', `secret/data/${['we ird', 'ü?#%&+x', '%2E'].map(encodeURIComponent).join('/')}`, {
    data: { password: everyPrintable, 'API key': 'k', nested: { a: [1, null] } },
  });
  await call('POST', 'sys/mounts/team/old', { type: 'kv', options: { version: '1' } });
  await call('POST', 'team/old/a/b', { login: 'u', pass: 'p1', url: 'https://x' });
}

async function readsEverything(server: BaoServer): Promise<void> {
  await seed(server);
  const { records, census } = await read({ address: server.address, token: 'root' });
  assert.deepEqual(judgeCompleteness({ census, read: records.map(({ id }) => id) }).faults, []);
  assert.equal(records.length, 5);
  const db = byTitle(records, 'db');
  assert.deepEqual(db.groups, ['secret', 'app']);
  assert.equal(db.password.reveal(), 'two');
  assert.deepEqual(
    db.history.map((past) => past.password.reveal()),
    ['one'],
  );
  assert.deepEqual(opened(db.fields), [
    { name: 'port', value: 'revealed:5432', isProtected: true },
    { name: 'metadata.owner', value: 'revealed:ops', isProtected: false },
  ]);
  assert.deepEqual(JSON.parse(db.attachments[0]?.bytes.toString() ?? ''), {
    username: 'root',
    password: 'two',
    port: 5432,
  });
  assert.deepEqual(byTitle(records, 'deleted').tags, ['deleted']);
  assert.deepEqual(byTitle(records, 'destroyed').tags, ['deleted']);
  const odd = byTitle(records, '%2E');
  assert.deepEqual(odd.groups, ['secret', 'we ird', 'ü?#%&+x']);
  assert.equal(odd.password.reveal(), everyPrintable);
  const old = byTitle(records, 'b');
  assert.deepEqual([old.groups, old.username, old.url], [['team/old', 'a'], 'u', 'https://x']);
}

async function readsWithTheManualsPolicy(server: BaoServer): Promise<void> {
  await server.call('POST', 'secret/data/a', { data: { password: 'x' } });
  await server.call('POST', 'secret/data/a', { data: { password: 'y' } });
  await server.call('POST', 'sys/auth/approle', { type: 'approle' });
  await server.call('POST', 'sys/policies/acl/orbit', { policy: leastPrivilege });
  await server.call('POST', 'auth/approle/role/orbit', { token_policies: ['orbit'] });
  const roleId = ((await server.call('GET', 'auth/approle/role/orbit/role-id'))['data'] as Record<string, string>)[
    'role_id'
  ];
  const { secret_id: secretId } = (await server.call('POST', 'auth/approle/role/orbit/secret-id'))['data'] as Record<
    string,
    string
  >;
  const { records } = await read({ address: server.address, roleId, secretId });
  assert.deepEqual(records[0]?.history.length, 1);
  await assert.rejects(
    read({ address: server.address, roleId, secretId: 'wrong' }),
    failure('secrets.not-authorised', /auth\/approle\/login/),
  );
}

async function readsNamespaces(server: BaoServer): Promise<void> {
  await server.call('POST', 'sys/namespaces/finance', {});
  await server.call('POST', 'sys/mounts/kv', { type: 'kv', options: { version: '2' } }, 'finance');
  await server.call('POST', 'kv/data/bank', { data: { password: 'in finance' } }, 'finance');
  await server.call('POST', 'secret/data/bank', { data: { password: 'in the root' } });
  const { records } = await read({ address: server.address, token: 'root', namespaces: ['', 'finance'] });
  assert.deepEqual(records.map(({ groups, password }) => `${groups.join('/')}: ${password.reveal()}`).sort(), [
    'finance/kv: in finance',
    'secret: in the root',
  ]);
}

async function namesWhatItMayNotRead(server: BaoServer): Promise<void> {
  await server.call('POST', 'secret/data/open', { data: { password: 'x' } });
  await server.call('POST', 'secret/data/locked', { data: { password: 'y' } });
  await server.call('POST', 'sys/policies/acl/half', {
    policy: `path "secret/metadata/*" { capabilities = ["read", "list"] }
path "secret/data/open" { capabilities = ["read"] }`,
  });
  const created = await server.call('POST', 'auth/token/create', { policies: ['half'], no_default_policy: true });
  const token = (created['auth'] as Record<string, string>)['client_token'];
  const vault = openVault(memoryStore(), instanceKeyFrom(Buffer.alloc(32, 1)), systemClock);
  const settings = { address: server.address, token, mounts: ['secret'] };
  const source = await openSecretSource('openbao', settings, { vault, clock: systemClock });
  const titles: string[] = [];
  await assert.rejects(
    async () => {
      for await (const { title } of source.read()) titles.push(title);
    },
    failure('secrets.unreadable', /1 secrets .*secret\/locked/),
  );
  assert.deepEqual(titles, ['open']);
}

const stories: [string, (server: BaoServer) => Promise<void>][] = [
  ['reads every secret of every KV mount with its past', readsEverything],
  ["reads with no more than the manual's policy, by AppRole", readsWithTheManualsPolicy],
  ['reads several namespaces', readsNamespaces],
  ['gives what it may read, then names what it may not', namesWhatItMayNotRead],
];

for (const [title, story] of stories) {
  test(`openbao ${title} (stand-in)`, async (context: TestContext) => await story(await fakeBao(context)));
  test(`openbao ${title} (the real server)`, needs('bao'), async (context: TestContext) => {
    await story(await realBao(context, await temporaryFolder(context)));
  });
}

test('a folder whose list fails ends the run', async (context) => {
  const server = await fakeBao(context);
  await server.call('POST', 'secret/data/a', { data: { password: 'x' } });
  await server.call('POST', 'secret/data/folder/b', { data: { password: 'y' } });
  await server.call('POST', 'sys/policies/acl/half', {
    policy: 'path "secret/data/*" { capabilities = ["read"] } path "secret/metadata/" { capabilities = ["list"] }',
  });
  const { auth } = await server.call('POST', 'auth/token/create', { policies: ['half'] });
  const { client_token: token } = auth as { client_token: string };
  await assert.rejects(
    read({ address: server.address, token }),
    failure('secrets.not-authorised', /secret\/metadata\/folder/),
  );
});

test('a token that Orbit got by AppRole is revoked afterwards', async (context) => {
  const server = await fakeBao(context);
  await readsWithTheManualsPolicy(server);
  assert.ok(server.calls.includes('POST /v1/auth/token/revoke-self'));
});

test('a sealed server, a page that is no API and a redirect each say what they are', async (context) => {
  const answering = async (status: number, body: string, headers = {}): Promise<string> => {
    const { createServer } = await import('node:http');
    const other = createServer((_request, response) => response.writeHead(status, headers).end(body));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    context.after(() => other.close());
    return `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
  };
  const from = async (address: string) => await read({ address, token: 't' });
  await assert.rejects(from(await answering(200, '<html>PASSWORD</html>')), (error: Error) => {
    assert.doesNotMatch(String(error), /PASSWORD/);
    return failure('secrets.bad-answer', /not JSON/)(error);
  });
  await assert.rejects(from(await answering(200, '{"data":[]}')), failure('secrets.strange-answer'));
  await assert.rejects(
    from(await answering(307, '', { location: 'http://elsewhere.example' })),
    failure('secrets.refused', /another server/),
  );
  await assert.rejects(
    from(await answering(503, '{"errors":["sealed"]}', { 'retry-after': '0' })),
    failure('secrets.refused', /sealed/),
  );
  await assert.rejects(from('http://127.0.0.1:1'), failure('secrets.unreachable', /127\.0\.0\.1:1/));
});

test('being asked to slow down (429) is obeyed, and nothing is lost', async (context) => {
  const server = await fakeBao(context);
  await server.call('POST', 'secret/data/a', { data: { password: 'x' } });
  const { createServer, request: send } = await import('node:http');
  let number = 0;
  const limited = createServer((request, response) => {
    number += 1;
    if (number % 2 === 1) response.writeHead(429, { 'retry-after': '0' }).end('{"errors":["slow"]}');
    else {
      const onward = send(server.address + request.url, { headers: request.headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 0);
        answer.pipe(response);
      });
      onward.end();
    }
  });
  await new Promise<void>((resolve) => limited.listen(0, '127.0.0.1', resolve));
  context.after(() => limited.close());
  const { records } = await read({
    address: `http://127.0.0.1:${(limited.address() as AddressInfo).port}`,
    token: 'root',
  });
  assert.equal(records.length, 1);
});

test('a private authority is trusted when it is given, and not otherwise', needs('openssl'), async (context) => {
  const folder = await temporaryFolder(context);
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=bao', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const files = ['-keyout', key, '-out', cert];
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', ...files, ...subject],
    {
      stdio: 'ignore',
    },
  );
  const options = { key: readFileSync(key), cert: readFileSync(cert) };
  const server = createHttpsServer(options, (_request, response) =>
    response.end('{"data":{"secret":{"kv/":{"type":"kv","options":{"version":"2"}}},"keys":[]}}'),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(() => server.close());
  const address = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await assert.rejects(read({ address, token: 't' }), failure('secrets.untrusted', /authority/));
  assert.deepEqual((await read({ address, token: 't', authority: readFileSync(cert, 'utf8') })).records, []);
});

test('settings that would send a credential in clear, or hold two ways to sign in, are refused', async () => {
  for (const settings of [
    { address: 'http://vault.example:8200', token: 't' },
    { address: 'https://user:pw@vault.example', token: 't' },
    { address: 'https://vault.example' },
    { address: 'https://vault.example', token: 't', roleId: 'r', secretId: 's' },
    { address: 'https://vault.example', roleId: 'r' },
    { address: 'https://vault.example', token: 't', tokn: 'typo' },
  ]) {
    await assert.rejects(read(settings), failure('config.invalid'), JSON.stringify(settings));
  }
});

const baos: [string, { skip: string | false }, (context: TestContext) => Promise<BaoServer>][] = [
  ['stand-in', { skip: false }, fakeBao],
  ['the real server', needs('bao'), async (context) => await realBao(context, await temporaryFolder(context))],
];
for (const [, requirements, startBao] of baos) {
  describeSecretSource('openbao', requirements, async (context) => {
    const { address, call } = await startBao(context);
    const put = (path: string, value: string): Promise<unknown> =>
      call('POST', `secret/data/${path}`, { data: { password: value } });
    for (const value of ['first', 'second', everyPrintable]) await put('odd', value);
    const logins = Array.from({ length: 8 }, (_, index) => `login-${index}`);
    for (const login of logins) await put(`folder/${login}`, `pw of ${login}`);
    return {
      settings: { address, token: 'root' },
      secrets: [
        { title: 'odd', password: everyPrintable, past: ['first', 'second'] },
        ...logins.map((title) => ({ title, password: `pw of ${title}` })),
      ],
      wrong: { settings: { token: 'CANARY' }, code: 'secrets.not-authorised' },
      line: { port: Number(new URL(address).port), settings: (port) => ({ address: `http://127.0.0.1:${port}` }) },
      takeOut: () => call('DELETE', 'secret/metadata/odd'),
    };
  });
}

import assert from 'node:assert/strict';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { makeCertificates } from '../../../test/support/certificates.ts';
import { cli } from '../../../test/support/cli.ts';
import { httpReceiver } from '../../../test/support/http-receiver.ts';
import { smtpServer } from '../../../test/support/smtp-server.ts';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { needs } from '../../../test/support/tools.ts';

const canary = 'canary p\\&!"é';

async function homeWithSecret(context: TestContext) {
  const home = await temporaryFolder(context);
  const files = await temporaryFolder(context);
  const secretFile = join(files, 'secret');
  await writeFile(secretFile, `${canary}\n`);
  const orbit = (...args: string[]) => cli(['channel', ...args], { home });
  return { home, files, secretFile, orbit };
}

test(
  'an email channel is added, tested, shown and removed, and its password appears nowhere',
  needs('aiosmtpd', 'openssl'),
  async (t) => {
    const { home, files, secretFile, orbit } = await homeWithSecret(t);
    const certificates = await makeCertificates(files);
    const server = await smtpServer(t, 'starttls', certificates, { user: 'orbit', password: canary });
    const place = ['--host', 'localhost', '--port', String(server.port), '--ca', certificates.caFile];
    const people = ['--from', 'orbit@example.org', '--to', 'a@example.org', 'b@example.org'];
    const login = ['--user', 'orbit', '--password-file', secretFile];
    const added = await orbit('add', 'email', 'ops', ...place, ...people, ...login);
    assert.equal(added.exitCode, 0, added.stderr);
    const tested = await orbit('test', 'ops');
    assert.equal(tested.exitCode, 0, tested.stderr);
    assert.match(
      tested.stdout,
      /connected to localhost.*\n.*TLSv1\.3.*\n.*signed in as orbit\n.*the server took the mail: 250/,
    );
    const [mail] = await server.received(1);
    assert.deepEqual(mail?.to, ['a@example.org', 'b@example.org']);
    assert.match(mail?.headers['subject'] ?? '', /Test message: ops$/);
    const shown = [await orbit('show', 'ops'), await orbit('show', 'ops', '--json'), await orbit('list', '--json')];
    for (const { stdout } of [added, tested, ...shown]) assert.doesNotMatch(stdout, /canary/);
    assert.match(shown[0]?.stdout ?? '', /Password +\[secret\]/);
    for (const name of await readdir(home)) {
      const bytes = await readFile(join(home, name));
      assert.ok(!bytes.includes('canary'), `${name} holds the password`);
    }
    assert.match((await orbit('list')).stdout, /^NAME.*\nops +email +on +0 +never\n$/);
    await cli(
      ['report', 'add', 'weekly', '--report', 'runs', '--schedule', 'every monday at 07:00', '--channel', 'ops'],
      {
        home,
      },
    );
    const watch = ['--url', 'http://127.0.0.1:1/', '--signing-secret-file', secretFile, '--never', 'settings.*'];
    await orbit('add', 'webhook', 'watch', ...watch);
    const removed = await orbit('remove', 'ops');
    assert.equal(removed.exitCode, 0);
    assert.match(removed.stdout, /^ops is removed.*\nThe report weekly went through it: orbit report set weekly /);
    assert.equal((await orbit('show', 'ops')).exitCode, 1);
    assert.match((await orbit('list')).stdout, /^watch +webhook +on +1 /m, 'the others are told of it');
  },
);

test('a test that fails says how far it came, and ends with exit code 1', async (t) => {
  const { secretFile, orbit } = await homeWithSecret(t);
  const receiver = await httpReceiver(t);
  await orbit('add', 'webhook', 'chat', '--url', receiver.url, '--signing-secret-file', secretFile);
  assert.equal((await orbit('test', 'chat', '--json')).exitCode, 0);
  receiver.status = 403;
  const { exitCode, stdout, stderr } = await orbit('test', 'chat');
  assert.equal(exitCode, 1);
  assert.match(stdout, /connected to .*\n.*answer 403: said the receiver\n.*failed:/);
  assert.match(stderr, /\[notify\.not-authorised\]/);
});

test('what cannot be a channel is refused by the name of its field, and nothing is stored', async (t) => {
  const { secretFile, orbit } = await homeWithSecret(t);
  const noRecipients = await orbit('add', 'email', 'ops', '--host', 'h', '--from', 'a@b.org');
  assert.match(noRecipients.stderr, /to: .*\[config\.invalid\]/s);
  const badPort = await orbit('add', 'email', 'ops', '--port', 'ssl');
  assert.equal(badPort.exitCode, 2);
  const noFile = await orbit('add', 'syslog', 'siem', '--servers', 'h', '--ca', `${secretFile}-none`);
  assert.match(noFile.stderr, /--ca: the file .* cannot be read/);
  const badEvent = await orbit('add', 'syslog', 'siem', '--servers', 'h', '--also', 'everything');
  assert.match(badEvent.stderr, /also.*\[config\.invalid\]/s);
  assert.equal((await orbit('list', '--json')).stdout, '[]\n');
});

test('every kind shows its own flags and an example, secrets only by file or question', async (t) => {
  const { orbit } = await homeWithSecret(t);
  for (const kind of ['email', 'syslog', 'webhook', 'ping', 'terminals']) {
    const { stdout, exitCode } = await orbit('add', kind, '--help');
    assert.equal(exitCode, 0);
    assert.match(stdout, new RegExp(`Example: orbit channel add ${kind} `));
    assert.doesNotMatch(stdout, /--(password|signing-secret|certificate-key) </);
  }
  const disabled = await orbit('disable', 'none');
  assert.match(disabled.stderr, /\[notify\.no-such-channel\]/);
});

test('a channel is changed: what is left out stays, and what a test message does not get through is not kept', async (t) => {
  const { home, secretFile, orbit } = await homeWithSecret(t);
  const [receiver, other] = [await httpReceiver(t), await httpReceiver(t)];
  await orbit('add', 'webhook', 'chat', '--url', receiver.url, '--signing-secret-file', secretFile);
  const shown = async () =>
    JSON.parse((await orbit('show', 'chat', '--json')).stdout) as {
      config: Record<string, unknown>;
      filter: Record<string, unknown>;
    };
  const set = (...args: string[]) => orbit('set', 'webhook', 'chat', ...args);
  assert.match((await orbit('set', 'email', 'chat', '--host', 'h')).stderr, /orbit channel set webhook chat/);

  const filtered = await set('--minimum-severity', 'error', '--also', 'backup.performed');
  assert.equal(filtered.exitCode, 0, filtered.stderr);
  assert.deepEqual((await shown()).filter, {
    minimumSeverity: 'error',
    also: ['backup.performed'],
    never: [],
    kinds: [],
  });
  assert.equal((await set('--unset', 'minimum-severity', 'also')).exitCode, 0);
  assert.deepEqual((await shown()).filter, { minimumSeverity: 'notice', also: [], never: [], kinds: [] });
  assert.deepEqual(receiver.requests, [], 'what it is told needs no test message');

  assert.match((await set('--url', other.url)).stderr, /Signing secret[^]*config\.secret-needed/);
  other.status = 403;
  assert.match(
    (await set('--url', other.url, '--signing-secret-file', secretFile)).stderr,
    /\[notify\.not-authorised\]/,
  );
  assert.equal((await shown()).config['url'], receiver.url);
  other.status = 204;
  const moved = await set('--url', other.url, '--signing-secret-file', secretFile);
  assert.match(moved.stdout, /^chat is changed; a test message went through it/);
  assert.equal((await shown()).config['url'], other.url);
  const untested = await set('--authorization-file', secretFile, '--no-test', '--json');
  assert.equal(JSON.parse(untested.stdout).config.authorization, '[secret]', untested.stdout);
  assert.equal(other.requests.length, 2);
  assert.equal((await set('--unset', 'authorization')).exitCode, 0);
  assert.equal((await shown()).config['authorization'], undefined);
  const trail = await cli(['audit', 'list', '--json'], { home });
  assert.match(trail.stdout, /orbit channel set webhook/);
  assert.doesNotMatch(trail.stdout, /canary/);
});

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, after, before, test } from 'node:test';
import { describeBackend, listAll } from '../../../test/support/describe-backend.ts';
import { failure } from '../../../test/support/failures.ts';
import { openLine } from '../../../test/support/line.ts';
import { onlyRoot, smallDisk } from '../../../test/support/small-disk.ts';
import { type SshServer, startSshServer } from '../../../test/support/ssh-server.ts';
import { needs } from '../../../test/support/tools.ts';
import { isRetryable } from '../retrying.ts';
import { openSshConnection } from '../ssh/connection.ts';
import { type SshKeyPair, createSshKeyPair } from '../ssh/key-pair.ts';
import { makeSftpFolder } from './make-sftp-folder.ts';
import { type SftpSettings, openSftpBackend } from './sftp-backend.ts';

const tools = needs('ssh', 'sshd');
let server: SshServer;
let key: SshKeyPair;
let places = 0;

before(async () => {
  if (tools.skip) return;
  server = await startSshServer();
  key = await createSshKeyPair('ed25519', 'orbit');
  await server.authorize(key.publicLine);
});
after(() => server?.stop());

async function settingsFor(
  context: TestContext,
  options: Partial<SftpSettings> = {},
  port = server.port,
): Promise<SftpSettings> {
  places += 1;
  const path = options.path ?? join(server.folder, `place ${places}`);
  const location = `sftp://${server.host}${path}`;
  const connection = await openSshConnection(
    { ...server, port, key, aliveIntervalSeconds: 1, connectTimeoutSeconds: 2 },
    location,
  );
  context.after(() => connection.close());
  return { timeoutSeconds: 5, ...options, location, connection, path };
}

async function open(context: TestContext, options: Partial<SftpSettings> = {}, port = server.port) {
  const settings = await settingsFor(context, options, port);
  await makeSftpFolder(settings);
  const backend = await openSftpBackend(settings);
  context.after(() => backend.close());
  return { backend, path: settings.path };
}

describeBackend('sftp', async (context) => (await open(context)).backend, tools);

test(
  'an SFTP path may have any printable character, and nobody else may read what lies there',
  tools,
  async (context) => {
    const { backend, path } = await open(context, { path: join(server.folder, `a b'c"d$e;f*g[h]\\i\`j ü 日 -rf`) });
    await backend.save('data/a', Buffer.from('x'));
    assert.equal((await stat(join(path, 'data/a'))).mode & 0o777, 0o600);
    assert.equal((await stat(join(path, 'data'))).mode & 0o777, 0o700);
    assert.deepEqual(await readdir(join(path, 'data')), ['a']);
    assert.ok(Math.abs((await backend.modifiedAt('data/a')).getTime() - Date.now()) < 60_000);
  },
);

test('old leftovers are swept, young ones and foreign files stay unlisted', tools, async (context) => {
  const { backend, path } = await open(context);
  for (const name of ['old~0123456789ab', 'young~0123456789ab', 'some body']) await writeFile(join(path, name), 'half');
  const longAgo = new Date(Date.now() - 2 * 86_400_000);
  for (const name of ['old~0123456789ab', 'some body']) await utimes(join(path, name), longAgo, longAgo);
  assert.deepEqual(await listAll(backend), []);
  assert.deepEqual((await readdir(path)).sort(), ['some body', 'young~0123456789ab']);
});

test('a full disk, a read-only one and a vanished folder say so over SFTP', {
  ...tools,
  ...onlyRoot,
}, async (context) => {
  const disk = await smallDisk(context, '2m');
  const { backend } = await open(context, { path: disk.path });
  await backend.save('one', Buffer.alloc(1_000_000));
  await assert.rejects(backend.save('two', Buffer.alloc(3_000_000)), failure('backend.no-space'));
  assert.deepEqual(await readdir(disk.path), ['one']);
  await disk.remountReadOnly();
  await assert.rejects(backend.save('three', Buffer.from('x')), failure('backend.read-only'));
  const gone = await open(context);
  await gone.backend.save('a', Buffer.from('x'));
  await rm(gone.path, { recursive: true });
  await assert.rejects(gone.backend.save('data/b', Buffer.from('x')), failure('backend.place-missing'));
  await assert.rejects(gone.backend.load('a'), failure('backend.place-missing'));
  await assert.rejects(listAll(gone.backend), failure('backend.place-missing'));
  await assert.rejects(stat(gone.path));
});

test('a killed server ends what is under way, and the next call connects anew', tools, async (context) => {
  const line = await openLine(server.port);
  context.after(() => line.stop());
  const { backend } = await open(context, {}, line.port);
  const bytes = randomBytes(24 * 1024 * 1024);
  line.afterBytes(4 * 1024 * 1024, () => server.kill());
  const saving = backend.save('big', bytes);
  await assert.rejects(saving, failure('backend.unreachable'));
  await server.restart();
  assert.deepEqual(await listAll(backend), []);
  await backend.save('big', bytes);
  assert.ok((await backend.load('big')).equals(bytes));
});

test('a server that stands still is given up over SFTP', tools, async (context) => {
  const { backend } = await open(context, { timeoutSeconds: 1 });
  await backend.save('a', Buffer.from('x'));
  server.freeze();
  await assert.rejects(backend.load('a'), (error) => isRetryable(error));
  server.thaw();
});

test('a key that is tied to another command, or a server without SFTP, is no SFTP', tools, async (context) => {
  context.after(() => server.authorize(key.publicLine));
  await server.authorize(`restrict,command="echo hello, this is no SFTP server" ${key.publicLine}`);
  const { connection, ...settings } = await settingsFor(context);
  await assert.rejects(
    openSftpBackend({ ...settings, connection }).then((backend) => backend.stat('a')),
    failure('backend.protocol', /hello/),
  );
});

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, after, before, test } from 'node:test';
import { describeBackend, listAll } from '../../../test/support/describe-backend.ts';
import { failure } from '../../../test/support/failures.ts';
import { onlyRoot, smallDisk } from '../../../test/support/small-disk.ts';
import { type SshServer, startSshServer } from '../../../test/support/ssh-server.ts';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { needs } from '../../../test/support/tools.ts';
import { openSshConnection } from '../ssh/connection.ts';
import type { ProvingBackend } from '../abilities.ts';
import { hostKeyFrom } from '../ssh/host-key.ts';
import { type SshKeyPair, createSshKeyPair } from '../ssh/key-pair.ts';
import { isRetryable } from '../retrying.ts';
import { verifiedBackend } from '../verified.ts';
import { makeRsyncFolder } from './make-rsync-folder.ts';
import { type RsyncSettings, openRsyncBackend } from './rsync-backend.ts';

const tools = needs('rsync', 'ssh', 'sshd');
const withRrsync = needs('rsync', 'ssh', 'sshd', 'rrsync', 'flock');
let server: SshServer;
let key: SshKeyPair;
let otherKey: SshKeyPair;
let places = 0;

before(async () => {
  if (tools.skip) return;
  server = await startSshServer();
  key = await createSshKeyPair('ed25519', 'orbit');
  otherKey = await createSshKeyPair('rsa', 'orbit');
  await server.authorize(key.publicLine);
});

after(() => server?.stop());

/** A place on the server, and how to get there. */
async function place(
  context: TestContext,
  options: Partial<RsyncSettings> & { key?: SshKeyPair; name?: string; target?: Partial<SshServer> } = {},
): Promise<RsyncSettings> {
  places += 1;
  const path = options.path ?? join(server.folder, options.name ?? `place ${places}`);
  const target = {
    ...server,
    ...options.target,
    key: options.key ?? key,
    aliveIntervalSeconds: 1,
    connectTimeoutSeconds: 2,
  };
  const location = `rsync://${server.host}${path}`;
  const connection = await openSshConnection(target, location);
  context.after(() => connection.close());
  return { timeoutSeconds: 3, spoolFolder: await temporaryFolder(context), ...options, location, connection, path };
}

async function open(context: TestContext, options: Parameters<typeof place>[1] = {}): Promise<ProvingBackend> {
  const settings = await place(context, options);
  await makeRsyncFolder(settings);
  const backend = await openRsyncBackend(settings);
  context.after(() => backend.close());
  return backend;
}

describeBackend('rsync', (context) => open(context), tools);

const exactlyAsWritten = `a b'c"d$e;f*g[h]\\i\`j ü 日 $(touch x) -rf`;
test('a remote path may have any printable character', tools, async (context) => {
  const backend = await open(context, { name: exactlyAsWritten });
  await backend.save('data/a', Buffer.from('x'));
  assert.deepEqual(await listAll(backend), [{ key: 'data/a', size: 1 }]);
  assert.equal((await backend.load('data/a')).toString(), 'x');
  await backend.remove('data/a');
  assert.ok((await readdir(server.folder)).includes(exactlyAsWritten));
});

test('an RSA key of Orbit’s own opens the door as well', tools, async (context) => {
  await server.authorize(otherKey.publicLine);
  context.after(() => server.authorize(key.publicLine));
  const backend = await open(context, { key: otherKey });
  await backend.save('a', Buffer.from('x'));
});

test(
  'an unknown key, a changed host key, a closed port and an unknown host each say what is wrong',
  tools,
  async (context) => {
    const save = async (options: Parameters<typeof place>[1]) =>
      (await openRsyncBackend(await place(context, options))).save('a', Buffer.from('x'));
    await assert.rejects(save({ key: otherKey }), failure('backend.auth', /authorized_keys/));
    const stranger = hostKeyFrom((await createSshKeyPair('ed25519', 'x')).publicLine);
    await assert.rejects(save({ target: { hostKey: stranger } }), failure('backend.host-key-changed', /fingerprint/));
    await assert.rejects(save({ target: { port: 1 } }), failure('backend.unreachable'));
    await assert.rejects(save({ target: { host: 'no-such-host.invalid' } }), failure('backend.unreachable'));
    for (const target of [
      { host: '-oProxyCommand=x' },
      { host: 'a b' },
      { user: '-l' },
      { user: 'a b' },
      { port: 0 },
    ]) {
      await assert.rejects(save({ target }), failure('backend.bad-address'));
    }
  },
);

test('a folder that vanished is not made anew', tools, async (context) => {
  const settings = await place(context);
  await mkdir(settings.path);
  const backend = await openRsyncBackend(settings);
  context.after(() => backend.close());
  await backend.save('a', Buffer.from('x'));
  await rm(settings.path, { recursive: true });
  await assert.rejects(backend.save('b', Buffer.from('x')), failure('backend.place-missing'));
  await assert.rejects(backend.load('a'), failure('backend.place-missing'));
  await assert.rejects(listAll(backend), failure('backend.place-missing'));
  assert.ok(!(await readdir(server.folder)).includes(settings.path.split('/').at(-1) ?? ''));
  const deep = await place(context, { path: `${settings.path}/too/deep` });
  await assert.rejects(makeRsyncFolder(deep), failure('backend.place-missing'));
});

test('a full disk over there says so, keeps what was whole, and takes more when there is room', {
  ...tools,
  ...onlyRoot,
}, async (context) => {
  const disk = await smallDisk(context, '2m');
  const backend = await openRsyncBackend(await place(context, { path: disk.path }));
  context.after(() => backend.close());
  await backend.save('one', Buffer.alloc(1_000_000));
  await assert.rejects(backend.save('two', Buffer.alloc(3_000_000)), failure('backend.no-space'));
  assert.deepEqual(await listAll(backend), [{ key: 'one', size: 1_000_000 }]);
  await backend.remove('one');
  await backend.save('two', Buffer.alloc(1_000_000));
  await disk.remountReadOnly();
  await assert.rejects(backend.save('three', Buffer.from('x')), failure('backend.read-only'));
});

test(
  'a key that may only write stores and proves, but neither reads nor deletes; a second key reads',
  withRrsync,
  async (context) => {
    const folder = join(server.folder, 'append only');
    await mkdir(folder);
    const forced = (options: string, line: string) =>
      `restrict,command="/usr/bin/rrsync ${options} '${folder}'" ${line}`;
    await server.authorize(forced('-wo -no-del', key.publicLine), forced('-ro', otherKey.publicLine));
    context.after(() => server.authorize(key.publicLine));
    const reader = await place(context, { path: '.', key: otherKey });
    const alone = verifiedBackend(await openRsyncBackend(await place(context, { path: '.' })));
    context.after(() => alone.close());
    await alone.save('data/a', Buffer.from('x'));
    await assert.rejects(alone.load('data/a'), failure('backend.permission', /key/));
    await assert.rejects(alone.remove('data/a'), failure('backend.permission'));
    await assert.rejects(listAll(alone), failure('backend.permission'));
    const both = await openRsyncBackend({
      ...(await place(context, { path: '.' })),
      readConnection: reader.connection,
    });
    context.after(() => both.close());
    assert.deepEqual(await listAll(both), [{ key: 'data/a', size: 1 }]);
    assert.equal((await both.load('data/a')).toString(), 'x');
    assert.equal(await both.provesEqual('data/a', Buffer.from('x')), true);
    assert.equal(await both.provesEqual('data/a', Buffer.from('y')), false);
    assert.equal(await both.provesEqual('data/b', Buffer.from('y')), false);
    const onlyReader = await openRsyncBackend(reader);
    await assert.rejects(onlyReader.save('data/b', Buffer.from('x')), failure('backend.permission'));
  },
);

test('an object damaged over there is found by a run that fetches nothing', tools, async (context) => {
  const settings = await place(context);
  await makeRsyncFolder(settings);
  const backend = await openRsyncBackend(settings);
  context.after(() => backend.close());
  const bytes = randomBytes(100_000);
  await backend.save('data/a', bytes);
  assert.equal(await backend.provesEqual('data/a', bytes), true);
  const damaged = Buffer.from(bytes);
  damaged[50_000] = (damaged[50_000] ?? 0) ^ 1;
  await writeFile(join(settings.path, 'data/a'), damaged);
  assert.equal(await backend.provesEqual('data/a', bytes), false);
});

test('no rsync over there, and one that lets one in at a time, say so', withRrsync, async (context) => {
  const folder = join(server.folder, 'one at a time');
  await mkdir(folder);
  context.after(() => server.authorize(key.publicLine));
  await server.authorize(`restrict,command="/nonexistent/rsync" ${key.publicLine}`);
  const none = await openRsyncBackend(await place(context, { path: '.' }));
  await assert.rejects(none.save('a', Buffer.from('x')), failure('backend.far-program-missing'));
  await server.authorize(`restrict,command="/usr/bin/rrsync '${folder}'" ${key.publicLine}`);
  const holder = spawn('flock', ['-x', folder, 'sh', '-c', 'echo held; exec sleep 60'], {
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  });
  context.after(() => process.kill(-(holder.pid ?? 0), 'SIGKILL'));
  await new Promise((resolve) => holder.stdout.once('data', resolve));
  const busy = await openRsyncBackend(await place(context, { path: '.' }));
  await assert.rejects(busy.save('a', Buffer.from('x')), failure('backend.in-use'));
  await server.authorize(`restrict,command="/usr/bin/rrsync '${folder}/gone'" ${key.publicLine}`);
  const gone = await openRsyncBackend(await place(context, { path: '.' }));
  await assert.rejects(gone.save('a', Buffer.from('x')), failure('backend.place-missing'));
});

test(
  'where one rsync is let in at a time, much that is asked for at once arrives all the same',
  withRrsync,
  async (context) => {
    const folder = join(server.folder, 'one after another');
    await mkdir(folder);
    context.after(() => server.authorize(key.publicLine));
    await server.authorize(`restrict,command="/usr/bin/rrsync '${folder}'" ${key.publicLine}`);
    const backend = await openRsyncBackend(await place(context, { path: '.' }));
    context.after(() => backend.close());
    const keys = Array.from({ length: 1200 }, (_, index) => `data/${index % 8}/${index}`);
    await Promise.all(keys.map((name) => backend.save(name, Buffer.from(name))));
    const loaded = await Promise.all(keys.map((name) => backend.load(name)));
    assert.deepEqual(loaded.map(String), keys);
    assert.equal((await readdir(folder, { recursive: true })).length, keys.length + 9);
    const inMemory = (await readdir('/dev/shm')).filter((name) => name.startsWith(`orbit-rsync-${process.pid}-`));
    assert.deepEqual(inMemory, [], 'nothing of them stays in memory');
  },
);

test('a server killed in the middle leaves nothing half, and the next try completes', tools, async (context) => {
  const settings = await place(context, { bandwidthLimitKib: 2048 });
  await makeRsyncFolder(settings);
  const backend = await openRsyncBackend(settings);
  context.after(() => backend.close());
  const bytes = randomBytes(3 * 1024 * 1024);
  const saving = backend.save('big', bytes);
  // rsync's temporary name appears once data flows.
  const flowing = async () => (await readdir(settings.path)).some((name) => name.startsWith('.big.'));
  while (!(await flowing())) await new Promise((resolve) => setTimeout(resolve, 5));
  server.kill();
  await assert.rejects(saving, failure('backend.unreachable'));
  await server.restart();
  assert.deepEqual(await listAll(backend), []);
  await backend.save('big', bytes);
  assert.ok((await backend.load('big')).equals(bytes));
});

test('a server that stands still is given up', tools, async (context) => {
  const settings = await place(context, { timeoutSeconds: 1 });
  await makeRsyncFolder(settings);
  const backend = await openRsyncBackend(settings);
  context.after(() => backend.close());
  server.freeze();
  await assert.rejects(backend.save('a', Buffer.from('x')), (error) => isRetryable(error));
  server.thaw();
});

test(
  'parts are cut from a fetched object, which is forgotten above the limit and when it changes',
  tools,
  async (context) => {
    const settings = await place(context, { maxKeptBytes: 150_000 });
    await makeRsyncFolder(settings);
    const backend = await openRsyncBackend(settings);
    context.after(() => backend.close());
    const objects = [randomBytes(100_000), randomBytes(100_000)] as const;
    await Promise.all(objects.map((bytes, index) => backend.save(`data/${index}`, bytes)));
    const parts = await Promise.all(
      Array.from({ length: 40 }, (_, part) => backend.load(`data/${part % 2}`, { offset: part * 1000, length: 1000 })),
    );
    for (const [part, bytes] of parts.entries()) {
      assert.ok(bytes.equals(objects[(part % 2) as 0 | 1].subarray(part * 1000, part * 1000 + 1000)), String(part));
    }
    await backend.save('data/1', Buffer.from('0123456789'), { ifExists: 'replace' });
    assert.equal((await backend.load('data/1', { offset: 4, length: 2 })).toString(), '45');
  },
);

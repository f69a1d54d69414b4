import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { type TestContext, after, before, test } from 'node:test';
import { describeBackend, listAll } from '../../../test/support/describe-backend.ts';
import { failure } from '../../../test/support/failures.ts';
import { openLine } from '../../../test/support/line.ts';
import { freePort } from '../../../test/support/ports.ts';
import { onlyRoot, smallDisk } from '../../../test/support/small-disk.ts';
import { type SmbServer, startSmbServer } from '../../../test/support/smb-server.ts';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { needs } from '../../../test/support/tools.ts';
import type { Failure } from '../../base/failure.ts';
import { SecretString } from '../../base/secret-string.ts';
import { isRetryable } from '../retrying.ts';
import { makeSmbFolder, openSmbBackend } from './smb-backend.ts';
import { parseListing } from './smb-replies.ts';
import type { SmbSettings } from './smb-settings.ts';

const programs = needs('smbd', 'smbclient', 'smbpasswd', 'stdbuf', 'setsid');
const tools = { skip: programs.skip || (onlyRoot.skip && 'only root may make the user of the server') };
let server: SmbServer;
let places = 0;

before(async () => {
  if (!tools.skip) server = await startSmbServer();
});
after(() => server?.stop());

async function settingsFor(context: TestContext, options: Partial<SmbSettings> = {}): Promise<SmbSettings> {
  places += 1;
  const { host, port, user } = server;
  const path = `/backup/place ${places} ü 日`;
  const password = new SecretString(server.password);
  const spoolFolder = await temporaryFolder(context);
  const settings = { host, port, user, path, password, spoolFolder, encrypt: true, timeoutSeconds: 5, ...options };
  return { ...settings, location: `smb://${host}${settings.path}` };
}

async function open(context: TestContext, options: Partial<SmbSettings> = {}) {
  const settings = await settingsFor(context, options);
  await makeSmbFolder(settings);
  const backend = await openSmbBackend(settings);
  context.after(() => backend.close());
  return { backend, folder: join(server.folderOf('backup'), settings.path.slice('/backup/'.length)), settings };
}

describeBackend('smb', async (context) => (await open(context)).backend, tools);

test('any printable character may be in a CIFS password', tools, async (context) => {
  const initial = server.password;
  context.after(() => server.setPassword(initial));
  const passwords = [
    String.raw`p\a&b!c,d"e f ü€`,
    ' leading',
    'trailing ',
    ',leading comma',
    'double,,comma',
    'trailing,',
    '#hash',
    'per%cent',
    'eq=ual',
    "single'quote",
    'double"quote',
    '$HOME `id` $(id)',
    'back\\slash\\',
    '密码日本語',
    '🔑 emoji',
    'x'.repeat(128),
    'é'.repeat(60),
    String.raw`!"#$%&'()*+,-./:;<=>?@[\]^_{|}~` + '`',
    'tab\there',
    '-p 445',
  ];
  for (const password of passwords) {
    await server.setPassword(password);
    const settings = await settingsFor(context, { path: '/backup' });
    const backend = await openSmbBackend(settings);
    assert.ok(((await backend.freeBytes()) ?? 0) > 0, password);
    await backend.close();
  }
  for (const password of ['', 'line\nbreak', 'nul\0', 'x'.repeat(129)]) {
    const settings = await settingsFor(context, { password: new SecretString(password) });
    await assert.rejects(openSmbBackend(settings), failure('backend.bad-address'));
  }
});

test('what smbclient would misread is refused before it is started', tools, async (context) => {
  for (const wrong of [
    { user: 'a%b' },
    { user: 'D\\a' },
    { user: '' },
    { host: '-x' },
    { domain: 'a/b' },
    { path: '/' },
    { path: '/backup/a"b' },
    { path: '/backup/../x' },
    { path: '/back*up' },
  ]) {
    const settings = await settingsFor(context, wrong);
    await assert.rejects(openSmbBackend(settings), failure('backend.bad-address'), JSON.stringify(wrong));
  }
});

test('nothing of the password is seen by other users of the machine', tools, async (context) => {
  const { backend } = await open(context);
  await backend.save('a', Buffer.from('x'));
  const { readFileSync, readdirSync } = await import('node:fs');
  const lines = readdirSync('/proc').flatMap((pid) => {
    try {
      return /^\d+$/.test(pid) ? [readFileSync(`/proc/${pid}/cmdline`, 'utf8')] : [];
    } catch {
      return [];
    }
  });
  assert.ok(lines.some((line) => line.includes('smbclient') && line.includes(String(server.port))));
  assert.ok(!lines.some((line) => line.includes(server.password)));
});

test('leftovers are swept when they are old; young ones and foreign files stay unlisted', tools, async (context) => {
  const { backend, folder } = await open(context);
  const longAgo = new Date(Date.now() - 2 * 86_400_000);
  const names = ['incoming~/object~0123456789ab', 'incoming~/object~ba9876543210', 'some body NT_STATUS_X'];
  await mkdir(join(folder, 'incoming~'));
  await server.own(join(folder, 'incoming~'));
  for (const name of names) {
    await writeFile(join(folder, name), 'half');
    await server.own(join(folder, name));
    if (!name.endsWith('ba9876543210')) await utimes(join(folder, name), longAgo, longAgo);
  }
  const { modifiedAt } = backend;
  await backend.save('now', Buffer.from('x'));
  assert.ok(Math.abs((await modifiedAt('now')).getTime() - Date.now()) < 60_000);
  assert.deepEqual(await listAll(backend), [{ key: 'now', size: 1 }]);
  assert.deepEqual((await readdir(folder, { recursive: true })).sort(), [
    'incoming~',
    'incoming~/object~ba9876543210',
    'now',
    'some body NT_STATUS_X',
  ]);
});

test('of objects that travel together each is told its own, and nothing stays on its way', tools, async (context) => {
  const { backend, folder } = await open(context);
  await backend.save('there', Buffer.from('first'));
  await mkdir(join(folder, 'closed'), { mode: 0o500 }); // Of another user.
  const results = await Promise.allSettled([
    backend.save('data/new/a', Buffer.from('a')),
    backend.save('there', Buffer.from('second')),
    backend.save('closed/b', Buffer.from('b')),
    backend.save('c', Buffer.alloc(100_000, 'c')),
  ]);
  const codes = results.map((result) => (result.status === 'rejected' ? (result.reason as Failure).code : 'stored'));
  assert.deepEqual(codes, ['stored', 'backend.key-exists', 'backend.permission', 'stored']);
  await Promise.all([
    backend.save('there', Buffer.from('third'), { ifExists: 'replace' }),
    backend.save('d', Buffer.from('d')),
  ]);
  assert.equal((await backend.load('there')).toString(), 'third');
  assert.deepEqual((await readdir(folder, { recursive: true })).sort(), [
    ...['c', 'closed', 'd', 'data', 'data/new', 'data/new/a', 'incoming~', 'there'],
  ]);
  // A folder for what is on its way that somebody removed is made again.
  await rm(join(folder, 'incoming~'), { recursive: true });
  await backend.save('e', Buffer.from('e'));
});

test('every way not to get in is told with its cause and its cure', tools, async (context) => {
  const refused = async (options: Partial<SmbSettings>, code: string, text: RegExp): Promise<void> => {
    const backend = await openSmbBackend(await settingsFor(context, options));
    await assert.rejects(backend.stat('x'), failure(code, text));
    await backend.close();
  };
  await refused({ password: new SecretString('wrong') }, 'backend.auth', /user, password or domain/);
  await refused({ path: '/nowhere' }, 'backend.place-missing', /no such share/);
  await refused({ path: '/backup/nowhere' }, 'backend.place-missing', /not there/);
  await refused({ port: await freePort() }, 'backend.unreachable', /firewall/);
  await refused({ host: 'no-such-host.invalid' }, 'backend.unreachable', /reached/);
  const plain = await startSmbServer({ encryption: 'off' });
  context.after(() => plain.stop());
  await refused(
    { port: plain.port, password: new SecretString(plain.password) },
    'backend.not-encrypted',
    /unencrypted/,
  );
  const unencrypted = await openSmbBackend(
    await settingsFor(context, { port: plain.port, path: '/backup', encrypt: false }),
  );
  assert.deepEqual(await listAll(unencrypted), []);
  await unencrypted.close();
});

test('a server that accepts and then says nothing is given up', tools, async (context) => {
  const sockets: Socket[] = [];
  const hole = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
  context.after(() => {
    hole.close();
    for (const socket of sockets) socket.destroy();
  });
  await new Promise((resolve) => hole.once('listening', resolve));
  const address = hole.address();
  assert.ok(address !== null && typeof address === 'object');
  const backend = await openSmbBackend(await settingsFor(context, { port: address.port, timeoutSeconds: 1 }));
  await assert.rejects(backend.stat('x'), failure('backend.timeout', /4 s/));
});

test('a full disk, a read-only share and a vanished folder say so', tools, async (context) => {
  const disk = await smallDisk(context, '4m');
  await server.own(disk.path);
  await server.setShares({ full: [`path = ${disk.path}`], fixed: ['read only = yes'], going: [] });
  context.after(() => server.setShares({}));
  await server.restart();
  const full = await openSmbBackend(await settingsFor(context, { path: '/full' }));
  context.after(() => full.close());
  await full.save('one', Buffer.alloc(1_000_000));
  await assert.rejects(full.save('two', Buffer.alloc(6_000_000)), failure('backend.no-space'));
  assert.deepEqual(await listAll(full), [{ key: 'one', size: 1_000_000 }]);
  assert.deepEqual(
    (await readdir(disk.path, { recursive: true })).sort(),
    ['incoming~', 'one'],
    'no half object is left to fill the disk',
  );
  await full.save('three', Buffer.alloc(1_000_000));
  const fixed = await openSmbBackend(await settingsFor(context, { path: '/fixed' }));
  context.after(() => fixed.close());
  await assert.rejects(fixed.save('x', Buffer.of(1)), failure('backend.permission', /store x/));
  const going = await openSmbBackend(await settingsFor(context, { path: '/going/below' }));
  context.after(() => going.close());
  await mkdir(join(server.folderOf('going'), 'below'));
  await server.own(join(server.folderOf('going'), 'below'));
  await going.save('a', Buffer.from('x'));
  await rm(join(server.folderOf('going'), 'below'), { recursive: true });
  await assert.rejects(going.save('data/b', Buffer.from('x')), failure('backend.place-missing'));
  await assert.rejects(going.load('a'), failure('backend.place-missing'));
  await assert.rejects(listAll(going), failure('backend.place-missing'));
  await assert.rejects(stat(join(server.folderOf('going'), 'below')));
});

test('a killed server ends what is under way, and the next call connects anew', tools, async (context) => {
  const line = await openLine(server.port);
  context.after(() => line.stop());
  const { backend, folder } = await open(context, { port: line.port });
  const bytes = randomBytes(24 * 1024 * 1024);
  line.afterBytes(4 * 1024 * 1024, () => server.kill());
  const saving = backend.save('big', bytes);
  await assert.rejects(saving, (error) => isRetryable(error));
  await server.restart();
  assert.deepEqual(await listAll(backend), []);
  assert.deepEqual(
    await readdir(folder, { recursive: true }),
    ['incoming~'],
    'the next session removes what the broken one left',
  );
  await backend.save('big', bytes);
  assert.ok((await backend.load('big')).equals(bytes));
});

test('a server that stands still is given up, and goes on when it is back', tools, async (context) => {
  const { backend } = await open(context, { timeoutSeconds: 1 });
  await backend.save('a', Buffer.from('x'));
  server.freeze();
  try {
    await assert.rejects(backend.load('a'), (error) => isRetryable(error));
  } finally {
    server.thaw();
  }
  assert.equal((await backend.load('a')).toString(), 'x');
});

test('listings are read whatever blanks and words a foreign name has', () => {
  const text = [
    '  .                                   D        0  Mon Nov 23 05:50:24 2026',
    '  ..                                  D        0  Mon Nov 23 05:50:23 2026',
    '  b                                   A        6  Mon Nov  3 05:50:23 2026',
    '  a name with D  12  blanks          DH        0  Mon Nov 23 05:50:23 2026',
    '',
    '\t\t264212084 blocks of size 1024. 74168552 blocks available',
  ].join('\n');
  assert.deepEqual(parseListing(text), [
    { name: 'b', isFolder: false, size: 6, modifiedAt: new Date('2026-11-03T05:50:23Z') },
    { name: 'a name with D  12  blanks', isFolder: true, size: 0, modifiedAt: new Date('2026-11-23T05:50:23Z') },
  ]);
});

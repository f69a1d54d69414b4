// The real rsync sends; ours listens. Through ssh as in the product, and piece by piece from a sender on this machine.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type TestContext, after, before, test } from 'node:test';
import { randomBytesOf } from '../../../test/support/random-bytes.ts';
import { type SshServer, startSshServer } from '../../../test/support/ssh-server.ts';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { needs } from '../../../test/support/tools.ts';
import { type SshConnection, openSshConnection } from '../ssh/connection.ts';
import { type SshKeyPair, createSshKeyPair } from '../ssh/key-pair.ts';
import { type StreamedFetch, fetchStreamed } from './fetch-stream.ts';
import { openRsyncBackend } from './rsync-backend.ts';
import { type ListedFile, NotUnderstood, type Reading, feedReading, readFileList } from './sender-words.ts';

const tools = needs('rsync', 'ssh', 'sshd');
const limits = { timeoutSeconds: 20, bandwidthLimitKib: 0 };
let server: SshServer;
let key: SshKeyPair;

before(async () => {
  if (tools.skip) return;
  server = await startSshServer();
  key = await createSshKeyPair('ed25519', 'orbit');
});

after(() => server?.stop());

/** What may do to a key over there, and a connection with it. */
async function connected(context: TestContext, restriction = ''): Promise<SshConnection> {
  await server.authorize(`${restriction}${key.publicLine}`);
  const connection = await openSshConnection({ ...server, key }, 'there');
  context.after(() => connection.close());
  return connection;
}

/** Files of these sizes; what is in them comes of their names. */
async function filesOf(folder: string, sizes: Record<string, number>): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  for (const [name, size] of Object.entries(sizes)) {
    files.set(name, randomBytesOf(name, size));
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), files.get(name) ?? '');
  }
  return files;
}

const fetchFrom = (connection: SshConnection, asked: Omit<StreamedFetch, 'signal'>) =>
  fetchStreamed(connection, 'there', limits, { ...asked, signal: new AbortController().signal });

// Equal sizes, so that a wrong order would show; names that sort apart by byte, by folder, and before and after a slash.
const equalSizes = Object.fromEntries(
  [
    'data/3f/one',
    'data/3f0',
    'data/3f.x',
    'data.x',
    'data0/a',
    'data-a',
    'b',
    'B',
    'a.b/c',
    'a/b/c',
    'a/b.c',
    'a/bb',
    'z_9/a',
    'z/a',
  ]
    .concat(Array.from({ length: 300 }, (_, at) => `index/${(at * 7919) % 1000}`))
    .map((name) => [name, 700]),
);

test(
  'whatever their order and size, files come as they are, and what is not there does not',
  tools,
  async (context) => {
    const folder = join(server.folder, `a b'c"d$e;f*g[h]\\i\`j ü 日 $(touch x) ~`);
    const sizes = {
      ...equalSizes,
      empty: 0,
      one: 1,
      'data/large': 5_000_001,
      'data/piece': 32_768,
      'data/pieces': 65_537,
    };
    const files = await filesOf(folder, sizes);
    await filesOf(folder, { unasked: 900, 'index/unasked': 900 });
    const connection = await connected(context);
    const names = [...files.keys(), 'missing', 'data', 'index/missing', 'none/at/all'].reverse();
    const { outcome, found, exitCode, text } = await fetchFrom(connection, { path: `${folder}/.`, names });
    assert.deepEqual([outcome, exitCode, text], ['whole', 0, '']);
    assert.deepEqual([...found.keys()].sort(), [...files.keys()].sort());
    for (const [name, bytes] of files) assert.ok(found.get(name)?.equals(bytes), name);
    const nothing = await fetchFrom(connection, { path: `${folder}/.`, names: ['missing'] });
    assert.deepEqual([nothing.outcome, nothing.found.size], ['whole', 0]);
  },
);

test(
  'a key that rrsync ties to reading one folder is enough',
  needs('rsync', 'ssh', 'sshd', 'rrsync'),
  async (context) => {
    const folder = join(server.folder, 'to be read');
    const files = await filesOf(folder, { 'snapshots/a': 300, config: 155 });
    const connection = await connected(context, `restrict,command="/usr/bin/rrsync -ro '${folder}'" `);
    const { outcome, found } = await fetchFrom(connection, { path: '.', names: [...files.keys()] });
    assert.equal(outcome, 'whole');
    assert.deepEqual(found, files);
  },
);

test(
  'a sender that speaks otherwise is left to the rsync program, and then asked so no more',
  tools,
  async (context) => {
    const folder = join(server.folder, 'older');
    const files = await filesOf(folder, { 'index/a': 300, 'index/b': 300 });
    const calls = join(await temporaryFolder(context), 'calls');
    await mkdir(calls);
    const older = join(dirname(calls), 'older-rsync');
    // Says that it speaks protocol 30, to whoever asks as ours does.
    const script = `#!/bin/sh
case "$SSH_ORIGINAL_COMMAND" in
*"-WRe.LsfxCI "*) : > "${calls}/$$"; printf '\\036\\000\\000\\000'; cat > /dev/null ;;
*) eval "exec $SSH_ORIGINAL_COMMAND" ;;
esac
`;
    await writeFile(older, script);
    await chmod(older, 0o755);
    const connection = await connected(context, `restrict,command="${older}" `);
    const spoolFolder = await temporaryFolder(context);
    const backend = await openRsyncBackend({
      location: 'there',
      connection,
      path: folder,
      spoolFolder,
      timeoutSeconds: 10,
    });
    context.after(() => backend.close());
    for await (const { key: name } of backend.list('')) assert.ok(files.has(name)); // Now their sizes are known.
    for (const [name, bytes] of [...files, ...files]) assert.ok((await backend.load(name)).equals(bytes), name);
    assert.equal((await readdir(calls)).length, 1);
  },
);

test('one that is cancelled, and one that falls silent, end', tools, async (context) => {
  const connection = await connected(context, 'restrict,command="sleep 600" ');
  const cancelling = new AbortController();
  const asked = { path: '.', names: ['a'], signal: cancelling.signal };
  const cancelled = fetchStreamed(connection, 'there', limits, asked);
  cancelling.abort();
  await assert.rejects(cancelled, { name: 'AbortError' });
  const silent = { ...asked, signal: new AbortController().signal };
  await assert.rejects(fetchStreamed(connection, 'there', { ...limits, timeoutSeconds: 1 }, silent), {
    code: 'backend.timeout',
  });
});

test('a list of files is understood whole and byte by byte, and a broken one is refused', tools, async (context) => {
  const folder = await temporaryFolder(context);
  await filesOf(folder, { a: 1, 'b/c': 70_000 });
  // Version, the rules, the names, and an end without asking for any.
  const said = Buffer.concat([
    Buffer.from('1f000000', 'hex'),
    Buffer.from('0400000700000000', 'hex'),
    Buffer.from('07000007', 'hex'),
    Buffer.from('b/c\0a\0\0'),
    Buffer.from('05000007', 'hex'),
    Buffer.alloc(5),
  ]);
  const args = [
    '--server',
    '--sender',
    '-WRe.LsfxCI',
    '--no-implied-dirs',
    '--files-from=-',
    '--from0',
    '.',
    `${folder}/.`,
  ];
  const { stdout } = spawnSync('rsync', args, { input: said });
  // Greeting of 4, abilities of 1, seed of 4, and the head of the first frame.
  const list = stdout.subarray(13);
  const read = (bytes: Buffer, piece: number): ListedFile[] => {
    const files: ListedFile[] = [];
    const feed = feedReading(
      (function* (): Reading<void> {
        files.push(...(yield* readFileList(8)));
      })(),
    );
    for (let at = 0; at < bytes.length; at += piece) feed(bytes.subarray(at, at + piece));
    return files.filter(({ isFolder }) => !isFolder);
  };
  const wanted = [
    { name: 'a', size: 1, isFile: true, isFolder: false },
    { name: 'b/c', size: 70_000, isFile: true, isFolder: false },
  ];
  for (const piece of [list.length, 7, 1]) assert.deepEqual(read(list, piece), wanted);
  assert.throws(() => read(Buffer.alloc(64, 0xff), 64), NotUnderstood);
  for (let at = 0; at < list.length; at += 1) {
    for (const change of [0x01, 0x40, 0x80, 0xff]) {
      const damaged = Buffer.from(list);
      damaged[at] = (damaged[at] ?? 0) ^ change;
      try {
        assert.ok(read(damaged, damaged.length).length <= 8);
      } catch (error) {
        assert.ok(error instanceof NotUnderstood, `byte ${at} ^ ${change}: ${error}`);
      }
    }
  }
});

// A limit of bandwidth, over real connections: SFTP against a clock that pauses move, rsync by what the far side is told and by
// the least time that such a transfer can take.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openRsyncBackend } from '../src/backends/rsync/rsync-backend.ts';
import { openSftpBackend } from '../src/backends/sftp/sftp-backend.ts';
import { openSshConnection } from '../src/backends/ssh/connection.ts';
import { createSshKeyPair } from '../src/backends/ssh/key-pair.ts';
import { addDestination, findDestination } from '../src/destinations/destination.ts';
import { openDestination } from '../src/destinations/open.ts';
import { instanceKeyFrom } from '../src/store/instance-key.ts';
import { memoryStore } from '../src/store/store.ts';
import { keepsToBandwidth } from './support/bandwidth.ts';
import { openLine } from './support/line.ts';
import { startSshServer } from './support/ssh-server.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { needs } from './support/tools.ts';

async function site(context: TestContext) {
  const server = await startSshServer();
  context.after(() => server.stop());
  const line = await openLine(server.port);
  context.after(() => line.stop());
  const key = await createSshKeyPair('ed25519', 'orbit');
  const place = await temporaryFolder(context);
  const connect = () => openSshConnection({ ...server, host: line.host, port: line.port, key }, 'test');
  return { server, line, key, place, connect };
}

test('sftp: no more passes than the limit allows', needs('ssh', 'sshd'), async (context) => {
  const { server, line, key, place, connect } = await site(context);
  await server.authorize(key.publicLine);
  const backend = await openSftpBackend({ location: 'test', connection: await connect(), path: place });
  context.after(() => backend.close());
  await keepsToBandwidth(backend, line);
});

test(
  'rsync: both sides are told the limit, and a transfer takes at least its time',
  needs('ssh', 'sshd', 'rsync'),
  async (context) => {
    const { server, line, key, place, connect } = await site(context);
    const asked = join(await temporaryFolder(context), 'asked');
    // What this side asks for over there, written down, then done.
    await server.authorize(
      `command="echo \\"$SSH_ORIGINAL_COMMAND\\" >>'${asked}'; eval \\"$SSH_ORIGINAL_COMMAND\\"" ${key.publicLine}`,
    );
    const backend = await openRsyncBackend({
      location: 'test',
      connection: await connect(),
      path: place,
      spoolFolder: await temporaryFolder(context),
      bandwidthLimitKib: 512,
    });
    context.after(() => backend.close());
    const content = randomBytes(1024 * 1024);
    const before = { bytes: line.passed(), ms: performance.now() };
    await backend.save('object', content);
    const took = { bytes: line.passed() - before.bytes, ms: performance.now() - before.ms };
    assert.ok(took.bytes >= content.length);
    // Two seconds' worth; rsync begins with a burst. A busy machine only takes longer.
    assert.ok(took.ms >= 1500, `${took.ms} ms`);
    assert.ok((await backend.load('object')).equals(content));
    const commands = (await readFile(asked, 'utf8')).trim().split('\n');
    assert.ok(commands.length >= 2);
    for (const command of commands) assert.match(command, /^rsync --server.* --bwlimit=512 /);
  },
);

test('a destination of any other kind is kept to its setting as it is opened', async (context) => {
  const store = memoryStore();
  const opener = { store, instanceKey: instanceKeyFrom(Buffer.alloc(32, 1)), home: await temporaryFolder(context) };
  const config = { path: await temporaryFolder(context), bandwidthLimitKib: 256 };
  addDestination(store, opener.instanceKey, { name: 'near', kind: 'folder', config });
  const backend = await openDestination(opener, findDestination(store, 'near'));
  const started = performance.now();
  // Each is read back as well: the fourth goes when six times 32 KiB have had their time.
  for (let index = 0; index < 4; index += 1) await backend.save(`o${index}`, randomBytes(32 * 1024));
  assert.ok(performance.now() - started >= 740, 'a busy machine only takes longer');
  await backend.close();
});

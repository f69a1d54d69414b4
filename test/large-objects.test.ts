// What a destination claims to have never fills the memory: files beyond anything of their kind are told and not read.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir, open, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type TestContext, after, before, test } from 'node:test';
import { openFolderBackend } from '../src/backends/folder.ts';
import { openSftpBackend } from '../src/backends/sftp/sftp-backend.ts';
import { openSshConnection } from '../src/backends/ssh/connection.ts';
import { type SshKeyPair, createSshKeyPair } from '../src/backends/ssh/key-pair.ts';
import type { Backend } from '../src/backends/backend.ts';
import { SecretString } from '../src/base/secret-string.ts';
import { fileBytesMax, packBytesMax } from '../src/engine/format/file-limits.ts';
import { check } from '../src/engine/maintain/check.ts';
import { RepositoryLock } from '../src/engine/repository/repository-lock.ts';
import { Repository } from '../src/engine/repository/repository.ts';
import { failure } from './support/failures.ts';
import { cheapCost, newRepository, saveFiles, testPassword } from './support/repositories.ts';
import { type SshServer, startSshServer } from './support/ssh-server.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { needs } from './support/tools.ts';

const tools = needs('ssh', 'sshd');
let server: SshServer;
let key: SshKeyPair;

before(async () => {
  if (tools.skip) return;
  server = await startSshServer();
  key = await createSshKeyPair('ed25519', 'orbit');
  await server.authorize(key.publicLine);
});
after(() => server?.stop());

const places: Record<string, (context: TestContext, path: string) => Promise<Backend>> = {
  'a folder': (_context, path) => openFolderBackend(path),
  async SFTP(context, path) {
    const connection = await openSshConnection({ ...server, key }, 'there');
    const backend = await openSftpBackend({ location: 'there', connection, path });
    context.after(() => backend.close());
    return backend;
  },
};

/** A file with a hole of that size, in the place of one that is put back afterwards. */
async function withHole(path: string, bytes: number, work: () => Promise<void>): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await rename(path, `${path}~`).catch(() => {});
  const file = await open(path, 'w');
  await file.truncate(bytes);
  await file.close();
  await work();
  await rename(`${path}~`, path).catch(() => {});
}

const someId = 'ab'.repeat(32);

for (const [place, openPlace] of Object.entries(places)) {
  test(`over ${place}, a file that is larger than any of its kind is damage, and not read`, tools, async (context) => {
    const path = await temporaryFolder(context);
    const backend = await openPlace(context, path);
    const repository = await newRepository(context, { backend });
    const indexed = await repository.loadIndex();
    await saveFiles(indexed, { one: [randomBytes(1000)] });
    await indexed.close();
    const open = async (): Promise<Repository> => {
      const opened = await Repository.open(backend, testPassword);
      context.after(() => opened.close());
      return opened;
    };
    const isDamage = failure('repository.damaged-file', /larger than any file of its kind/);

    await withHole(join(path, 'config'), fileBytesMax.config + 1, () => assert.rejects(open(), isDamage));
    await withHole(join(path, 'locks', someId), fileBytesMax.locks + 1, async () => {
      await assert.rejects(RepositoryLock.acquire(await open()), isDamage);
      await backend.remove(`locks/${someId}`);
    });
    await withHole(join(path, 'index', someId), fileBytesMax.index + 1, async () => {
      const opened = await open();
      await assert.rejects(opened.loadIndex(), isDamage);
      const { problems } = await check(opened, {});
      assert.match(problems.map(({ message }) => message).join('\n'), /index\/abab.*larger than any/);
      await backend.remove(`index/${someId}`);
    });
    const second = await repository.addKey(new SecretString('second'), { cost: cheapCost });
    await withHole(join(path, 'keys', second), 40 * 2 ** 30, async () => {
      (await Repository.open(backend, testPassword, { keyHint: second })).close();
      await assert.rejects(Repository.open(backend, new SecretString('second'), { keyHint: second }), isDamage);
    });
    const packs: string[] = [];
    for await (const { key: pack } of backend.list('data/')) packs.push(pack);
    await withHole(join(path, packs[0] ?? ''), packBytesMax + 1, async () => {
      const { problems } = await check(await open(), { readData: true });
      assert.match(problems.map(({ message }) => message).join('\n'), /nothing of its kind has more/);
    });
    assert.deepEqual((await check(await open(), {})).problems, []);
  });
}

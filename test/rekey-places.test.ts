// A new master key at places behind real servers, cut off in the middle of each step and gone on with; stock restic judges.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import type { Backend } from '../src/backends/backend.ts';
import { atCall, CrashError, faultyBackend } from '../src/backends/faulty.ts';
import { prefixedBackend } from '../src/backends/prefixed.ts';
import { makeRsyncFolder } from '../src/backends/rsync/make-rsync-folder.ts';
import { openRsyncBackend } from '../src/backends/rsync/rsync-backend.ts';
import { openS3Backend, type S3Settings } from '../src/backends/s3/s3-backend.ts';
import { s3Client } from '../src/backends/s3/s3-client.ts';
import { makeSftpFolder } from '../src/backends/sftp/make-sftp-folder.ts';
import { openSftpBackend } from '../src/backends/sftp/sftp-backend.ts';
import { makeSmbFolder, openSmbBackend } from '../src/backends/smb/smb-backend.ts';
import { openSshConnection } from '../src/backends/ssh/connection.ts';
import { createSshKeyPair } from '../src/backends/ssh/key-pair.ts';
import { SecretString } from '../src/base/secret-string.ts';
import { backupInto } from '../src/engine/backup/backup-into.ts';
import { continueRekey, removeOld, switchRekey } from '../src/engine/rekey/rekey.ts';
import { loadRekeyState } from '../src/engine/rekey/rekey-state.ts';
import { Repository } from '../src/engine/repository/repository.ts';
import { judgeFolder } from './faults/judge.ts';
import { startObjectServer } from './support/object-server.ts';
import { randomBytesOf } from './support/random-bytes.ts';
import { cheapCost, testPassword } from './support/repositories.ts';
import { onlyRoot } from './support/small-disk.ts';
import { startSmbServer } from './support/smb-server.ts';
import { startSshServer } from './support/ssh-server.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { needs } from './support/tools.ts';

type Judge = ReturnType<typeof judgeFolder>;

async function moves(context: TestContext, open: () => Promise<Backend>, judge: Judge): Promise<void> {
  const folder = await temporaryFolder(context);
  const source = join(folder, 'source');
  mkdirSync(source);
  for (let file = 0; file < 3; file += 1)
    writeFileSync(join(source, `${file}`), randomBytesOf(`rekey ${file}`, 150_000));
  const at = async <Result>(work: (backend: Backend) => Promise<Result>): Promise<Result> => {
    const place = await open();
    try {
      return await work(prefixedBackend(place, 'system'));
    } finally {
      await place.close();
    }
  };
  const idThere = (): Promise<string> =>
    at(async (backend) => {
      const repository = await Repository.open(backend, testPassword);
      repository.close();
      return repository.config.id;
    });
  await at(async (backend) => {
    const made = await Repository.init(backend, testPassword, { cost: cheapCost });
    for (const day of [1, 2]) {
      writeFileSync(join(source, `${day}`), `day ${day}`);
      await backupInto(made, [source], { workers: 0, host: 'test', time: new Date(Date.UTC(2026, 0, day)) });
    }
    made.close();
  });
  const before = await idThere();
  const passwords = { password: testPassword, newPassword: testPassword };
  const options = { cost: cheapCost, datesFolder: folder };
  const steps: [work: (backend: Backend) => Promise<unknown>, cutAt: number[]][] = [
    [(backend) => continueRekey(backend, passwords, options), [8, 20]],
    [(backend) => switchRekey(backend, passwords, options), [25, 45]],
    [(backend) => removeOld(backend), [4]],
  ];
  for (const [work, cutAt] of steps) {
    for (const number of cutAt) {
      const cut = at(async (backend) => {
        const faulty = faultyBackend(backend, atCall(number, 'crash'));
        try {
          await work(faulty);
        } finally {
          await faulty.quiet();
        }
      });
      await assert.rejects(cut, CrashError);
      // The process that held them lives on.
      await at(async (backend) => {
        for (const prefix of ['locks/', 'rekey/new/locks/'])
          for await (const { key } of backend.list(prefix)) await backend.remove(key);
      });
    }
    await at(async (backend) => {
      // Cut off in its last steps a switch may be done already.
      if ((await loadRekeyState(backend))?.phase !== 'switched' || work === steps[2]?.[0]) await work(backend);
    });
    const { isClean, snapshots, text } = await judge();
    assert.ok(isClean, text);
    assert.equal(snapshots.length, 2);
  }
  assert.notEqual(await idThere(), before);
  await at(async (backend) => {
    for await (const { key } of backend.list('rekey/')) assert.fail(`${key} is left`);
  });
}

suite('a new master key at a real server', { concurrency: true }, () => {
  for (const [kind, make, openKind] of [
    ['rsync', makeRsyncFolder, openRsyncBackend],
    ['sftp', makeSftpFolder, openSftpBackend],
  ] as const) {
    test(`behind ${kind}`, needs('ssh', 'sshd', 'rsync', 'restic'), async (context) => {
      const server = await startSshServer();
      context.after(() => server.stop());
      const key = await createSshKeyPair('ed25519', 'orbit');
      await server.authorize(key.publicLine);
      const path = join(await temporaryFolder(context), 'orbit');
      const spoolFolder = await temporaryFolder(context);
      const settings = async () => {
        const connection = await openSshConnection({ ...server, key, hostKey: server.hostKey }, kind);
        return { location: `${kind}://test`, connection, path, spoolFolder };
      };
      const first = await settings();
      await make(first);
      await first.connection.close();
      await moves(context, async () => openKind(await settings()), judgeFolder(join(path, 'system'), spoolFolder));
    });
  }

  const programs = needs('smbd', 'smbclient', 'smbpasswd', 'stdbuf', 'setsid', 'restic');
  test('behind SMB', {
    skip: programs.skip || (onlyRoot.skip && 'only root may make the user of the server'),
  }, async (context) => {
    const server = await startSmbServer();
    context.after(() => server.stop());
    const spoolFolder = await temporaryFolder(context);
    const settings = {
      location: 'smb://test',
      host: server.host,
      port: server.port,
      user: server.user,
      path: '/backup/orbit',
      password: new SecretString(server.password),
      spoolFolder,
      encrypt: true,
      timeoutSeconds: 60,
    };
    await makeSmbFolder(settings);
    await moves(
      context,
      async () => openSmbBackend(settings),
      judgeFolder(join(server.folderOf('backup'), 'orbit/system'), spoolFolder),
    );
  });

  test('in S3', needs('ceph-mon', 'ceph-osd', 'radosgw', 'restic'), async (context) => {
    const server = await startObjectServer();
    context.after(() => server.stop());
    const { accessKeyId, secretAccessKey } = server;
    const settings: S3Settings = {
      location: 's3://test',
      endpoint: server.endpoint,
      region: 'us-east-1',
      bucket: 'rekey',
      prefix: 'orbit',
      pathStyle: true,
      accessKeyId,
      secretAccessKey: new SecretString(secretAccessKey),
      conditionalWrites: true,
      timeoutSeconds: 60,
    };
    // The first bucket and the first object take the server some seconds: it makes its pools.
    const client = s3Client(settings);
    for (const key of ['', 'first']) assert.equal((await client.send({ method: 'PUT', key })).status, 200);
    client.close();
    const env = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
    const folder = await temporaryFolder(context);
    const judge = judgeFolder(`s3:${server.endpoint}/rekey/orbit/system`, folder, env);
    await moves(context, async () => openS3Backend(settings), judge);
  });
});

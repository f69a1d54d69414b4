// Two that write to one repository at once, over real servers: nothing of either is lost, as stock restic judges.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Backend } from '../src/backends/backend.ts';
import { retryingBackend } from '../src/backends/retrying.ts';
import { openRsyncBackend } from '../src/backends/rsync/rsync-backend.ts';
import { openS3Backend } from '../src/backends/s3/s3-backend.ts';
import { s3Client } from '../src/backends/s3/s3-client.ts';
import { openSftpBackend } from '../src/backends/sftp/sftp-backend.ts';
import { openSshConnection } from '../src/backends/ssh/connection.ts';
import { createSshKeyPair } from '../src/backends/ssh/key-pair.ts';
import { verifiedBackend } from '../src/backends/verified.ts';
import { SecretString } from '../src/base/secret-string.ts';
import { backupInto } from '../src/engine/backup/backup-into.ts';
import { Repository } from '../src/engine/repository/repository.ts';
import { withLock } from '../src/engine/repository/repository-lock.ts';
import { compareTrees } from './support/compare-trees.ts';
import { startObjectServer } from './support/object-server.ts';
import { cheapCost, testPassword } from './support/repositories.ts';
import { resticFor } from './support/restic.ts';
import { startSshServer } from './support/ssh-server.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { needs } from './support/tools.ts';

// The files of the two are partly equal: both then store the same blobs in packs of their own.
function sourceOf(folder: string, name: string, shared: Buffer[]): string {
  const source = join(folder, name);
  mkdirSync(source);
  for (const [index, bytes] of shared.entries()) writeFileSync(join(source, `shared ${index}`), bytes);
  for (let index = 0; index < 20; index += 1) writeFileSync(join(source, `own ${index}`), randomBytes(200_000));
  return source;
}

async function twoAtOnce(
  context: TestContext,
  openPlace: (far: string) => Promise<Backend>,
  far: string,
  restics: { location: string; env?: Record<string, string> } = { location: far },
): Promise<void> {
  const folder = await temporaryFolder(context);
  const shared = Array.from({ length: 10 }, () => randomBytes(300_000));
  const sources = ['one', 'two'].map((name) => sourceOf(folder, name, shared));
  const open = async (): Promise<Backend> => retryingBackend(verifiedBackend(await openPlace(far)));
  const first = await open();
  (await Repository.init(first, testPassword, { cost: cheapCost })).close();
  await first.close();
  const snapshots = await Promise.all(
    sources.map(async (source) => {
      const backend = await open();
      const repository = await Repository.open(backend, testPassword);
      try {
        const result = await withLock(repository, {}, (signal) =>
          backupInto(repository, [source], { signal, workers: 0 }),
        );
        return result.snapshotId ?? assert.fail('no snapshot');
      } finally {
        repository.close();
        await backend.close();
      }
    }),
  );
  const restic = await resticFor(restics.location, folder, restics.env);
  assert.match(await restic.ok('check', '--read-data'), /no errors were found/);
  for (const [index, snapshot] of snapshots.entries()) {
    const target = join(folder, `restored ${index}`);
    await restic.ok('restore', snapshot, '--target', target);
    const source = sources[index] ?? '';
    assert.deepEqual(await compareTrees(source, join(target, source)), []);
  }
}

for (const kind of ['rsync', 'sftp'] as const) {
  test(
    `two writers at once into one repository over ${kind} lose nothing`,
    needs('rsync', 'sshd', 'restic'),
    async (context) => {
      const server = await startSshServer();
      context.after(() => server.stop());
      const key = await createSshKeyPair('ed25519', 'orbit');
      await server.authorize(key.publicLine);
      const spoolFolder = await temporaryFolder(context);
      const openPlace = async (path: string): Promise<Backend> => {
        const connection = await openSshConnection({ ...server, key }, path);
        const settings = { location: path, connection, path };
        return kind === 'sftp' ? openSftpBackend(settings) : openRsyncBackend({ ...settings, spoolFolder });
      };
      const far = join(server.folder, 'far');
      mkdirSync(far);
      await twoAtOnce(context, openPlace, far);
    },
  );
}

test(
  'two writers at once into one repository in a bucket, by TLS, lose nothing',
  needs('radosgw', 'ceph-mon', 'ceph-osd', 'ceph', 'restic'),
  async (context) => {
    const server = await startObjectServer();
    context.after(() => server.stop());
    const { accessKeyId, secretAccessKey, ca } = server;
    const settingsOf = (prefix: string) => ({
      location: prefix,
      endpoint: server.tlsEndpoint,
      region: 'us-east-1',
      bucket: 'shared',
      prefix,
      pathStyle: true,
      accessKeyId,
      secretAccessKey: new SecretString(secretAccessKey),
      ca,
      conditionalWrites: true,
      timeoutSeconds: 60,
    });
    const client = s3Client(settingsOf(''));
    assert.equal((await client.send({ method: 'PUT', key: '' })).status, 200);
    client.close();
    const env = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
    await twoAtOnce(context, async (prefix) => openS3Backend(settingsOf(prefix)), 'far', {
      location: `s3:${server.endpoint}/shared/far`,
      env,
    });
  },
);

// Each kind of destination at a real server on this machine, beside what a user would do by hand.
import { chmodSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { openFolderBackend } from '../../src/backends/folder.ts';
import { openWorkerBackend } from '../../src/backends/mounted/worker-backend.ts';
import { openRsyncBackend } from '../../src/backends/rsync/rsync-backend.ts';
import { openS3Backend } from '../../src/backends/s3/s3-backend.ts';
import { s3Client } from '../../src/backends/s3/s3-client.ts';
import { openSftpBackend } from '../../src/backends/sftp/sftp-backend.ts';
import { openSmbBackend } from '../../src/backends/smb/smb-backend.ts';
import { type SshConnection, openSshConnection } from '../../src/backends/ssh/connection.ts';
import { createSshKeyPair } from '../../src/backends/ssh/key-pair.ts';
import { SecretString } from '../../src/base/secret-string.ts';
import { startObjectServer } from '../../test/support/object-server.ts';
import { startSmbServer } from '../../test/support/smb-server.ts';
import { startSshServer } from '../../test/support/ssh-server.ts';
import { type Contender, done } from './destination-race.ts';

/** A folder beside the source, and `cp`; `mount` goes through a worker process, as every kernel mount does. */
export async function folderContender(folder: string, kind: 'folder' | 'mount'): Promise<Contender> {
  const place = (name: string): string => join(folder, kind, name);
  mkdirSync(join(folder, kind));
  return {
    kind,
    byHand: 'cp + sync',
    async open(name) {
      mkdirSync(place(name));
      return kind === 'folder'
        ? await openFolderBackend(place(name))
        : await openWorkerBackend({ path: place(name), location: 'bench', timeoutSeconds: 60 });
    },
    async put(source, name) {
      mkdirSync(place(name));
      await done('cp', ['-r', `${source}/.`, place(name)]);
      await done('sync', ['-f', place(name)]);
    },
    get: (name, target) => done('cp', ['-r', `${place(name)}/.`, target]),
    stop: async () => {},
  };
}

/** rsync and sftp to one sshd on loopback. */
export async function sshContenders(folder: string): Promise<Contender[]> {
  const server = await startSshServer();
  const key = await createSshKeyPair('ed25519', 'bench');
  await server.authorize(key.publicLine);
  const connections: SshConnection[] = [];
  const connect = async (): Promise<SshConnection> => {
    const connection = await openSshConnection({ ...server, key }, 'bench');
    connections.push(connection);
    return connection;
  };
  const hand = await connect();
  // What a user's own ssh would choose: ours puts another cipher first.
  const cipher = ['-o', 'Ciphers=^chacha20-poly1305@openssh.com'];
  await done('ssh', ['-F', 'config', ...cipher, '-f', '-N', '-M', 'target'], { cwd: hand.folder });
  const place = (name: string): string => {
    const path = join(server.folder, name);
    mkdirSync(path, { recursive: true });
    return path;
  };
  const stop = async (): Promise<void> => {
    for (const connection of connections) await connection.close();
    await server.stop();
  };
  const cwd = hand.folder;
  return [
    {
      kind: 'rsync',
      byHand: 'rsync -aW --fsync',
      open: async (name) =>
        openRsyncBackend({
          location: 'bench',
          connection: await connect(),
          path: place(name),
          spoolFolder: join(folder, 'spool'),
        }),
      put: (source, name) =>
        done('rsync', ['-aW', '--fsync', '-e', 'ssh -F config', `${source}/`, `target:${place(name)}/`], { cwd }),
      get: (name, target) => done('rsync', ['-aW', '-e', 'ssh -F config', `target:${place(name)}/`, target], { cwd }),
      stop: async () => {},
    },
    {
      kind: 'sftp',
      byHand: 'sftp put -f, get',
      open: async (name) => openSftpBackend({ location: 'bench', connection: await connect(), path: place(name) }),
      put: (source, name) =>
        done('sftp', ['-q', '-F', 'config', '-b', '-', 'target'], {
          cwd,
          input: `put -f ${source}/* ${place(name)}/\n`,
        }),
      get: (name, target) =>
        done('sftp', ['-q', '-F', 'config', '-b', '-', 'target'], { cwd, input: `get ${place(name)}/* ${target}/\n` }),
      stop,
    },
  ];
}

/** Ceph's gateway on loopback, and curl. */
export async function s3Contender(): Promise<Contender> {
  const gateway = await startObjectServer();
  const settings = {
    location: 'bench',
    endpoint: gateway.endpoint,
    region: 'us-east-1',
    bucket: 'bench',
    prefix: '',
    pathStyle: true,
    accessKeyId: gateway.accessKeyId,
    secretAccessKey: new SecretString(gateway.secretAccessKey),
    conditionalWrites: true,
    timeoutSeconds: 60,
  };
  const client = s3Client(settings);
  await client.send({ method: 'PUT', key: '' });
  client.close();
  const keysAt = new Map<string, string[]>();
  const urlOf = (place: string, name: string): string => `${gateway.endpoint}/bench/${place}/${name}`;
  const curl = (transfers: [string, string][]): Promise<void> =>
    done('curl', ['-sS', '--fail', '-Z', '--parallel-max', '16', '-K', '-'], {
      input: transfers
        .map(([what, url]) =>
          [
            what,
            `url = "${url}"`,
            'aws-sigv4 = "aws:amz:us-east-1:s3"',
            `user = "${gateway.accessKeyId}:${gateway.secretAccessKey}"`,
            'header = "x-amz-content-sha256: UNSIGNED-PAYLOAD"',
          ].join('\n'),
        )
        .join('\nnext\n'),
    });
  return {
    kind: 's3',
    byHand: 'curl -Z, 16 at once',
    open: async (name) => openS3Backend({ ...settings, prefix: name }),
    put: async (source, name) => {
      keysAt.set(name, readdirSync(source));
      await curl(readdirSync(source).map((file) => [`upload-file = "${join(source, file)}"`, urlOf(name, file)]));
    },
    async get(name, target) {
      const keys = keysAt.get(name) ?? [];
      await curl(keys.map((file) => [`output = "${join(target, file)}"`, urlOf(name, file)]));
    },
    stop: () => gateway.stop(),
  };
}

/** A real smbd on loopback, encrypted, and smbclient as a user would call it. */
export async function smbContender(folder: string): Promise<Contender> {
  const server = await startSmbServer();
  const settings = {
    host: server.host,
    port: server.port,
    user: server.user,
    password: new SecretString(server.password),
    encrypt: true,
    timeoutSeconds: 60,
    spoolFolder: join(folder, 'spool'),
  };
  const place = (name: string): string => {
    mkdirSync(join(server.folderOf('backup'), name), { recursive: true });
    chmodSync(join(server.folderOf('backup'), name), 0o777);
    return name;
  };
  const client = (commands: string): Promise<void> =>
    done(
      'smbclient',
      [
        `//${server.host}/backup`,
        ...['-s', '/dev/null', '-p', String(server.port), `--user=${server.user}`, '--client-protection=encrypt'],
        ...['-c', commands],
      ],
      { env: { PASSWD: server.password } },
    );
  return {
    kind: 'smb',
    byHand: 'smbclient mput, mget',
    open: async (name) => openSmbBackend({ ...settings, location: 'bench', path: `/backup/${place(name)}` }),
    put: (source, name) => client(`prompt OFF; lcd ${source}; cd ${place(name)}; mput *`),
    get: (name, target) => client(`prompt OFF; lcd ${target}; cd ${name}; mget *`),
    stop: () => server.stop(),
  };
}

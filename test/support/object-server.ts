// A real S3 server, Ceph's radosgw over a store in memory, on loopback. Takes about 15 s to come up.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from '../../src/base/program.ts';
import { type TestCertificates, makeCertificates } from './certificates.ts';
import { freePort, waitUntil } from './ports.ts';

/** The server's name: it takes what comes before as the bucket. No resolver knows it. */
export const serverName = 's3.orbit.test';
const certificateNames = [serverName, `*.${serverName}`];

/** A running server with one user. */
export interface ObjectServer {
  endpoint: string;
  /** The same by TLS, with a certificate of this authority. */
  tlsEndpoint: string;
  ca: string;
  caFile: string;
  accessKeyId: string;
  secretAccessKey: string;
  /** Kills the gateway with every connection it has; the store stays. */
  kill(): void;
  /** The gateway stands still, or goes on. */
  freeze(): void;
  thaw(): void;
  /** `newCertificate`: of another authority, as if somebody had made the server anew. */
  restart(how?: { newCertificate?: boolean }): Promise<void>;
  /** Runs radosgw-admin. */
  admin(...args: string[]): Promise<string>;
  stop(): Promise<void>;
}

/** Starts monitor, store and gateway, each in its own process group, and makes a user. Stop it in `after`. */
export async function startObjectServer(): Promise<ObjectServer> {
  const folder = await mkdtemp(join(tmpdir(), 'orbit-ceph-'));
  const [v2, v1, port, tlsPort] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
  const fsid = randomUUID();
  const osdId = randomUUID();
  const conf = join(folder, 'ceph.conf');
  const keyring = join(folder, 'keyring');
  const certificates = await makeCertificates(folder, certificateNames);
  await writeFile(conf, configText({ folder, fsid, v2, v1, port, tlsPort, certificates, keyring }));
  await mkdir(join(folder, 'osd'));
  const children: ChildProcess[] = [];
  const stop = async (): Promise<void> => {
    for (const child of children.toReversed()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      process.kill(-(child.pid ?? 0), 'SIGKILL');
      await ended;
    }
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  const run = async (program: string, ...args: string[]): Promise<string> => {
    const result = await runProgram(program, args, { env: { CEPH_CONF: conf }, timeoutMs: 60_000 });
    if (result.exitCode !== 0) throw new Error(`${program} ${args.join(' ')}: ${result.stderr.slice(-2000)}`);
    return result.stdout.toString('utf8');
  };
  const start = (program: string, ...args: string[]): ChildProcess => {
    const child = spawn(program, [...args, '-f', '-c', conf], {
      detached: true,
      stdio: 'ignore',
      env: { ...process.env, CEPH_CONF: conf },
    });
    children.push(child);
    return child;
  };
  const tool = (name: string, ...caps: string[]): Promise<string> =>
    run('ceph-authtool', keyring, '--gen-key', '-n', name, ...caps.flatMap((cap) => ['--cap', ...cap.split('=')]));
  try {
    await run('ceph-authtool', '--create-keyring', keyring);
    await tool('mon.', 'mon=allow *');
    await tool('client.admin', 'mon=allow *', 'osd=allow *', 'mgr=allow *');
    await tool('osd.0', 'mon=allow profile osd', 'osd=allow *');
    await tool('client.rgw', 'mon=allow rw', 'osd=allow rwx');
    const monmap = join(folder, 'monmap');
    const address = `[v2:127.0.0.1:${v2},v1:127.0.0.1:${v1}]`;
    await run('monmaptool', '--create', '--fsid', fsid, '--addv', 'a', address, monmap);
    await run('ceph-mon', '--mkfs', '-i', 'a', '--monmap', monmap, '--keyring', keyring, '-c', conf);
    start('ceph-mon', '-i', 'a');
    await run('ceph', 'auth', 'import', '-i', keyring);
    await run('ceph', 'osd', 'new', osdId, '0');
    await run('ceph', 'osd', 'crush', 'add', 'osd.0', '1', 'root=default', 'host=here');
    await run('ceph-osd', '-i', '0', '--mkfs', '--osd-uuid', osdId, '-c', conf);
    start('ceph-osd', '-i', '0');
    let gateway = start('radosgw', '-n', 'client.rgw');
    const endpoint = `http://127.0.0.1:${port}`;
    const keys = { accessKeyId: 'ORBITTEST', secretAccessKey: 's3cr/et+=&' };
    const admin = (...args: string[]): Promise<string> => run('radosgw-admin', '-n', 'client.rgw', ...args);
    const user = ['--uid=orbit', '--display-name=orbit'];
    await admin('user', 'create', ...user, `--access-key=${keys.accessKeyId}`, `--secret-key=${keys.secretAccessKey}`);
    await waitUntil(() => answers(endpoint), 'radosgw');
    const signal = (name: NodeJS.Signals): void => {
      if (gateway.exitCode === null && gateway.signalCode === null) process.kill(-(gateway.pid ?? 0), name);
    };
    const server: ObjectServer = {
      endpoint,
      tlsEndpoint: `https://127.0.0.1:${tlsPort}`,
      ca: certificates.ca,
      caFile: certificates.caFile,
      ...keys,
      kill: () => signal('SIGKILL'),
      freeze: () => signal('SIGSTOP'),
      thaw: () => signal('SIGCONT'),
      async restart({ newCertificate = false } = {}) {
        if (newCertificate) {
          const ended = once(gateway, 'exit');
          signal('SIGKILL');
          await ended;
          server.ca = (await makeCertificates(folder, certificateNames)).ca;
        }
        gateway = start('radosgw', '-n', 'client.rgw');
        await waitUntil(() => answers(endpoint), 'radosgw');
      },
      admin,
      stop,
    };
    return server;
  } catch (error) {
    await stop();
    throw error;
  }
}

function configText(of: {
  folder: string;
  fsid: string;
  v2: number;
  v1: number;
  port: number;
  tlsPort: number;
  certificates: TestCertificates;
  keyring: string;
}): string {
  return `[global]
fsid = ${of.fsid}
mon host = [v2:127.0.0.1:${of.v2},v1:127.0.0.1:${of.v1}]
mon initial members = a
keyring = ${of.keyring}
run dir = ${of.folder}
admin socket = ${of.folder}/$name.asok
mon data = ${of.folder}/mon
osd data = ${of.folder}/osd
rgw data = ${of.folder}/rgw
log file = /dev/null
mon cluster log file = /dev/null
pid file =
osd objectstore = memstore
memstore device bytes = 1073741824
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pgp num = 4
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon data avail warn = 1
mon data avail crit = 0
mon max pg per osd = 10000
ms bind ipv4 = true
ms bind ipv6 = false
rgw frontends = beast endpoint=127.0.0.1:${of.port} ssl_endpoint=127.0.0.1:${of.tlsPort} ssl_certificate=${of.certificates.certificateFile} ssl_private_key=${of.certificates.keyFile}
rgw dns name = ${serverName}
rgw enable usage log = false
[osd]
public addr = 127.0.0.1
cluster addr = 127.0.0.1
`;
}

async function answers(endpoint: string): Promise<true | undefined> {
  return await fetch(endpoint).then(
    () => true as const,
    () => undefined,
  );
}

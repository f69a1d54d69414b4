// How fast does each kind of destination take and give packs and small objects, beside what a user would do by hand?
// All over loopback, in turn, same files, same page cache; each way ends with the files flushed where it can do that.
//   node bench/destinations.bench.ts [--rounds 3] [--packs 8] [--small 2000] [--only folder,rsync,sftp]
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Backend } from '../src/backends/backend.ts';
import { openFolderBackend } from '../src/backends/folder.ts';
import { openRsyncBackend } from '../src/backends/rsync/rsync-backend.ts';
import { openS3Backend } from '../src/backends/s3/s3-backend.ts';
import { s3Client } from '../src/backends/s3/s3-client.ts';
import { openSftpBackend } from '../src/backends/sftp/sftp-backend.ts';
import { type SshConnection, openSshConnection } from '../src/backends/ssh/connection.ts';
import { createSshKeyPair } from '../src/backends/ssh/key-pair.ts';
import { runProgram } from '../src/base/program.ts';
import { SecretString } from '../src/base/secret-string.ts';
import { together } from '../src/base/together.ts';
import { startObjectServer } from '../test/support/object-server.ts';
import { startSshServer } from '../test/support/ssh-server.ts';

/** One kind and the way by hand, for the files of a folder. */
interface Contender {
  kind: string;
  byHand: string;
  /** What is open stays open between rounds, as in a run. */
  open(place: string): Promise<Backend>;
  put?(source: string, place: string): Promise<void>;
  get?(place: string, target: string): Promise<void>;
  stop(): Promise<void>;
}

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    packs: { type: 'string', default: '8' },
    small: { type: 'string', default: '2000' },
    only: { type: 'string', default: 'folder,rsync,sftp' },
  },
});
const rounds = Number(values.rounds);
const folder = mkdtempSync(join(tmpdir(), 'orbit-bench-'));
const median = (numbers: number[]): number => numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;

// As the engine does: a few packs at once, small objects by the dozen.
const loads = [
  { name: 'packs of 16 MiB', count: Number(values.packs), bytes: 16 * 2 ** 20, atOnce: 4 },
  { name: 'objects of 2 KiB', count: Number(values.small), bytes: 2048, atOnce: 500 },
];

async function done(program: string, args: string[], options: { cwd?: string; input?: string } = {}): Promise<void> {
  const result = await runProgram(program, args, options);
  if (result.exitCode !== 0) throw new Error(`${program} ${args.join(' ')}: ${result.stderr}`);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

async function compare(contender: Contender): Promise<void> {
  for (const { name, count, bytes, atOnce } of loads) {
    const source = join(folder, 'source');
    mkdirSync(source);
    // The engine knows the digest of what it stores: it is the name.
    const objects = Array.from({ length: count }, (_, index) => {
      const content = randomBytes(bytes);
      return { key: `o${index}`, content, sha256: createHash('sha256').update(content).digest('hex') };
    });
    for (const { key, content } of objects) writeFileSync(join(source, key), content);
    const times = { put: [] as number[], handPut: [] as number[], get: [] as number[], handGet: [] as number[] };
    for (let round = 0; round < rounds; round += 1) {
      const ours = async (): Promise<void> => {
        const backend = await contender.open(`${contender.kind}-${bytes}-${round}`);
        await backend.stat('nothing').catch(() => {}); // The connection is made once a run.
        times.put.push(
          await timed(() =>
            together(objects, atOnce, ({ key, content, sha256 }) => backend.save(key, content, { sha256 })),
          ),
        );
        times.get.push(await timed(() => together(objects, atOnce, ({ key }) => backend.load(key))));
        await backend.close();
      };
      const hand = async (): Promise<void> => {
        const place = `${contender.kind}-by-hand-${bytes}-${round}`;
        const target = join(folder, 'target');
        mkdirSync(target);
        if (contender.put !== undefined) times.handPut.push(await timed(async () => contender.put?.(source, place)));
        if (contender.get !== undefined) times.handGet.push(await timed(async () => contender.get?.(place, target)));
        if (contender.get !== undefined && readdirSync(target).length !== count)
          throw new Error('the copy by hand is short');
        rmSync(target, { recursive: true });
      };
      for (const which of round % 2 === 0 ? [ours, hand] : [hand, ours]) await which();
    }
    report(contender, name, count, bytes, times);
    rmSync(source, { recursive: true });
  }
}

function report(
  { kind, byHand }: Contender,
  name: string,
  count: number,
  bytes: number,
  times: Record<'put' | 'handPut' | 'get' | 'handGet', number[]>,
): void {
  for (const [what, ours, hand] of [
    ['stored', times.put, times.handPut],
    ['fetched', times.get, times.handGet],
  ] as const) {
    const mine = median(ours);
    const rate =
      bytes >= 2 ** 20
        ? `${((count * bytes) / 2 ** 20 / (mine / 1000)).toFixed(0)} MiB/s`
        : `${((count / mine) * 1000).toFixed(0)}/s`;
    const beside =
      hand.length === 0
        ? ''
        : `; ${byHand} ${median(hand).toFixed(0)} ms, ratio ${median(hand.map((each, round) => each / (ours[round] ?? Number.NaN))).toFixed(2)}`;
    console.log(`${kind.padEnd(6)} ${count} ${name} ${what}: orbit ${mine.toFixed(0)} ms (${rate})${beside}`);
  }
}

async function folderContender(): Promise<Contender> {
  const place = (name: string): string => join(folder, 'folder', name);
  mkdirSync(join(folder, 'folder'));
  return {
    kind: 'folder',
    byHand: 'cp + sync',
    open: (name) => openFolderBackend(place(name)),
    async put(source, name) {
      mkdirSync(place(name));
      await done('cp', ['-r', `${source}/.`, place(name)]);
      await done('sync', ['-f', place(name)]);
    },
    get: (name, target) => done('cp', ['-r', `${place(name)}/.`, target]),
    stop: async () => {},
  };
}

async function sshContenders(): Promise<Contender[]> {
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

async function s3Contender(): Promise<Contender> {
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

const only = new Set(values.only.split(','));
const contenders: Contender[] = [];
try {
  console.log(
    `${cpus().length} cores, ${cpus()[0]?.model}, Node ${process.version}, ${rounds} rounds, load ${loadavg()[0]?.toFixed(1)}`,
  );
  if (only.has('folder')) contenders.push(await folderContender());
  if (only.has('rsync') || only.has('sftp')) contenders.push(...(await sshContenders()));
  if (only.has('s3')) contenders.push(await s3Contender());
  for (const contender of contenders) if (only.has(contender.kind)) await compare(contender);
} finally {
  for (const contender of contenders) await contender.stop();
  rmSync(folder, { recursive: true, force: true });
}

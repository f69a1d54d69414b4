// The layouts that programs really leave behind, each with its side files, read in one run; then once more from the repository
// alone, with the source gone.
import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { rebuildCatalogue } from '../src/jobs/recording-catalogue.ts';
import { catalogueTools } from '../src/recordings/catalogue/catalogue-tools.ts';
import { keepRecordings } from '../src/recordings/catalogue/keep-recording.ts';
import type { Recording } from '../src/recordings/catalogue/recording.ts';
import { searchRecordings } from '../src/recordings/catalogue/search.ts';
import { openWordKey } from '../src/recordings/catalogue/word-key.ts';
import { instruction, typedLine } from './support/guacamole-dump.ts';
import { fixtureBytes } from './support/recording-source.ts';
import { makeOld, recordingsSite } from './support/recordings.ts';

const uuid = '6a4f2f6e-0f0b-4a4b-9d5e-2f8b7f0c1d2e';
const dump = [
  instruction('size', 0, 1024, 768),
  instruction('sync', 1_764_151_200_000),
  typedLine('regedit'),
  instruction('sync', 1_764_151_230_000),
].join('');
const teleport = [
  {
    ei: 0,
    event: 'session.start',
    uid: '1',
    code: 'T2000I',
    time: '2026-11-26T10:00:00.000Z',
    cluster_name: 'prod',
    user: 'rui@example.com',
    login: 'postgres',
    sid: uuid,
    server_hostname: 'db07',
    server_addr: '10.0.0.7:3022',
    'addr.remote': '198.51.100.9:51422',
    proto: 'ssh',
    size: '100:30',
  },
  {
    ei: 1,
    event: 'print',
    time: '2026-11-26T10:00:01.000Z',
    ms: 1000,
    bytes: 24,
    data: Buffer.from('postgres@db07:~$ pg_dumpall\r\n').toString('base64'),
  },
  { ei: 2, event: 'session.end', time: '2026-11-26T10:00:09.000Z', ms: 9000 },
]
  .map((event) => JSON.stringify(event))
  .join('\n');
const ttyrec = fixtureBytes('session.ttyrec');
const cast = fixtureBytes('v2.cast');

// Path → content; side files lie among the recordings as their programs leave them.
const files: Record<string, string | Buffer> = {
  // JumpServer: a desktop and a terminal, each with what its API says of the session.
  'jumpserver/replay/2026-11-26/0a1b.replay.gz': gzipSync(dump),
  'jumpserver/replay/2026-11-26/0a1b.replay.json': JSON.stringify({
    id: '0a1b',
    user: 'Beatriz(bia)',
    asset: 'win-01(10.0.0.4)',
    account: 'Administrator(Administrator)',
    protocol: 'rdp',
    remote_addr: '203.0.113.5',
    date_start: '2026/11/26 10:00:00 +0000',
    date_end: '2026/11/26 10:30:00 +0000',
  }),
  // Guacamole: named by ${GUAC_USERNAME}-${GUAC_DATE}-${GUAC_TIME}, and below the history's UUID with YAML beside it.
  'guacamole/ana-maria-20261126-101500': dump,
  [`guacamole/history/${uuid}/console`]: dump,
  [`guacamole/history/${uuid}/console.yaml`]:
    'username: caio\nconnectionName: fw-2\nremote_host: 192.0.2.44\nprotocol: VNC\nstartDate: 2026-11-25T08:00:00Z\ntags: [change-88, firewall]\n',
  // Teleport: an exported session.
  [`teleport/${uuid}.json`]: teleport,
  // tlog's file writer and asciinema tell all by themselves.
  'tlog/tlog.log': fixtureBytes('session.tlog'),
  'asciinema/2026/maintenance.cast': cast,
  // The documented system: arz/YYYY/MMDD/<id>, a list for the whole day.
  'arz/2026/1126/4711': ttyrec,
  'arz/2026/1126/4712': cast,
  'arz/2026/1126/sessions.csv':
    'file;usuario;dispositivo;credencial;protocolo;origem;inicio;fim\n4711;Ana Souza;sw-core-1;admin;SSH;10.9.8.7;2026-11-26T07:00:00Z;2026-11-26T07:12:30Z\n"4712";"Souza; Ana";sw-core-2;admin;TELNET;10.9.8.7;2026-11-26T08:00:00Z;2026-11-26T08:00:10Z\n',
  // Folders of days, JSON beside.
  'deep/2026/11/25/99.ttyrec': ttyrec,
  'deep/2026/11/25/99.json': JSON.stringify({
    session: { id: 99 },
    user: { name: 'rita' },
    host: 'mail-1',
    duration: 63,
    labels: 'a, b',
  }),
};

test('JumpServer, Guacamole, Teleport, tlog, asciinema and dated folders are read with what lies beside them', async (t) => {
  const site = await recordingsSite(t);
  for (const [path, content] of Object.entries(files)) {
    const file = join(site.recordings, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    makeOld(file);
  }
  assert.equal((await site.run()).outcome, 'succeeded');
  const { store, instanceKey } = site.app;
  const find = (query: Parameters<typeof searchRecordings>[2]): Recording[] =>
    searchRecordings(store, openWordKey(store, instanceKey), query).recordings;
  const tail = ({ path }: Recording): string => path.slice(site.recordings.length + 1);
  const facts = (): Record<string, string> =>
    Object.fromEntries(
      find({}).map((one) => {
        const { user, origin, target, account, protocol, sessionId, startedAt, durationMs, tags, format } = one;
        const day = /guacamole\/ana|asciinema|tlog|deep/.test(one.path) ? '' : startedAt;
        const told = [format, user, origin, target, account, protocol, sessionId, day, durationMs, tags.join('+')];
        return [tail(one), told.map((fact) => fact ?? '-').join(' | ')];
      }),
    );
  const expected = {
    'jumpserver/replay/2026-11-26/0a1b.replay.gz':
      'guacamole | Beatriz(bia) | 203.0.113.5 | win-01(10.0.0.4) | Administrator(Administrator) | rdp | 0a1b | 2026-11-26T10:00:00.000Z | 30000 | ',
    'guacamole/ana-maria-20261126-101500': 'guacamole | ana-maria | - | - | - | - | - |  | 30000 | ',
    [`guacamole/history/${uuid}/console`]:
      'guacamole | caio | 192.0.2.44 | fw-2 | - | vnc | - | 2026-11-25T08:00:00.000Z | 30000 | change-88+firewall',
    [`teleport/${uuid}.json`]: `teleport | rui@example.com | 198.51.100.9 | db07 | postgres | ssh | ${uuid} | 2026-11-26T10:00:00.000Z | 1000 | `,
    'tlog/tlog.log': 'tlog | root | - | bastion01 | root | - | c7e0a1d2f3b44c55a6b7c8d9e0f10213-1d8-8c2 |  | 722 | ',
    'asciinema/2026/maintenance.cast': 'asciicast | - | - | - | - | - | - |  | 716 | ',
    'arz/2026/1126/4711':
      'ttyrec | Ana Souza | 10.9.8.7 | sw-core-1 | admin | ssh | 4711 | 2026-11-26T07:00:00.000Z | 707 | ',
    'arz/2026/1126/4712':
      'asciicast | Souza; Ana | 10.9.8.7 | sw-core-2 | admin | telnet | 4712 | 2026-11-26T08:00:00.000Z | 716 | ',
    'deep/2026/11/25/99.ttyrec': 'ttyrec | rita | - | mail-1 | - | - | 99 |  | 707 | a+b',
  };
  assert.deepEqual(facts(), expected);
  rmSync(site.recordings, { recursive: true });
  await rebuildCatalogue(site.app);
  assert.deepEqual(facts(), expected, 'the repository alone tells the same');
  const tails = (query: Parameters<typeof searchRecordings>[2]): string[] => find(query).map(tail).sort();
  assert.deepEqual(tails({ content: 'regedit' }).length, 3, 'typed on a desktop');
  assert.deepEqual(tails({ content: 'pg_dumpall' }), [`teleport/${uuid}.json`]);
  assert.deepEqual(tails({ tag: 'firewall' }), [`guacamole/history/${uuid}/console`]);
  assert.deepEqual(tails({ user: 'souza', target: 'core-2' }), ['arz/2026/1126/4712']);
});

test('a word that most recordings have and one that few have are found alike, the newest first', async (t) => {
  const { app } = await recordingsSite(t);
  const tools = catalogueTools(app);
  const seen = Array.from({ length: 1100 }, (_, n) => ({
    host: 'bastion',
    path: `/srv/${n}`,
    rawPath: `/srv/${n}`,
    size: n,
    modifiedNs: BigInt(n) * 1_000_000_000n,
    firstSeenAt: new Date(0),
    content: String(n).padStart(32, '0'),
    description: {
      format: 'tlog',
      family: 'terminal' as const,
      facts: {},
    },
    inode: BigInt(n),
    words: Float64Array.from(['common', ...(n % 500 === 7 ? ['rare'] : [])], tools.wordKey.numberOf),
  }));
  keepRecordings(app.store, { destination: 'local', snapshot: 'f'.repeat(64) }, seen);
  const paths = (content: string): string[] =>
    searchRecordings(app.store, tools.wordKey, { content }, { limit: 3 }).recordings.map(({ path }) => path);
  assert.deepEqual(paths('common'), ['/srv/1099', '/srv/1098', '/srv/1097']);
  assert.deepEqual(paths('rare common'), ['/srv/1007', '/srv/507', '/srv/7']);
  assert.deepEqual(paths('common nowhere'), []);
});

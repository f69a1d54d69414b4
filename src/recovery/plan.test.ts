import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RecoveryFacts, ServerFacts } from '../sources/trees/recovery-facts.ts';
import { comparePackages, parsePackageList } from './packages/package-list.ts';
import { isOlder, planRecovery, type PlanInput, type ServerPlan } from './plan.ts';

const server: ServerFacts = {
  engine: 'postgresql',
  profile: 'pg',
  version: '15.4',
  programs: '/usr/lib/postgresql/15/bin',
  account: 'postgres',
  dataFolder: '/var/lib/postgresql/15/main',
  user: 'postgres',
  socket: '/run/postgresql',
  port: 5432,
  settings: {},
  globals: '/orbit/pg/globals.sql',
  databases: [{ name: 'vault', file: '/orbit/pg/vault.dump', tables: 3 }],
  takenAt: '2026-11-26T03:00:00Z',
  isOneMoment: true,
};
const facts: RecoveryFacts = {
  format: 'orbit-recovery',
  version: 1,
  orbit: 'orbit 0.1.0',
  host: 'vault-1',
  system: { name: 'Debian 12', kernel: '6.1', architecture: 'x64' },
  folders: ['/'],
  excludes: [],
  fileSystems: [],
  profiles: [],
  servers: [server],
  copies: [],
  services: [],
  notes: [],
};
const serverPlan: ServerPlan = { facts: server, version: '15.9', from: 'backup', dumpBytes: 100, isInTheWay: false };

function plan(change: Partial<PlanInput> = {}) {
  return planRecovery({
    snapshot: { id: 'a'.repeat(64), time: '2026-11-26T03:00:00Z', hostname: 'vault-1' },
    facts,
    wanted: {},
    target: { path: '/mnt/target', isHere: false, architecture: 'x64' },
    survey: {
      files: 2,
      bytes: 900,
      overwritten: [],
      overwrittenBytes: 0,
      unchanged: 0,
      space: [],
      bytesPerSecond: 500,
      sampleBytes: 100,
    },
    servers: [serverPlan],
    services: { hasSystemd: true, running: ['app.service', 'postgresql.service'] },
    copies: [],
    failedAt: new Date('2026-11-26T04:30:00Z'),
    ...change,
  });
}
const fatal = (change: Partial<PlanInput>): string[] =>
  plan(change).problems.flatMap(({ isFatal, text }) => (isFatal ? [text] : []));

test('a plan tells what is lost, how long it takes, and that nothing speaks against it', () => {
  const made = plan();
  assert.equal(made.rpoMs, 90 * 60_000);
  assert.equal(made.time.estimatedMs, 2000);
  assert.deepEqual(made.problems, []);
});

test('too little space, no programs, an older server and an unknown database forbid it, each by name', () => {
  const survey = {
    ...plan().files,
    overwritten: [],
    overwrittenBytes: 0,
    space: [{ place: '/srv', neededBytes: 10, freeBytes: 9 }],
    sampleBytes: 0,
  };
  assert.match(fatal({ survey }).join(), /\/srv needs 10 B and has 9 B free/);
  const { version: _, ...without } = serverPlan;
  assert.match(
    fatal({ servers: [{ ...without, from: 'nowhere' }] }).join(),
    /postgresql 15\.4 \(pg\): its programs are neither/,
  );
  assert.match(fatal({ servers: [{ ...serverPlan, version: '14.11' }] }).join(), /older \(14\.11\)/);
  assert.match(fatal({ wanted: { databases: ['nothing'] } }).join(), /no database 'nothing'/);
});

test('another architecture, a newer server and a data folder in the way are told and forbid nothing', () => {
  const made = plan({
    target: { path: '/mnt/target', isHere: false, architecture: 'arm64' },
    servers: [{ ...serverPlan, version: '16.1', isInTheWay: true }],
  });
  assert.deepEqual(
    made.problems.map(({ isFatal }) => isFatal),
    [false, false, false],
  );
});

test('what the backup noted of itself is told before anything is done', () => {
  const notes = ['pg and my do not show one moment with each other: it took longer than 5 s'];
  assert.deepEqual(plan({ facts: { ...facts, notes } }).problems, [
    { isFatal: false, text: `the backup said of itself: ${notes[0]}` },
  ]);
});

test('in place, what runs here is stopped; a server that no unit runs, or no systemd, is told', () => {
  const target = { path: '/', isHere: true, architecture: 'x64' };
  const listening = [{ ...serverPlan, isListening: true }];
  assert.deepEqual(plan({ target, servers: listening }).stop, ['app.service', 'postgresql.service']);
  assert.deepEqual(fatal({ target, servers: listening }), []);
  assert.deepEqual(plan({ servers: listening }).stop, []);
  const without = { target, servers: listening, services: { hasSystemd: false, running: [] } };
  assert.match(fatal(without).join(), /a server answers at \/run\/postgresql.*stop it first/);
  const told = plan({ ...without, facts: { ...facts, services: ['app.service'] } }).problems;
  assert.ok(told.some(({ isFatal, text }) => !isFatal && /stop these yourself .*app\.service/.test(text)));
  // One database into a server that runs leaves all of them running.
  const running: ServerPlan = { ...serverPlan, from: 'running' };
  assert.deepEqual(plan({ target, servers: [running], wanted: { databases: ['vault'] } }).stop, []);
});

test('missing programs of a server are no obstacle when packages are installed first', () => {
  const { version: _, ...without } = serverPlan;
  const servers: ServerPlan[] = [{ ...without, from: 'nowhere' }];
  assert.deepEqual(fatal({ servers, install: ['postgresql-15:amd64'] }), []);
  assert.equal(fatal({ servers }).length, 1);
});

test('versions are compared by the numbers within which dumps go back', () => {
  assert.equal(isOlder('postgresql', '15.1', '15.9'), false);
  assert.equal(isOlder('postgresql', '9.6', '15.0'), true);
  assert.equal(isOlder('mariadb', '10.5.29', '10.11.1'), true);
  assert.equal(isOlder('mariadb', '11.4.2', '10.11.14'), false);
  assert.equal(isOlder('mariadb', '10.11.1', '10.11.14'), false);
});

test('packages that are missing or of another version are named', () => {
  const was = parsePackageList('bash:amd64\t5.2\tii \ncurl:amd64\t7.88\tii \ngone:amd64\t1\trc \nvim:amd64\t9\tii \n');
  const is = new Map([
    ['bash:amd64', '5.2'],
    ['vim:amd64', '8'],
  ]);
  assert.deepEqual(comparePackages(was, is), {
    missing: ['curl:amd64'],
    differing: [{ name: 'vim:amd64', was: '9', is: '8' }],
  });
});

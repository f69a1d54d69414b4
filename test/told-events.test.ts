// The catalogue promises nothing that nobody tells: every event is told somewhere, and the rarer ones when they happen.
import assert from 'node:assert/strict';
import { globSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ownCertificate, tellCertificate } from '../src/api/own-certificate.ts';
import { fixedClock, systemClock } from '../src/base/clock.ts';
import { type OrbitEvent, eventCatalog } from '../src/base/event.ts';
import { tellDataTrouble } from '../src/jobs/data-watch.ts';
import { findJob } from '../src/jobs/job.ts';
import { addResult, endRun, findRun, startRun } from '../src/jobs/run.ts';
import { tellRun } from '../src/jobs/tell-run.ts';
import { openInstanceKey } from '../src/store/instance-key.ts';
import { memoryStore, openStore } from '../src/store/store.ts';
import { cli } from './support/cli.ts';
import { drillInstance } from './support/drill-instance.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { needs } from './support/tools.ts';

const ids = (events: OrbitEvent[]): string[] => events.splice(0).map(({ id }) => id);

test('every event of the catalogue is told somewhere, and not only filtered or described', () => {
  // What describes events, or chooses among them, tells none.
  const describing = /^src\/(base\/events?|notify\/(kinds|mail|filter))|\.test\.ts$/;
  const files = globSync('src/**/*.ts').filter((file) => !describing.test(file));
  const source = files.map((file) => readFileSync(file, 'utf8')).join('\n');
  const beginnings = [...source.matchAll(/orbitEvent\(\s*`([a-z.-]+)\$\{/g)].map((match) => match[1] ?? '');
  const untold = Object.keys(eventCatalog).filter(
    (id) => !source.includes(`'${id}'`) && !beginnings.some((beginning) => id.startsWith(beginning)),
  );
  assert.deepEqual(untold, []);
});

test('a key that is gone or another one is told once a day while the service still lives, until it is back', async (context) => {
  const home = await temporaryFolder(context);
  const file = join(home, 'instance.key');
  const instanceKey = openInstanceKey(home);
  const right = readFileSync(file);
  const told: OrbitEvent[] = [];
  const clock = fixedClock(new Date('2026-11-26T05:00:00Z'));
  const site = { home, store: memoryStore(), instanceKey, clock, tell: (event: OrbitEvent) => void told.push(event) };
  tellDataTrouble(site);
  assert.deepEqual(ids(told), []);
  rmSync(file);
  tellDataTrouble(site);
  tellDataTrouble(site);
  assert.match(told[0]?.message ?? '', /instance\.key cannot be used: the file cannot be read/);
  assert.deepEqual(ids(told), ['instance-key.missing']);
  writeFileSync(file, Buffer.alloc(32, 7));
  tellDataTrouble(site);
  assert.match(told[0]?.message ?? '', /not the key that this service was started with/);
  assert.deepEqual(ids(told), ['instance-key.missing']);
  writeFileSync(file, right);
  tellDataTrouble(site);
  assert.deepEqual(ids(told), []);
});

test('damage in the database is found by the daily look and told', async (context) => {
  const home = await temporaryFolder(context);
  const instanceKey = openInstanceKey(home);
  const whole = openStore(home);
  const insert = whole.database.prepare(
    "INSERT INTO copy_hold (copy, how, reason, held_by, held_at) VALUES (?, 'legal', ?, 'ana', '2026-11-26')",
  );
  whole.transaction(() => {
    for (let number = 0; number < 3000; number += 1) insert.run(`copy ${number}`, 'x'.repeat(200));
  });
  whole.database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  whole.close();
  const file = join(home, 'orbit.db');
  const bytes = readFileSync(file);
  bytes.fill(0xff, statSync(file).size - 20 * 4096, statSync(file).size - 10 * 4096);
  writeFileSync(file, bytes);
  const store = openStore(home);
  context.after(() => store.close());
  const told: OrbitEvent[] = [];
  const clock = fixedClock(new Date('2026-11-26T05:00:00Z'));
  tellDataTrouble({ home, store, instanceKey, clock, tell: (event) => void told.push(event) });
  assert.deepEqual(ids(told), ['database.damaged']);
});

test('a certificate that ends within three weeks is told once a day', needs('openssl'), async (context) => {
  const { cert } = await ownCertificate(await temporaryFolder(context), systemClock);
  const told: OrbitEvent[] = [];
  const clock = fixedClock(new Date());
  const site = { store: memoryStore(), clock, tell: (event: OrbitEvent) => void told.push(event) };
  tellCertificate(site, cert);
  assert.deepEqual(ids(told), []);
  clock.advance(380 * 24 * 60 * 60_000);
  tellCertificate(site, cert);
  tellCertificate(site, cert);
  assert.equal(told[0]?.facts.subject, 'CN=Orbit');
  assert.deepEqual(ids(told), ['certificate.expiring']);
});

test('a kit that somebody changed at the destination is told as tampering by the next run, which makes a new one', async (context) => {
  const { events, place, backUp } = await drillInstance(context);
  await backUp('secrets');
  assert.ok(!ids(events).includes('destination.tampered'));
  const [kit = ''] = readdirSync(join(place, 'secrets'));
  writeFileSync(join(place, 'secrets', kit, 'secrets.kdbx'), 'something else');
  await backUp('secrets');
  const tampered = events.find(({ id }) => id === 'destination.tampered');
  assert.equal(tampered?.facts.destination, 'local');
  assert.match(String(tampered.facts.reason), /secrets\.kdbx/);
});

test('what does not read back as it was written is told as that, besides the failed backup', async (context) => {
  const { app, events, clock } = await drillInstance(context);
  events.splice(0);
  const run = startRun(app.store, findJob(app.store, 'system'), 'schedule', clock);
  const at = clock.now().toISOString();
  const failure = { code: 'backend.different-bytes', message: 'data/ab read back from x differs from what was sent' };
  addResult(app.store, run, { destination: 'local', startedAt: at, endedAt: at, outcome: 'failed', failure });
  endRun(app.store, run, 'failed', clock);
  tellRun(app, findRun(app.store, run), new Map([['local', 'x']]));
  assert.equal(events[1]?.facts.host, hostname());
  assert.deepEqual(ids(events), ['backup.failed', 'backup.verification-failed']);
});

test('a place that lets backups be deleted is told when that was tried', async (context) => {
  const { app, home, place } = await drillInstance(context);
  const signing = join(place, 'signing');
  writeFileSync(signing, 'whsec_0123456789abcdef0123456789abcdef\n', { mode: 0o600 });
  const orbit = async (...args: string[]) => assert.equal((await cli(args, { home })).exitCode, 0);
  await orbit('channel', 'add', 'webhook', 'siem', '--url', 'http://127.0.0.1:9/', '--signing-secret-file', signing);
  await orbit('destination', 'authorize', 'local', '--prove');
  const messages = app.store.database.prepare('SELECT event FROM channel_message').all();
  const told = messages
    .map(({ event }) => String(event))
    .find((event) => event.includes('destination.not-append-only'));
  assert.match(told ?? '', /deleting was allowed and overwriting was allowed/);
});

import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { failure } from '../../test/support/failures.ts';
import { onlyRoot, smallDisk } from '../../test/support/small-disk.ts';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { fixedClock } from '../base/clock.ts';
import type { OrbitEvent } from '../base/event.ts';
import { addDestination } from '../destinations/destination.ts';
import { instanceKeyFrom } from '../store/instance-key.ts';
import { memoryStore } from '../store/store.ts';
import { saveJob } from './job.ts';
import { beginMaintenance, endMaintenance, findMaintenance, watchMaintenance } from './maintenance.ts';
import { addResult, endRun, startRun } from './run.ts';
import { tellServiceStart, tellServiceStop } from './service-life.ts';
import { tellStanding } from './standing-watch.ts';

const hourMs = 60 * 60_000;

async function watched(context: TestContext) {
  const home = await temporaryFolder(context);
  const store = memoryStore();
  const clock = fixedClock(new Date('2026-11-26T05:00:00Z'));
  const told: OrbitEvent[] = [];
  const site = { home, store, clock, tell: (event: OrbitEvent) => void told.push(event) };
  const folder = join(home, 'data');
  await mkdir(folder);
  const plan = { folders: [folder], excludes: [], commands: [] };
  const job = {
    name: 'system',
    kind: 'system',
    enabled: true,
    plan,
    destinations: ['nas'],
    schedule: '0 5 * * *',
  } as const;
  saveJob(store, { ...job, plan, destinations: ['nas'], timeZone: 'UTC' });
  // The disk of the machine that runs the test is not what this is about.
  const events = (): OrbitEvent[] => told.splice(0).filter(({ id }) => !id.startsWith('disk.'));
  return { site, clock, store, folder, events, job: { ...job, plan, destinations: ['nas'] } };
}

test('silence is told: a copy that grows older than its schedule promises, once a day, until there is a good one', async (context) => {
  const { site, clock, store, events, job } = await watched(context);
  const runOnce = (): void => {
    const run = startRun(store, job, 'schedule', clock);
    const at = clock.now().toISOString();
    addResult(store, run, { destination: 'nas', startedAt: at, endedAt: at, outcome: 'succeeded' });
    endRun(store, run, 'succeeded', clock);
  };
  runOnce();
  clock.advance(30 * hourMs);
  tellStanding(site);
  assert.deepEqual(events(), []);
  clock.advance(2 * hourMs);
  tellStanding(site);
  tellStanding(site);
  const [overdue, ...more] = events();
  assert.equal(overdue?.id, 'backup.overdue');
  assert.equal(overdue.facts.lastGoodAt, '2026-11-26T05:00:00.000Z');
  assert.equal(more.length, 0);
  clock.advance(25 * hourMs);
  tellStanding(site);
  assert.equal(events().length, 1, 'told again the next day');
  runOnce();
  tellStanding(site);
  assert.deepEqual(events(), []);
});

// A disk with room for bytes and none for files, which takes nothing either.
test('a disk whose inodes run out is told by the documented steps, once a day', onlyRoot, async (context) => {
  const { site } = await watched(context);
  const told: OrbitEvent[] = [];
  const disk = await smallDisk(context, '16m,nr_inodes=10');
  const ofDisk = { ...site, home: disk.path, tell: (event: OrbitEvent) => void told.push(event) };
  const seen = () => told.splice(0).flatMap(({ id, facts }) => (facts.subject === 'inodes' ? [id] : []));
  for (let number = 1; number <= 6; number++) await writeFile(join(disk.path, String(number)), '');
  tellStanding(ofDisk);
  assert.deepEqual(seen(), [], '70 % are not more than 70 %');
  for (const step of [70, 80, 90].map((limit) => `disk.over-${limit}`).slice(1)) {
    await writeFile(join(disk.path, step), '');
    if (step === 'disk.over-80') await writeFile(join(disk.path, 'one more'), '');
    tellStanding(ofDisk);
    tellStanding(ofDisk);
    assert.deepEqual(seen(), [step]);
  }
});

test('a folder that is gone is told, and told again when it is back', async (context) => {
  const { site, clock, folder, events } = await watched(context);
  await rm(folder, { recursive: true });
  tellStanding(site);
  clock.advance(hourMs);
  tellStanding(site);
  assert.deepEqual(
    events().map(({ id, facts }) => [id, facts.path]),
    [['source.lost', folder]],
  );
  await mkdir(folder);
  tellStanding(site);
  tellStanding(site);
  const [back, ...more] = events();
  assert.deepEqual([back?.id, back?.facts.downMs, more.length], ['source.back', hourMs, 0]);
});

test('maintenance is told when it begins, every four hours, and when it ends by itself', async (context) => {
  const { site, clock, events } = await watched(context);
  const until = new Date(clock.now().getTime() + 9 * hourMs);
  beginMaintenance(site, { by: 'ana', reason: 'the storage is moved', until });
  for (let minute = 0; minute < 10 * 60; minute += 10) {
    clock.advance(10 * 60_000);
    watchMaintenance(site);
    assert.equal(findMaintenance(site) !== undefined, clock.now() < until);
  }
  assert.deepEqual(
    events().map(({ id }) => id),
    ['maintenance.entered', 'maintenance.forgotten', 'maintenance.forgotten', 'maintenance.left'],
  );
  assert.equal(endMaintenance(site, 'ana'), false);
  const forEver = new Date(clock.now().getTime() + 8 * 24 * hourMs);
  assert.throws(
    () => beginMaintenance(site, { by: 'ana', reason: 'for ever', until: forEver }),
    failure('jobs.bad-maintenance'),
  );
});

test('a service that did not stop as it should is told at its next start', async (context) => {
  const { site, events } = await watched(context);
  tellServiceStart(site, 'here');
  tellServiceStop(site);
  tellServiceStart(site, 'here');
  tellServiceStart(site, 'here');
  assert.deepEqual(
    events().map(({ id }) => id),
    ['service.started', 'service.stopped', 'service.started', 'service.crashed', 'service.started'],
  );
});

test('space that runs out is told by the number that the destination says itself', async (context) => {
  const { site, store, events } = await watched(context);
  const instanceKey = instanceKeyFrom(Buffer.alloc(32, 1));
  for (const [name, lowSpaceMib] of [
    ['strict', 3],
    ['careless', 1],
  ] as const) {
    const config = { path: site.home, lowSpaceMib };
    addDestination(store, instanceKey, { name, kind: 'folder', config });
  }
  const probe = { at: '2026-11-26T05:00:00Z', isUsable: true, worries: [], freeBytes: 2 * 1024 * 1024 };
  store.database.prepare('UPDATE destination SET last_probe = ?').run(JSON.stringify(probe));
  tellStanding(site);
  assert.deepEqual(
    events().map(({ id, facts }) => [id, 'destination' in facts && facts.destination]),
    [['destination.low-space', 'strict']],
  );
});

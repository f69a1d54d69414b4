import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failure } from '../../test/support/failures.ts';
import { Failure } from '../base/failure.ts';
import { fixedClock } from '../base/clock.ts';
import { memoryStore } from '../store/store.ts';
import { defaultSchedule, findJob, type Job, listJobs, saveJob } from './job.ts';
import { type RunTrigger, addResult, endRun, keptFailure, listRuns, markInterruptedRuns, startRun } from './run.ts';
import { dueJobs } from './scheduler.ts';

const clock = fixedClock(new Date('2026-11-23T04:00:00Z'));
const system: Job = {
  name: 'system',
  kind: 'system',
  enabled: true,
  plan: { folders: ['/etc'], excludes: [], commands: [] },
  destinations: ['local'],
  schedule: defaultSchedule,
  timeZone: 'UTC',
};

test('jobs are kept as they were given, secrets first', () => {
  const store = memoryStore();
  saveJob(store, system);
  saveJob(store, { ...system, name: 'secrets', kind: 'secrets', plan: { sources: [] } });
  assert.deepEqual(
    listJobs(store).map((job) => job.name),
    ['secrets', 'system'],
  );
  assert.deepEqual(findJob(store, 'system'), system);
  assert.throws(() => findJob(store, 'sistem'), failure('jobs.not-found', /secrets, system/));
});

test('a job does not run twice at once', () => {
  const store = memoryStore();
  const run = startRun(store, system, 'person', clock);
  assert.throws(() => startRun(store, system, 'schedule', clock), failure('jobs.already-running'));
  endRun(store, run, 'succeeded', clock);
  assert.ok(startRun(store, system, 'schedule', clock) > run);
});

test('a run whose process is gone is marked as interrupted, and the next one starts', () => {
  const store = memoryStore();
  const run = startRun(store, system, 'person', clock);
  store.database.prepare('UPDATE run SET process = ? WHERE id = ?').run('another-boot 1 1', run);
  assert.deepEqual(markInterruptedRuns(store, clock), [run]);
  assert.equal(listRuns(store)[0]?.failure?.code, 'jobs.interrupted');
  startRun(store, system, 'person', clock);
});

test('history gives back results and failures', () => {
  const store = memoryStore();
  const run = startRun(store, system, 'person', clock);
  const result = {
    destination: 'local',
    startedAt: '2026-11-23T04:00:00.000Z',
    endedAt: '2026-11-23T04:00:01.000Z',
    outcome: 'failed' as const,
    failure: keptFailure(new Failure('backend.no-space', { message: 'full', hint: 'make room' })),
  };
  addResult(store, run, result);
  endRun(store, run, 'failed', clock);
  assert.deepEqual(listRuns(store, { job: 'system' })[0]?.results, [result]);
  assert.deepEqual(listRuns(store, { job: 'other' }), []);
});

test('a job is due at its time, once, and a missed time is caught up', () => {
  const store = memoryStore();
  saveJob(store, system);
  const since = new Date('2026-11-23T04:00:00Z');
  const due = (now: string): string[] => dueJobs(store, since, new Date(now)).map(({ job }) => job.name);
  assert.deepEqual(due('2026-11-23T04:59:59Z'), []);
  assert.deepEqual(due('2026-11-23T05:00:00Z'), ['system']);
  assert.deepEqual(due('2026-11-24T03:00:00Z'), ['system']);
  const run = startRun(store, system, 'schedule', fixedClock(new Date('2026-11-23T05:00:00Z')));
  assert.deepEqual(due('2026-11-24T05:00:00Z'), [], 'not while it runs');
  endRun(store, run, 'failed', clock);
  assert.deepEqual(due('2026-11-24T04:00:00Z'), []);
  assert.deepEqual(due('2026-11-24T05:00:00Z'), ['system']);
  const again = (now: string): boolean | undefined => dueJobs(store, since, new Date(now))[0]?.isAgain;
  assert.equal(again('2026-11-24T05:00:00Z'), false);
  const cutOff = (code: string, startedBy: RunTrigger, at: string): void => {
    const failed = startRun(store, system, startedBy, fixedClock(new Date(at)));
    const failure = keptFailure(new Failure(code, { message: 'gone', hint: 'none' }));
    endRun(store, failed, code === 'jobs.stopped' ? 'cancelled' : 'failed', clock, failure);
  };
  cutOff('jobs.interrupted', 'schedule', '2026-11-24T05:00:00Z');
  assert.equal(again('2026-11-24T05:01:00Z'), true, 'what a crash cut off begins again');
  cutOff('jobs.stopped', 'schedule', '2026-11-24T05:01:00Z');
  assert.deepEqual(due('2026-11-24T05:02:00Z'), [], 'but only once: it may be what brings the machine down');
  cutOff('jobs.interrupted', 'person', '2026-11-24T06:00:00Z');
  assert.deepEqual(due('2026-11-24T06:01:00Z'), [], 'what a person began is for a person');
  cutOff('jobs.stopped', 'schedule', '2026-11-25T05:00:00Z');
  assert.equal(again('2026-11-25T05:01:00Z'), true, 'so does what was stopped');
  saveJob(store, { ...system, enabled: false });
  assert.deepEqual(due('2026-11-24T05:00:00Z'), []);
});

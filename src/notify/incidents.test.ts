// Incidents: begun and ended by what is told, one for the same trouble of the same thing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failure } from '../../test/support/failures.ts';
import { eventCatalog, eventKind, type EventId, type OrbitEvent, orbitEvent } from '../base/event.ts';
import { memoryStore } from '../store/store.ts';
import { incidentRules } from './incident-rules.ts';
import { countIncidents, endSilent, listIncidents, noteIncident, resolveIncident } from './incidents.ts';

const day = (number: number): Date => new Date(Date.UTC(2026, 10, number, 5));
const lost = (destination: string, at: Date): OrbitEvent =>
  orbitEvent('destination.lost', { destination, location: 'nas:/x', reason: 'no answer', since: at }, at);
const back = (destination: string, at: Date): OrbitEvent =>
  orbitEvent('destination.back', { destination, location: 'nas:/x', since: at, downMs: 1 }, at);

test('a destination that is lost, told again and back is one incident with its beginning and end', () => {
  const store = memoryStore();
  for (const event of [lost('nas', day(1)), lost('cloud', day(1)), lost('nas', day(2)), back('nas', day(3))])
    noteIncident(store, event);
  const [open] = listIncidents(store, { state: 'open' });
  const [over] = listIncidents(store, { state: 'resolved' });
  assert.equal(open?.facts.destination, 'cloud');
  assert.deepEqual(
    [over?.facts.destination, over?.times, over?.openedAt, over?.resolvedAt, over?.resolvedBy],
    ['nas', 2, day(1).toISOString(), day(3).toISOString(), 'destination.back'],
  );
  noteIncident(store, lost('nas', day(4)));
  assert.equal(countIncidents(store), 3);
  assert.equal(countIncidents(store, { since: day(4).toISOString() }), 2);
});

test('a good backup ends what was wrong with that copy and nothing of another', () => {
  const store = memoryStore();
  const failed = (job: string, destination: string): OrbitEvent =>
    orbitEvent('backup.failed', { kind: 'system', job, destination, reason: 'full' }, day(1));
  for (const event of [failed('system', 'nas'), failed('system', 'cloud')]) noteIncident(store, event);
  const facts = { kind: 'system', destination: 'nas', location: 'x', durationMs: 1, bytesSent: 1, verified: true };
  noteIncident(store, orbitEvent('backup.performed', { job: 'other', ...facts }, day(2)));
  assert.equal(countIncidents(store, { state: 'open' }), 2);
  noteIncident(store, orbitEvent('backup.performed', { job: 'system', ...facts }, day(2)));
  assert.deepEqual(
    listIncidents(store, { state: 'open' }).map((each) => each.facts.destination),
    ['cloud'],
  );
});

test('a drill that only people can hold is not ended by an automatic one', () => {
  const store = memoryStore();
  noteIncident(store, orbitEvent('drill.overdue', { kind: 'secrets', dueAt: day(1), task: 'people' }, day(1)));
  noteIncident(store, orbitEvent('drill.passed', { kind: 'secrets', destination: 'nas', durationMs: 1 }, day(2)));
  assert.equal(countIncidents(store, { state: 'open' }), 1);
});

test('what is told daily while it stands is over after two days of silence, and nothing else is', () => {
  const store = memoryStore();
  const full = { path: '/', usedPercent: 75, freeBytes: 1 };
  for (const event of [orbitEvent('disk.over-70', full, day(1)), orbitEvent('disk.over-80', full, day(2))])
    noteIncident(store, event);
  noteIncident(store, lost('nas', day(1)));
  assert.equal(countIncidents(store), 2, 'both steps of one disk are one matter');
  endSilent({ store, clock: { now: () => day(4) } });
  assert.equal(countIncidents(store, { state: 'open' }), 2);
  endSilent({ store, clock: { now: () => day(5) } });
  assert.deepEqual(
    listIncidents(store, { state: 'open' }).map((each) => each.event),
    ['destination.lost'],
  );
});

test('a person ends one with a note, once', () => {
  const store = memoryStore();
  const site = { store, clock: { now: () => day(2) } };
  noteIncident(store, lost('nas', day(1)));
  const ended = resolveIncident(site, 1, { by: 'ana', note: 'moved' });
  assert.deepEqual([ended.resolvedBy, ended.note, ended.resolvedAt], ['ana', 'moved', day(2).toISOString()]);
  assert.throws(() => resolveIncident(site, 1, { by: 'ana', note: '' }), failure('notify.no-open-incident'));
});

test('whatever the documented system would report as an incident begins one, and its rule names facts that it has', () => {
  for (const id of Object.keys(eventCatalog) as EventId[]) {
    const rule = incidentRules[id];
    if (eventKind(id).reportedAs === '336.501') assert.ok(rule !== undefined, id);
    const known = (event: EventId): readonly string[] => [
      ...eventKind(event).facts,
      ...(eventKind(event).optional ?? []),
    ];
    for (const name of rule?.by ?? []) assert.ok(known(id).includes(name), `${id} has no ${name}`);
    for (const [ending, names] of Object.entries(rule?.endedBy ?? {}))
      for (const name of names) assert.ok(known(ending as EventId).includes(name), `${ending} has no ${name}`);
  }
});

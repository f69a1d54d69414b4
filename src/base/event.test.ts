import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { eventTables } from '../../scripts/events-doc.ts';
import { type EventId, type OrbitEvent, eventCatalog, eventKind, isEventId, orbitEvent, tellEvent } from './event.ts';
import { type FactKind, eventFacts } from './events/facts.ts';

const at = new Date('2026-11-23T05:00:07.250Z');
const ids = Object.keys(eventCatalog) as EventId[];

test('an event says what happened in English and in Portuguese, with its facts as people read them', () => {
  const event = orbitEvent(
    'backup.performed',
    {
      kind: 'secrets',
      job: 'daily secrets',
      destination: 'vault-b',
      location: 'rsync://b:22/x',
      durationMs: 2345,
      bytesSent: 1536,
      verified: true,
    },
    at,
  );
  assert.equal(event.severity, 'notice');
  assert.equal(event.message, 'The secrets backup was sent to vault-b (rsync://b:22/x): 1.50 KiB in 2.35 s');
  assert.equal(
    tellEvent(event, 'pt').told,
    'O backup de segredos foi enviado para vault-b (rsync://b:22/x): 1,50 KiB em 2,35 s',
  );
});

test('a fact that is not known leaves its clause out, and a time is kept as ISO text', () => {
  const facts = { kind: 'system', destination: 'nas', objectiveMs: 86_400_000 };
  assert.equal(
    orbitEvent('backup.overdue', facts, at).message,
    'The newest good system backup at nas is older than 24 h 00 min',
  );
  const told = orbitEvent('backup.overdue', { ...facts, lastGoodAt: at }, at);
  assert.match(told.message, /24 h 00 min: it is of 2026-11-23 05:00:07 UTC$/);
  assert.equal(told.facts.lastGoodAt, '2026-11-23T05:00:07.250Z');
  const nowhere = { kind: 'secrets', job: 'secrets', destination: '-', reason: 'secrets are gone' };
  const failed = orbitEvent('backup.failed', nowhere, at);
  assert.equal(failed.message, 'The secrets backup failed: secrets are gone');
  assert.equal(tellEvent(failed, 'pt').told, 'O backup de segredos falhou: secrets are gone');
  assert.equal(failed.facts.destination, '-', 'the SIEM finds its field');
});

test('an unknown event, a missing fact and a fact of the wrong type do not compile', () => {
  const typeChecksOnly = (): OrbitEvent[] => [
    // @ts-expect-error there is no such event
    orbitEvent('backup.exploded', {}, at),
    // @ts-expect-error user is missing
    orbitEvent('ceremony.started', {}, at),
    // @ts-expect-error skewMs is a number
    orbitEvent('clock.skewed', { skewMs: '5', subject: 'nas' }, at),
    // @ts-expect-error clock.skewed has no destination
    orbitEvent('clock.skewed', { skewMs: 5, subject: 'nas', destination: 'x' }, at),
  ];
  assert.equal(typeof typeChecksOnly, 'function');
  assert.equal(isEventId('backup.exploded'), false);
  assert.equal(isEventId('toString'), false);
});

test('every sentence of the catalogue uses facts that its event has, those that may be absent only in brackets', () => {
  const placeholders = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '');
  for (const id of ids) {
    const kind = eventKind(id);
    const needed: string[] = [...kind.facts];
    const known = [...needed, ...(kind.optional ?? [])];
    assert.equal(new Set(known).size, known.length, `${id} names a fact twice`);
    for (const text of [kind.en, kind.pt]) {
      for (const name of placeholders(text.told)) assert.ok(known.includes(name), `${id} has no fact ${name}`);
      const outside = placeholders(text.told.replace(/\[[^\]]*\]/g, ''));
      assert.deepEqual(
        outside.filter((name) => !needed.includes(name)),
        [],
        id,
      );
    }
    assert.deepEqual(placeholders(kind.en.told).sort(), placeholders(kind.pt.told).sort(), `${id} differs by language`);
    assert.equal(kind.en.advice === undefined, kind.pt.advice === undefined, id);
    assert.deepEqual(Object.keys(kind.en.adviceFor ?? {}), Object.keys(kind.pt.adviceFor ?? {}), id);
    for (const key of Object.keys(kind.cef ?? {})) {
      const clash = known.filter((name) => cefKeyOf(name) === key);
      assert.deepEqual(clash, [], `${id}: the CEF key ${key} is fixed and a fact`);
    }
    const keys = known.map(cefKeyOf);
    assert.equal(new Set(keys).size, keys.length, `${id}: two facts share a CEF key`);
  }
});

test('the advice of a failed backup is about what failed: the place only where a place is at fault', () => {
  const advice = (code: string | undefined, language: 'en' | 'pt'): string => {
    const facts = {
      kind: 'secrets',
      job: 'secrets',
      destination: '-',
      reason: 'x',
      ...(code === undefined ? {} : { code }),
    };
    return tellEvent({ id: 'backup.failed', facts }, language).advice ?? '';
  };
  for (const code of ['backend.unreachable', 'destinations.emptied']) {
    assert.match(advice(code, 'en'), /^Check that the destination/);
    assert.match(advice(code, 'pt'), /^Verifique se o destino/);
  }
  for (const code of [
    'secrets.sudden-drop',
    'profiles.no-program',
    'jobs.interrupted',
    'breakglass.no-way-to-open',
    undefined,
  ]) {
    assert.doesNotMatch(advice(code, 'en'), /destination/, code);
    assert.doesNotMatch(advice(code, 'pt'), /destino/, code);
  }
  assert.match(advice('secrets.sudden-drop', 'en'), /^Check the source/);
});

test('in Portuguese the failure in an event is told in Portuguese, with the English message behind it', () => {
  const facts = {
    kind: 'secrets',
    job: 'secrets',
    destination: '-',
    reason: "'vault' has lost 40",
    code: 'secrets.sudden-drop',
  };
  const told = (language: 'en' | 'pt'): string => tellEvent({ id: 'backup.failed', facts }, language).told;
  assert.equal(told('en'), "The secrets backup failed: 'vault' has lost 40");
  assert.match(told('pt'), /^O backup de segredos falhou: A fonte perdeu mais segredos .* \('vault' has lost 40\)$/);
});

test('numbers are unique, and those of the documented system mean what they mean there', () => {
  const numbers = ids.map((id) => eventKind(id).number);
  assert.equal(new Set(numbers).size, numbers.length);
  const documented: Record<string, [EventId, string]> = {
    '18': ['backup.performed', 'notice'],
    '19': ['backup.failed', 'error'],
    '27': ['disk.over-70', 'warning'],
    '28': ['disk.over-80', 'error'],
    '29': ['disk.over-90', 'alert'],
    '30': ['disk.report', 'info'],
    '34': ['recording.changed', 'warning'],
    '92': ['ceremony.started', 'alert'],
    '93': ['custodian.share-viewed', 'alert'],
    '94': ['custodian.share-downloaded', 'alert'],
    '95': ['ceremony.completed', 'alert'],
    '102': ['recovery.failed', 'error'],
    '103': ['recovery.succeeded', 'notice'],
    '336.001': ['task.created', 'info'],
    '336.002': ['task.succeeded', 'info'],
    '336.003': ['task.failed', 'error'],
    '336.004': ['audit.logged', 'info'],
    '1695.001': ['sign-in.succeeded', 'notice'],
    '1695.002': ['sign-in.ended', 'notice'],
    '1695.003': ['sign-in.expired', 'notice'],
  };
  for (const [number, [id, severity]] of Object.entries(documented)) {
    assert.equal(eventKind(id).number, number);
    assert.equal(eventKind(id).severity, severity);
  }
  for (const number of numbers) assert.ok(number in documented || /^9\d{3}$/.test(number), `${number} is whose?`);
});

test('docs/events.md lists exactly the events and facts of the catalogue', () => {
  const page = readFileSync(new URL('../../docs/events.md', import.meta.url), 'utf8');
  const lines = (text: string): string[] => text.split('\n').filter((line) => line.startsWith('|'));
  const written = lines(page.slice(page.indexOf('<!-- from the catalogue -->')));
  assert.deepEqual(written, lines(eventTables()), 'run `node scripts/events-doc.ts`');
});

function cefKeyOf(name: string): string {
  return new Map(Object.entries<FactKind>(eventFacts)).get(name)?.cef ?? name;
}

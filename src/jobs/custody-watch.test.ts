import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kitSite, masterPasswords } from '../../test/support/kits.ts';
import type { OrbitEvent } from '../base/event.ts';
import { changeShares } from '../breakglass/ceremony.ts';
import { type Custodians, openCustodians } from '../breakglass/custodians.ts';
import { splitAmong } from '../breakglass/split-among.ts';
import { memoryStore } from '../store/store.ts';
import { tellCustody } from './custody-watch.ts';

const dayMs = 24 * 3_600_000;

/** Custodians who hold 2 of 3 shares, and what is told day by day. */
async function custody(): Promise<{ custodians: Custodians; days(count: number): string[] }> {
  const site = await kitSite();
  const custodians = openCustodians(site.store, site.clock);
  const people = ['Ana', 'Bruno', 'Carla'].map((name) => custodians.add({ name }));
  const [masterPassword] = masterPasswords;
  assert.ok(masterPassword);
  const keyId = (): string => site.store.database.prepare('SELECT id FROM recovery_key').get()?.['id'] as string;
  const splitter = splitAmong(custodians, { people, threshold: 2, keyId, present: async () => {} });
  await changeShares(site, { masterPassword }, splitter);
  const days = (count: number): string[] => {
    const told: OrbitEvent[] = [];
    for (let hour = 0; hour < count * 24; hour += 6) {
      site.clock.advance(6 * 3_600_000);
      tellCustody({ store: site.store, clock: site.clock, tell: (event) => void told.push(event) });
    }
    return told.map(({ id, facts }) => [id, facts.custodian ?? facts.found].join(' '));
  };
  return { custodians, days };
}

test('custodians who do not confirm are reminded weekly, and after a week of grace the alarm is daily', async () => {
  const { custodians, days } = await custody();
  const unconfirmed = ['Ana', 'Bruno', 'Carla'].map((name) => `custodian.unconfirmed ${name}`);
  const week = days(6);
  assert.deepEqual(
    week.filter((line) => line.includes('unconfirmed')),
    unconfirmed,
  );
  assert.ok(!week.some((line) => line.includes('too-few')));
  const next = days(8);
  assert.deepEqual(
    next.filter((line) => line.includes('unconfirmed')),
    unconfirmed,
  );
  const alarms = next.filter((line) => line === 'custodian.too-few 0').length;
  assert.equal(alarms, 8);
  const set = custodians.currentSet();
  for (const number of [1, 2, 3]) custodians.mark(set?.setId ?? 0, number, 'confirmed');
  assert.deepEqual(days(30), []);
  assert.deepEqual(days(340).length, 3, 'a year later they are asked again');
});

test('one loss below the threshold and one to spare is told at once, without grace', async () => {
  const { custodians, days } = await custody();
  const set = custodians.currentSet();
  for (const number of [1, 2, 3]) custodians.mark(set?.setId ?? 0, number, 'confirmed');
  assert.deepEqual(days(2), []);
  custodians.remove('Bruno', { force: true });
  assert.deepEqual(days(2), ['custodian.too-few 2', 'custodian.too-few 2']);
});

test('an Orbit without any recovery key says so, weekly', () => {
  const store = memoryStore();
  let now = Date.parse('2026-11-23T00:00:00Z');
  const told: string[] = [];
  for (let day = 0; day < 15; day += 1, now += dayMs)
    tellCustody({ store, clock: { now: () => new Date(now) }, tell: (event) => void told.push(event.id) });
  assert.deepEqual(told, ['recovery-key.missing', 'recovery-key.missing', 'recovery-key.missing']);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cli } from '../../test/support/cli.ts';
import { type DrillInstance, drillInstance } from '../../test/support/drill-instance.ts';
import { failure } from '../../test/support/failures.ts';
import { listDrills } from '../breakglass/drills/drill-store.ts';
import { defaultDrillPlan, drillPlan, saveDrillPlan } from './drill-plan.ts';
import { holdDueDrills, overdueDrills, tellOverdueDrills } from './drill-schedule.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

const ids = ({ events }: DrillInstance): string[] => events.map(({ id }) => id).filter((id) => id.startsWith('drill.'));

test('drills are held by the schedule, once a turn, at every place that has a backup', async (context) => {
  const instance = await drillInstance(context);
  const { app, clock } = instance;
  saveDrillPlan(app.store, { ...defaultDrillPlan, schedule: '30 6 * * *' });
  await instance.backUp('secrets');
  assert.deepEqual(await holdDueDrills(app), [], 'the first look only starts the count');
  clock.advance(2 * dayMs);
  const held = await holdDueDrills(app);
  assert.deepEqual(
    held.map(({ report }) => [report.kind, report.result, report.startedBy]),
    [['secrets', 'passed', 'schedule']],
    'the system was never backed up: that is told elsewhere',
  );
  assert.deepEqual(await holdDueDrills(app), []);
  clock.advance(dayMs);
  assert.equal((await holdDueDrills(app)).length, 1);
  saveDrillPlan(app.store, { ...drillPlan(app.store), enabled: false });
  clock.advance(dayMs);
  assert.deepEqual(await holdDueDrills(app), []);
  assert.equal(listDrills(app.store).length, 2);
});

test('an automatic drill that did not pass for two turns is told as overdue, weekly, until one passes', async (context) => {
  const instance = await drillInstance(context);
  const { app, clock } = instance;
  await instance.backUp('secrets');
  clock.advance(10 * dayMs);
  assert.deepEqual(tellOverdueDrills(app), [], 'one turn may be missed');
  clock.advance(7 * dayMs);
  const [overdue] = tellOverdueDrills(app);
  assert.equal(overdue?.destination, 'local');
  for (let hour = 0; hour < 48; hour += 1) {
    clock.advance(hourMs);
    tellOverdueDrills(app);
  }
  assert.deepEqual(ids(instance), ['drill.overdue'], 'once');
  clock.advance(6 * dayMs);
  tellOverdueDrills(app);
  assert.deepEqual(ids(instance), ['drill.overdue', 'drill.overdue'], 'and again after a week');
  const { home } = instance;
  assert.equal((await cli(['drill', 'run', '--kind', 'secrets'], { home })).exitCode, 0);
});

test('the yearly drill with people is due a year after the ceremony, and after each that passed', async (context) => {
  const { app, clock, home, masterFile, backUp } = await drillInstance(context);
  await backUp('secrets');
  const plan = { ...defaultDrillPlan, enabled: false };
  const at = (days: number): string[] =>
    overdueDrills(app.store, plan, new Date(Date.parse('2026-11-23T00:00:00Z') + days * dayMs)).map(({ way }) => way);
  assert.deepEqual(at(364), []);
  assert.deepEqual(at(366), ['people']);
  clock.advance(dayMs);
  const args = ['drill', 'people', '--people', 'Ana', '--master-password-file', masterFile];
  assert.equal((await cli(args, { home })).exitCode, 0);
  const passed = listDrills(app.store)[0];
  assert.ok(passed);
  const later = (days: number): number =>
    overdueDrills(app.store, plan, new Date(Date.parse(passed.startedAt) + days * dayMs)).length;
  assert.deepEqual([later(364), later(366)], [0, 1]);
});

test('a plan that cannot be understood is refused, and a good one is kept', async (context) => {
  const { app, home } = await drillInstance(context);
  assert.throws(
    () => saveDrillPlan(app.store, { ...defaultDrillPlan, schedule: 'often' }),
    failure('jobs.bad-schedule'),
  );
  const set = await cli(
    ['drill', 'plan', '--schedule', '0 3 * * 6', '--sample', '7', '--people-every-days', '180', '--json'],
    { home },
  );
  assert.deepEqual(JSON.parse(set.stdout), {
    ...defaultDrillPlan,
    schedule: '0 3 * * 6',
    sample: 7,
    peopleEveryDays: 180,
  });
  assert.equal((await cli(['drill', 'plan', '--sample', 'many'], { home })).exitCode, 2);
  assert.match((await cli(['drill', 'plan', '--off'], { home })).stdout, /switched off, 7 files/);
});

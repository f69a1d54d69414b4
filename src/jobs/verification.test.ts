import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { cli } from '../../test/support/cli.ts';
import { drillInstance } from '../../test/support/drill-instance.ts';
import { failure } from '../../test/support/failures.ts';
import { readHealth } from '../api/health.ts';
import { metricsText } from '../api/metrics.ts';
import { readReadiness } from './readiness.ts';
import { findVerification, verifyDue } from './verification.ts';
import { defaultVerificationPlan, saveVerificationPlan } from './verification-plan.ts';

const dayMs = 24 * 3_600_000;

test('repositories are read back by the plan, and everybody is told since when', async (context) => {
  const instance = await drillInstance(context);
  const { app, clock, events, place } = instance;
  saveVerificationPlan(app.store, { ...defaultVerificationPlan, share: '1/2' });
  assert.match(
    (await cli(['backup', 'verify', 'run'], { home: instance.home })).stdout,
    /no repository at a destination yet/,
  );
  await instance.backUp('system');
  assert.deepEqual(await verifyDue(app), [], 'the first look only starts the count');
  clock.advance(dayMs);
  const [first] = await verifyDue(app);
  assert.ok(first !== undefined && first.readNow.packs > 0);
  assert.deepEqual(await verifyDue(app), [], 'once a turn');
  clock.advance(dayMs);
  const [second] = await verifyDue(app);
  assert.equal(second?.errors, 0);
  assert.ok(['2026-11-24', '2026-11-25'].includes(second?.since?.slice(0, 10) ?? ''), 'both halves were read');
  assert.equal(
    readHealth(app.store, clock, '1').jobs.find(({ job }) => job === 'system')?.readBackSince,
    second?.since,
  );
  const copy = readReadiness(app.store, clock)
    .jobs.flatMap(({ copies }) => copies)
    .find(({ kind }) => kind === 'system');
  assert.equal(copy?.readBackSince, second?.since);
  assert.match(metricsText(app), /orbit_repository_read_back_since_timestamp_seconds\{.*system/);
  const shown = await cli(['backup', 'verify', 'status'], { home: instance.home });
  assert.match(shown.stdout, /✓ system ← local {2}everything \(.*\) was read back since 2026-11-2[45]/);

  const data = join(place, 'system', 'data');
  const pack =
    readdirSync(data, { recursive: true, withFileTypes: true }).find((file) => file.isFile()) ?? assert.fail();
  const path = join(pack.parentPath, pack.name);
  const bytes = readFileSync(path);
  bytes[10] = (bytes[10] ?? 0) ^ 1;
  rmSync(path);
  writeFileSync(path, bytes);
  clock.advance(2 * dayMs);
  saveVerificationPlan(app.store, { ...defaultVerificationPlan, share: '100%' });
  const [third] = await verifyDue(app);
  assert.ok(third !== undefined && third.errors > 0 && third.since === undefined);
  const told = events.filter(({ id }) => id === 'check.failed');
  assert.equal(told.length, 1);
  assert.equal(findVerification(app.store, 'system', 'local')?.trouble?.includes(pack.name), true);
});

test('the plan can be seen, changed and switched off', async (context) => {
  const { home, app } = await drillInstance(context);
  const shown = await cli(['backup', 'verify', 'plan'], { home });
  assert.match(shown.stdout, /'30 7 \* \* \*', 1\/30 of it/);
  const changed = await cli(['backup', 'verify', 'plan', '--share', '20G', '--off', '--json'], { home });
  assert.deepEqual(JSON.parse(changed.stdout), { ...defaultVerificationPlan, share: '20G', enabled: false });
  assert.throws(
    () => saveVerificationPlan(app.store, { ...defaultVerificationPlan, share: 'all' }),
    failure('check.bad-share'),
  );
  assert.deepEqual(await verifyDue(app), []);
});

// Runs through the API: started, watched, cancelled; a destination that is lost meanwhile.
import assert from 'node:assert/strict';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { type ConsoleSite, consoleSite, makeReady } from '../../test/support/console.ts';
import type { Overview } from './schemas/overview.ts';
import type { RunView } from './schemas/runs.ts';
import { callApi } from '../../test/support/api-call.ts';

test('a run is started, watched, cancelled and found in the history', async (context) => {
  const site = await consoleSite(context);
  await makeReady(site);
  const none = await callApi<Overview>(site, 'auditor', 'GET', '/overview');
  assert.equal(none.body.verdict, 'no');
  assert.ok(none.body.gaps.some(({ what }) => what === 'only-this-machine'));
  const heard: string[] = [];
  site.desk.watch((event) => heard.push(event.type));
  for (const job of ['secrets', 'system']) {
    const started = await callApi<{ run: { id: number } }>(site, 'operator', 'POST', `/jobs/${job}/runs`);
    assert.equal(started.status, 200, JSON.stringify(started.body));
    await ended(site);
    const run = await callApi<RunView>(site, 'auditor', 'GET', `/runs/${started.body.run.id}`);
    assert.equal(run.body.outcome, 'succeeded', JSON.stringify(run.body));
  }
  assert.ok(heard.includes('live') && heard.includes('ended'));
  const home = await callApi<Overview>(site, 'auditor', 'GET', '/overview');
  assert.equal(home.body.verdict, 'yes-here');
  assert.deepEqual(home.body.problems, []);
  assert.equal(home.body.jobs.find(({ kind }) => kind === 'secrets')?.copies[0]?.state, 'good');
  const kits = await callApi<{ kits: { destination: string }[] }>(site, 'auditor', 'GET', '/recovery');
  assert.deepEqual(
    kits.body.kits.map(({ destination }) => destination),
    ['local'],
  );
  const stopped = await callApi(site, 'operator', 'POST', '/runs/1/cancel');
  assert.deepEqual([stopped.status, stopped.body.code], [409, 'jobs.run-not-live']);
  const page = await callApi<{ runs: RunView[]; next?: number }>(
    site,
    'auditor',
    'GET',
    '/runs?limit=1&outcome=succeeded',
  );
  assert.equal(page.body.runs.length, 1);
  assert.equal(page.body.next, page.body.runs[0]?.id);
  assert.deepEqual((await callApi<{ runs: RunView[] }>(site, 'auditor', 'GET', '/runs?kind=recordings')).body.runs, []);
});

test('a run that goes on is cancelled through the API, and a second start of its job is refused', async (context) => {
  const site = await consoleSite(context);
  await makeReady(site);
  for (let index = 0; index < 40; index += 1) {
    await writeFile(join(site.folder, 'source', `file-${index}`), Buffer.alloc(200_000, index));
  }
  const started = await callApi<{ run: { id: number } }>(site, 'operator', 'POST', '/jobs/system/runs');
  const second = await callApi(site, 'operator', 'POST', '/jobs/system/runs');
  assert.deepEqual([second.status, second.body.code], [409, 'jobs.already-running']);
  assert.equal((await callApi(site, 'operator', 'POST', `/runs/${started.body.run.id}/cancel`)).status, 200);
  await ended(site);
  const run = await callApi<RunView>(site, 'auditor', 'GET', `/runs/${started.body.run.id}`);
  assert.equal(run.body.outcome, 'cancelled');
});

test('a lost destination is an open problem until it is back', async (context) => {
  const site = await consoleSite(context);
  await makeReady(site);
  const testIt = () =>
    callApi<{ destination: { state: string } }>(site, 'operator', 'POST', '/destinations/local/test', {});
  assert.equal((await testIt()).body.destination.state, 'reachable');
  await rename(join(site.folder, 'copies'), join(site.folder, 'away'));
  assert.equal((await testIt()).body.destination.state, 'lost');
  const home = await callApi<Overview>(site, 'auditor', 'GET', '/overview');
  const lost = home.body.problems.find(({ what }) => what === 'destination-lost');
  assert.equal(lost?.subject, 'local');
  assert.ok((lost?.failure?.hint ?? '').length > 10);
  await rename(join(site.folder, 'away'), join(site.folder, 'copies'));
  assert.equal((await testIt()).body.destination.state, 'reachable');
  assert.deepEqual((await callApi<Overview>(site, 'auditor', 'GET', '/overview')).body.problems, []);
});

async function ended(site: ConsoleSite): Promise<void> {
  if (site.desk.live().length === 0) return;
  await new Promise<void>((resolve) => {
    const stop = site.desk.watch((event) => {
      if (event.type !== 'ended' || site.desk.live().length > 0) return;
      stop();
      resolve();
    });
  });
}

// Remote partitions through the API: what uses one, taking its mount away and the wait until it is back.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callApi } from '../../test/support/api-call.ts';
import { consoleSite } from '../../test/support/console.ts';
import { addDestination, findDestination } from '../destinations/destination.ts';
import { probeDestination } from '../destinations/open.ts';
import { findJob, saveJob } from '../jobs/job.ts';
import { listIncidents } from '../notify/incidents.ts';
import type { DeskEvent } from '../jobs/run-desk.ts';
import type { PartitionView } from './schemas/partitions.ts';

const config = { host: 'nas.invalid', path: '/export', local: '/srv/orbit-test-nowhere', user: 'u', password: 'p' };

test('an unmounted partition stays away, counts as lost with the reason, and only operators do it', async (context) => {
  const site = await consoleSite(context);
  const { app } = site;
  addDestination(app.store, app.instanceKey, { name: 'nas', kind: 'cifs', config });
  saveJob(app.store, { ...findJob(app.store, 'system'), destinations: ['nas'] });
  const list = async () =>
    (await callApi<{ partitions: PartitionView[] }>(site, 'auditor', 'GET', '/partitions')).body.partitions;
  const [before] = await list();
  assert.deepEqual(
    [before?.state, before?.running, before?.next.map(({ job }) => job)],
    ['not mounted', [], ['system']],
  );
  assert.ok(!JSON.stringify(before).includes('"p"'));
  for (const role of ['custodian', 'auditor'] as const)
    assert.equal((await callApi(site, role, 'POST', '/partitions/nas/unmount', {})).status, 403, role);
  const done = await callApi<PartitionView>(site, 'operator', 'POST', '/partitions/nas/unmount', {});
  assert.deepEqual([done.status, done.body.unmounted?.by], [200, 'the-operator']);
  // The watch looks each minute, and must not mount it again.
  const { result } = await probeDestination(app, findDestination(app.store, 'nas'));
  assert.equal(result.failure?.code, 'destinations.unmounted');
  assert.equal(findDestination(app.store, 'nas').state, 'lost');
  assert.match(String(listIncidents(app.store)[0]?.facts.reason), /unmounted by the-operator/);
  assert.equal((await list())[0]?.unmounted?.by, 'the-operator');
  const entry = app.audit.list({ limit: 5 }).find(({ action }) => action.endsWith('/unmount'));
  assert.match(JSON.stringify(entry), /unmounted.*the-operator/);
  assert.deepEqual(site.bugs, []);
});

test('what is writing there is not cut off unless whoever asks knows it, and other destinations are no partitions', async (context) => {
  const site = await consoleSite(context);
  const { app } = site;
  for (const [name, kind, wanted] of [
    ['nas', 'cifs', config],
    ['here', 'folder', { path: site.folder }],
  ] as const)
    addDestination(app.store, app.instanceKey, { name, kind, config: wanted });
  const run: Extract<DeskEvent, { type: 'live' }>['run'] = {
    ...{ id: 7, job: 'system', kind: 'system', startedBy: 'person', startedAt: '', isCancelling: false },
    ...{ destinations: [{ destination: 'nas', stage: 'sending' }], results: [] },
  };
  site.desk.live = () => [run];
  const refused = await callApi(site, 'operator', 'POST', '/partitions/nas/unmount', {});
  assert.deepEqual([refused.status, refused.body.code], [409, 'destinations.in-use']);
  assert.equal(findDestination(app.store, 'nas').pins.unmounted, undefined);
  assert.equal((await callApi(site, 'operator', 'POST', '/partitions/nas/unmount', { cutsOff: true })).status, 200);
  const other = await callApi(site, 'operator', 'POST', '/partitions/here/unmount', {});
  assert.deepEqual([other.status, other.body.code], [404, 'destinations.no-partition']);
});

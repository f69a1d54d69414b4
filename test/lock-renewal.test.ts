// Object locks are renewed while backups need what they protect. The oracle is Ceph's radosgw, a real object store.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { examine } from '../src/api/doctor.ts';
import type { S3Settings } from '../src/backends/s3/s3-backend.ts';
import { type S3Client, s3Client } from '../src/backends/s3/s3-client.ts';
import { SecretString } from '../src/base/secret-string.ts';
import { addDestination, saveConfig } from '../src/destinations/destination.ts';
import { prepareDestination } from '../src/destinations/open.ts';
import { findJob, saveJob } from '../src/jobs/job.ts';
import { listLockRenewals, renewDueLocks, renewLocks } from '../src/jobs/lock-renewal.ts';
import { runJob } from '../src/jobs/runner.ts';
import { cli } from './support/cli.ts';
import { drillInstance } from './support/drill-instance.ts';
import { failure } from './support/failures.ts';
import { type ObjectServer, startObjectServer } from './support/object-server.ts';
import { needs } from './support/tools.ts';

const real = needs('radosgw', 'ceph-mon', 'ceph-osd', 'ceph');
const dayMs = 24 * 60 * 60_000;
let server: ObjectServer;

before(async () => {
  if (!real.skip) server = await startObjectServer();
});
after(() => server?.stop());

async function bucket(name: string): Promise<S3Client> {
  const { endpoint, accessKeyId, secretAccessKey } = server;
  const target: S3Settings = {
    ...{ location: name, endpoint, bucket: name, prefix: '', region: 'us-east-1', pathStyle: true, accessKeyId },
    ...{ secretAccessKey: new SecretString(secretAccessKey), conditionalWrites: true, timeoutSeconds: 10 },
  };
  const client = s3Client(target);
  const headers = { 'x-amz-bucket-object-lock-enabled': 'true' };
  assert.equal((await client.send({ method: 'PUT', key: '', headers })).status, 200);
  return client;
}

async function keysOf(client: S3Client): Promise<string[]> {
  const listing = (await client.send({ method: 'GET', key: '', query: { 'list-type': '2' } })).body.toString();
  return [...listing.matchAll(/<Key>([^<]+)</g)].map(([, key = '']) => key);
}

/** Until when each object is locked, in days from now; NaN for one that is not. */
async function lockedDays(client: S3Client): Promise<Map<string, number>> {
  const days = new Map<string, number>();
  for (const key of await keysOf(client)) {
    const until = (await client.send({ method: 'HEAD', key })).headers.get('x-amz-object-lock-retain-until-date');
    days.set(key, Math.round((Date.parse(until ?? '') - Date.now()) / dayMs));
  }
  return days;
}

test(
  'what backups need is locked anew after a quarter of the term, what retention let go is not, and a cut is gone on from',
  real,
  async (context) => {
    const client = await bucket('renewed');
    context.after(() => client.close());
    const instance = await drillInstance(context);
    const { app, clock, events, home } = instance;
    const { endpoint, accessKeyId, secretAccessKey } = server;
    const access = { endpoint, accessKeyId, secretAccessKey: new SecretString(secretAccessKey) };
    const config = { ...access, bucket: 'renewed', lockMode: 'GOVERNANCE', lockDays: 20 };
    const cloud = addDestination(app.store, app.instanceKey, { name: 'cloud', kind: 's3', config }, clock);
    await prepareDestination(app, cloud);
    for (const name of ['secrets', 'system'])
      saveJob(app.store, { ...findJob(app.store, name), destinations: ['cloud'], retention: { last: 1 } });
    await instance.backUp('secrets', 'system');
    // A second snapshot takes the place of the first, which is hidden then.
    writeFileSync(join(instance.source, 'file-1.conf'), 'changed');
    await instance.backUp('system');
    // More than a stretch, in which a pass can be cut; and what somebody else keeps there.
    for (let number = 0; number < 100; number += 1)
      await client.send({ method: 'PUT', key: `secrets/old/${number}`, body: Buffer.from('a kit of old') });
    await client.send({ method: 'PUT', key: 'somebody/else', body: Buffer.from('not ours') });
    const isLock = (key: string): boolean => /(^|\/)locks\/|^write_test$|^somebody/.test(key);
    const everything = (await keysOf(client)).filter((key) => !isLock(key));
    assert.ok(everything.length > 12, everything.join(' '));

    // As if the term had been longer from the beginning: what was locked for 20 days is to be locked for 40.
    const longer = { ...config, lockDays: 40 };
    saveConfig(app.store, app.instanceKey, cloud.id, longer);
    const stop = new AbortController();
    const cut = renewLocks(app, 'cloud', { signal: stop.signal, report: () => stop.abort(new Error('cut')) });
    await assert.rejects(cut, /cut/);
    assert.equal(listLockRenewals(app.store)[0]?.begun?.objects, 64);
    const [state] = await renewDueLocks(app);
    assert.equal(state?.done?.objects, everything.length);
    const days = await lockedDays(client);
    for (const key of everything) assert.equal(days.get(key), 40, key);
    assert.deepEqual(
      [...days].filter(([key, left]) => isLock(key) && !Number.isNaN(left)),
      [],
      'what comes and goes is not locked',
    );
    assert.deepEqual(await renewDueLocks(app), [], 'nothing is due');
    clock.advance(9 * dayMs);
    assert.deepEqual(await renewDueLocks(app), []);
    clock.advance(2 * dayMs);
    assert.equal((await renewDueLocks(app)).length, 1, 'a quarter of the term is over');
    assert.deepEqual(
      events.filter(({ id }) => id.startsWith('destination.locks')).map(({ id }) => id),
      ['destination.locks-renewed', 'destination.locks-renewed'],
    );
    const locks = async (): Promise<string[]> =>
      (await examine(app)).flatMap(({ check, verdict, found }) => (check === 'locks' ? [`${verdict} ${found}`] : []));
    assert.deepEqual(await locks(), ['ok everything at cloud is locked until 2027-01-13 at least']);
    clock.advance(21 * dayMs);
    assert.match(
      (await locks()).join(),
      /^warning nothing at cloud was locked anew for long: the first locks end on 2027-01-13$/,
    );

    const proof = await cli(['destination', 'authorize', 'cloud', '--prove'], { home });
    assert.match(proof.stdout, /append-only: proven on /, proof.stderr);
    // Proven so, a place goes on letting go: there a removal only hides.
    const { id: before } =
      (await client.send({ method: 'GET', key: '', query: { 'list-type': '2', prefix: 'system/snapshots/' } })).body
        .toString()
        .match(/snapshots\/(?<id>[0-9a-f]{64})/)?.groups ?? {};
    writeFileSync(join(instance.source, 'file-2.conf'), 'changed');
    await instance.backUp('system');
    const left = (await keysOf(client)).filter((key) => key.startsWith('system/snapshots/'));
    assert.equal(left.length, 1);
    assert.notEqual(left[0], `system/snapshots/${before}`);

    const lockable = (await keysOf(client)).filter((key) => !isLock(key)).length;
    const dry = await cli(['destination', 'renew-locks', 'cloud', '--dry-run'], { home });
    assert.match(dry.stdout, new RegExp(`^${lockable} objects at cloud would be locked for 40 days`), dry.stderr);
    const byHand = await cli(['destination', 'renew-locks', 'cloud'], { home });
    assert.match(byHand.stdout, new RegExp(`^${lockable} objects at cloud are locked until `), byHand.stderr);
    const shown = await cli(['destination', 'show', 'cloud'], { home });
    assert.match(shown.stdout, /^locked until +\d{4}-\d\d-\d\d at least$/m);
    // Locked in one mode, what lies there stays so; another mode, and another place, are due at once.
    saveConfig(app.store, app.instanceKey, cloud.id, { ...longer, lockMode: 'COMPLIANCE' });
    const [inBoth] = await renewDueLocks(app);
    assert.deepEqual([inBoth?.done?.mode, inBoth?.done?.objects], ['COMPLIANCE', lockable]);
    saveConfig(app.store, app.instanceKey, cloud.id, { ...longer, prefix: 'elsewhere' });
    const [elsewhere] = listLockRenewals(app.store);
    assert.deepEqual([elsewhere?.lockedUntil, elsewhere?.done, elsewhere?.dueAt], [undefined, undefined, new Date(0)]);
    const none = await cli(['destination', 'renew-locks', 'local'], { home });
    assert.match(none.stderr, /local locks nothing[\s\S]*destinations\.locks-nothing/);
  },
);

test('a key that may not renew locks is told once a day, with what it lacks, until it works', real, async (context) => {
  const client = await bucket('refused');
  context.after(() => client.close());
  const { app, clock, events } = await drillInstance(context);
  const { endpoint, accessKeyId, secretAccessKey } = server;
  const access = { endpoint, accessKeyId, secretAccessKey: new SecretString(secretAccessKey) };
  const config = { ...access, bucket: 'refused', lockMode: 'COMPLIANCE', lockDays: 2 };
  const cloud = addDestination(app.store, app.instanceKey, { name: 'cloud', kind: 's3', config }, clock);
  await prepareDestination(app, cloud);
  saveJob(app.store, { ...findJob(app.store, 'secrets'), destinations: ['cloud'] });
  assert.equal((await runJob(app, findJob(app.store, 'secrets'), { startedBy: 'person' })).outcome, 'succeeded');
  const policy = {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Deny',
        Principal: { AWS: ['arn:aws:iam:::user/orbit'] },
        Action: 's3:PutObjectRetention',
        Resource: ['arn:aws:s3:::refused/*'],
      },
    ],
  };
  const body = Buffer.from(JSON.stringify(policy));
  const set = await client.send({ method: 'PUT', key: '', query: { policy: '' }, body });
  assert.ok([200, 204].includes(set.status), set.body.toString());
  await assert.rejects(renewLocks(app, 'cloud'), failure('backend.permission'));
  await assert.rejects(renewLocks(app, 'cloud'), failure('backend.permission'));
  const told = (): string[] => events.flatMap(({ id }) => (id.startsWith('destination.locks') ? [id] : []));
  assert.deepEqual(told(), ['destination.locks-failed'], 'once, not each time');
  assert.deepEqual(await renewDueLocks(app), [], 'not tried again within the hour');
  assert.equal(listLockRenewals(app.store)[0]?.failure?.code, 'backend.permission');
  const found = (await examine(app)).find(({ check }) => check === 'locks');
  assert.match(found?.found ?? '', /^cloud could not be locked anew since /);
  clock.advance(dayMs);
  assert.deepEqual(await renewDueLocks(app), []);
  assert.equal(told().length, 2, 'told again the next day');
  assert.ok([200, 204].includes((await client.send({ method: 'DELETE', key: '', query: { policy: '' } })).status));
  clock.advance(2 * 60 * 60_000);
  const [state] = await renewDueLocks(app);
  assert.equal(state?.failure, undefined);
  assert.equal(told().at(-1), 'destination.locks-renewed');
});

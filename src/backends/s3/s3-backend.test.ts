// The oracle is Ceph's radosgw, a real object store.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import dns, { type LookupAddress } from 'node:dns';
import { type TestContext, after, before, test } from 'node:test';
import { describeBackend, listAll } from '../../../test/support/describe-backend.ts';
import { failure } from '../../../test/support/failures.ts';
import { type ObjectServer, serverName, startObjectServer } from '../../../test/support/object-server.ts';
import { waitUntil } from '../../../test/support/ports.ts';
import { needs } from '../../../test/support/tools.ts';
import { isFailure } from '../../base/failure.ts';
import { runProgram } from '../../base/program.ts';
import { SecretString } from '../../base/secret-string.ts';
import { proveAppendOnly } from '../../destinations/append-only.ts';
import { canLock } from '../abilities.ts';
import { s3Kind } from '../kinds/s3-kind.ts';
import { type S3Settings, openS3Backend } from './s3-backend.ts';
import { s3Client } from './s3-client.ts';
import { parseBucketListing } from './s3-listing.ts';

const real = needs('radosgw', 'ceph-mon', 'ceph-osd', 'ceph');
let gateway: ObjectServer;
let buckets = 0;

before(async () => {
  if (!real.skip) gateway = await startObjectServer();
});
after(() => gateway?.stop());

function settingsFor(bucket: string, options: Partial<S3Settings> = {}): S3Settings {
  return {
    location: `${gateway.endpoint}/${bucket}`,
    endpoint: gateway.endpoint,
    region: 'us-east-1',
    bucket,
    prefix: 'some/folder',
    pathStyle: true,
    accessKeyId: gateway.accessKeyId,
    secretAccessKey: new SecretString(gateway.secretAccessKey),
    conditionalWrites: true,
    timeoutSeconds: 10,
    ...options,
  };
}

async function open(context: TestContext, options: Partial<S3Settings> = {}, headers: Record<string, string> = {}) {
  buckets += 1;
  const settings = settingsFor(`bucket-${buckets}`, options);
  const client = s3Client(settings);
  const made = await client.send({ method: 'PUT', key: '', headers });
  assert.equal(made.status, 200, made.body.toString());
  client.close();
  const backend = openS3Backend(settings);
  context.after(() => backend.close());
  return { backend, settings };
}

describeBackend('s3', async (context) => (await open(context)).backend, real);
describeBackend(
  's3 without conditions',
  async (context) => (await open(context, { conditionalWrites: false })).backend,
  real,
);

// Where the bucket is part of the host's name: no resolver knows this one, so the test answers for it. All that is sent is real.
const resolved: string[] = [];
async function openByName(context: TestContext, scheme: 'http' | 'https') {
  const { settings } = await open(context);
  const { accessKeyId, secretAccessKey, caFile, endpoint, tlsEndpoint } = gateway;
  context.mock.method(dns, 'lookup', (host: string, _: unknown, answer: Answer) => {
    resolved.push(host);
    answer(null, [{ address: '127.0.0.1', family: 4 }]);
  });
  const { port } = new URL(scheme === 'https' ? tlsEndpoint : endpoint);
  const { bucket, prefix } = settings;
  const config = {
    ...{ endpoint: `${scheme}://${serverName}:${port}`, bucket, prefix, accessKeyId, secretAccessKey, caFile },
    virtualHosts: true,
  };
  const backend = await s3Kind.open(s3Kind.config.parse(config) as Parameters<typeof s3Kind.open>[0], nowhere);
  context.after(() => backend.close());
  return { backend, bucket, port, settings };
}
type Answer = (error: null, addresses: LookupAddress[]) => void;
const nowhere = {
  spoolFolder: '/dev/null',
  sshKey: () => assert.fail('S3 needs no SSH key'),
};

describeBackend('s3 by virtual hosts', async (context) => (await openByName(context, 'http')).backend, real);

test(
  'a bucket in the host name: nothing goes to another name, and curl finds the objects there',
  real,
  async (context) => {
    for (const scheme of ['http', 'https'] as const) {
      resolved.length = 0;
      const { backend, bucket, port, settings } = await openByName(context, scheme);
      const bytes = randomBytes(100_000);
      await backend.save('data/a', bytes);
      assert.deepEqual([...new Set(resolved)], [`${bucket}.${serverName}`]);
      const byPath = openS3Backend(settings);
      context.after(() => byPath.close());
      assert.ok((await byPath.load('data/a')).equals(bytes));
      const { exitCode, stdout, stderr } = await runProgram('curl', [
        ...['--silent', '--show-error', '--fail', '--cacert', gateway.caFile],
        ...['--aws-sigv4', 'aws:amz:us-east-1:s3', '--user', `${gateway.accessKeyId}:${gateway.secretAccessKey}`],
        ...['--header', 'x-amz-content-sha256: UNSIGNED-PAYLOAD'],
        ...['--resolve', `${bucket}.${serverName}:${port}:127.0.0.1`],
        `${scheme}://${bucket}.${serverName}:${port}/some/folder/data/a`,
      ]);
      assert.equal(exitCode, 0, stderr);
      assert.ok(stdout.equals(bytes));
    }
  },
);

test('a server without a name has no bucket.server: that is said of the settings', () => {
  const endpoints = { 'https://192.0.2.1:9000': false, 'https://[2001:db8::1]': false, 'https://s3.example.org': true };
  for (const [endpoint, isGood] of Object.entries(endpoints)) {
    const config = { endpoint, bucket: 'orbit', accessKeyId: 'ID', secretAccessKey: 'secret' };
    assert.equal(s3Kind.config.safeParse({ ...config, virtualHosts: true }).success, isGood, endpoint);
    assert.equal(s3Kind.config.safeParse(config).success, true);
  }
});

test('a large object travels in parts, and is refused where the key is taken', real, async (context) => {
  const { backend } = await open(context, { partBytes: 5 * 1024 * 1024 });
  const bytes = randomBytes(12 * 1024 * 1024 + 5);
  await backend.save('kit', bytes);
  assert.ok((await backend.load('kit')).equals(bytes));
  await assert.rejects(backend.save('kit', bytes), failure('backend.key-exists'));
});

test('more objects than one page are all listed', real, async (context) => {
  const { backend } = await open(context);
  const keys = Array.from({ length: 1005 }, (_, index) => `data/${index}`);
  for (let first = 0; first < keys.length; first += 50) {
    await Promise.all(keys.slice(first, first + 50).map((key) => backend.save(key, Buffer.from(key))));
  }
  assert.equal((await listAll(backend)).length, 1005);
});

test('a folder in the bucket may have any printable character', real, async (context) => {
  const { backend } = await open(context, { prefix: "a b+c/ü?#%41&=*'()!~;@:$,[]" });
  await backend.save('data/a', Buffer.from('x'));
  assert.deepEqual(await listAll(backend), [{ key: 'data/a', size: 1 }]);
  assert.equal((await backend.load('data/a')).toString(), 'x');
  await backend.remove('data/a');
});

test('a wrong secret, a missing bucket and a dead server say so', real, async (context) => {
  const wrong = openS3Backend(settingsFor('bucket-1', { secretAccessKey: new SecretString('wrong') }));
  await assert.rejects(wrong.save('a', Buffer.from('x')), failure('backend.auth'));
  const missing = openS3Backend(settingsFor('no-such-bucket'));
  await assert.rejects(missing.save('a', Buffer.from('x')), failure('backend.place-missing'));
  await assert.rejects(missing.stat('a'), failure('backend.place-missing'));
  const dead = openS3Backend(settingsFor('bucket-1', { endpoint: 'http://127.0.0.1:1' }));
  await assert.rejects(dead.load('a'), failure('backend.unreachable'));
  context.after(() => Promise.all([wrong.close(), missing.close(), dead.close()]));
});

test('a locked object cannot be deleted or replaced for good, a lock of ours can', real, async (context) => {
  const { backend, settings } = await open(
    context,
    { lock: { mode: 'COMPLIANCE', days: 1 } },
    { 'x-amz-bucket-object-lock-enabled': 'true' },
  );
  await backend.save('data/a', Buffer.from('kept'));
  await backend.save('locks/b', Buffer.from('x'));
  await backend.remove('locks/b');
  const client = s3Client(settings);
  context.after(() => client.close());
  const versions = await client.send({ method: 'GET', key: '', query: { versions: '' } });
  const version = /<Key>some\/folder\/data\/a<\/Key><VersionId>([^<]+)</.exec(versions.body.toString())?.[1] ?? '';
  assert.notEqual(version, '');
  const removed = await client.send({ method: 'DELETE', key: 'some/folder/data/a', query: { versionId: version } });
  assert.equal(removed.status, 403);
  assert.equal((await backend.load('data/a')).toString(), 'kept');
});

test(
  'a lock is made longer, never shorter, and what was locked anew outlives its first lock',
  real,
  async (context) => {
    const withLocks = { 'x-amz-bucket-object-lock-enabled': 'true' };
    for (const mode of ['COMPLIANCE', 'GOVERNANCE'] as const) {
      const brief = { mode, days: 4 / 86_400 };
      const { backend, settings } = await open(context, { lock: brief }, withLocks);
      const [long, longer] = [1, 2].map((days) => openS3Backend({ ...settings, lock: { mode, days } }));
      assert.ok(canLock(backend) && long !== undefined && canLock(long) && longer !== undefined && canLock(longer));
      context.after(() => Promise.all([long.close(), longer.close()]));
      const bytes = Buffer.from('kept');
      for (const key of ['data/left', 'data/renewed', 'locks/one']) await backend.save(key, bytes);
      await long.lockAnew('data/renewed');
      // The longer lock stays.
      await backend.lockAnew('data/renewed');
      assert.deepEqual(['locks/one', 'data/left'].map(longer.isLockable), [false, true]);
      await assert.rejects(longer.lockAnew('data/none'), failure('backend.not-found'));
      const [left, renewed] = [await backend.versionOf('data/left'), await backend.versionOf('data/renewed')];
      const isGone = async () => ((await backend.survivesRemoval('data/left', left, bytes)) ? undefined : true);
      await waitUntil(isGone, 'the end of the first lock');
      assert.equal(await backend.survivesRemoval('data/renewed', renewed, bytes), true);
      await longer.lockAnew('data/renewed');
      assert.deepEqual(
        { ...(await proveAppendOnly(long, new Date(0))), at: '' },
        { at: '', isDeletingRefused: true, isOverwritingRefused: true, byLock: true },
      );
      assert.deepEqual((await listAll(backend)).map(({ key }) => key).sort(), ['data/renewed', 'locks/one']);
    }
  },
);

test('a bucket without versions locks nothing, and says so', real, async (context) => {
  const { settings } = await open(context);
  const backend = openS3Backend({ ...settings, lock: { mode: 'COMPLIANCE', days: 1 } });
  context.after(() => backend.close());
  const plain = openS3Backend(settings);
  context.after(() => plain.close());
  await plain.save('data/a', Buffer.from('x'));
  assert.ok(canLock(backend) && !canLock(plain));
  await assert.rejects(backend.lockAnew('data/a'), (error) => isFailure(error) && error.code.startsWith('backend.'));
});

test('a listing is read with its escapes, and what is no listing is refused', () => {
  const page = parseBucketListing(
    '<?xml version="1.0"?><ListBucketResult><Contents><Key>a%2Bb+c/d</Key><Size>12</Size></Contents><NextContinuationToken>t&amp;1</NextContinuationToken></ListBucketResult>',
  );
  assert.deepEqual(page, { objects: [{ key: 'a+b c/d', size: 12 }], nextToken: 't&1' });
  assert.throws(() => parseBucketListing('<html><p>'), failure('backend.protocol'));
});

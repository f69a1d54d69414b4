// S3 against a real object store (Ceph's radosgw): every fault of docs/destinations.md that one can have.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type S3Settings, openS3Backend } from '../../src/backends/s3/s3-backend.ts';
import { s3Client } from '../../src/backends/s3/s3-client.ts';
import { fixedClock } from '../../src/base/clock.ts';
import { tellNotes } from '../../src/base/note.ts';
import { SecretString } from '../../src/base/secret-string.ts';
import { probeBackend } from '../../src/destinations/probe.ts';
import { keepsToBandwidth } from '../support/bandwidth.ts';
import { openLine } from '../support/line.ts';
import { type ObjectServer, startObjectServer } from '../support/object-server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { needs } from '../support/tools.ts';
import { judgeFolder } from './judge.ts';
import { type Row, type Site as LineSite, lineFaults, sufferAll } from './rows.ts';
import { storyAt } from './story.ts';

// Silence ends a request after so long, connecting included. A run gives up at its first failed request here.
const timeoutSeconds = 2;
const withinSeconds = 15;
const bucket = 'faults';
const hour = 3_600_000;

interface Site extends LineSite {
  server: ObjectServer;
  /** Settings that a fault changes; those of the test are beneath. */
  changed: Partial<S3Settings>;
}

const faults: Record<string, Row<Site>> = {
  'the secret is wrong': {
    codes: ['backend.auth'],
    says: /access key id and the secret/,
    strike: (site) => (site.changed = { secretAccessKey: new SecretString('wrong') }),
    mend: (site) => (site.changed = {}),
  },
  'the key may only read': {
    codes: ['backend.permission'],
    says: /does not allow Orbit to store/,
    strike: ({ server }) => server.admin('user', 'modify', '--uid=orbit', '--op-mask=read'),
    mend: ({ server }) => server.admin('user', 'modify', '--uid=orbit', '--op-mask=read,write,delete'),
  },
  'the bucket is gone': {
    codes: ['backend.place-missing'],
    says: /Was it moved or removed/,
    strike: (site) => (site.changed = { bucket: 'nowhere' }),
    mend: (site) => (site.changed = {}),
  },
  'the quota is used up': {
    codes: ['backend.quota'],
    says: /Raise the quota/,
    async strike({ server }) {
      const scope = ['--quota-scope=bucket', '--uid=orbit'];
      await server.admin('quota', 'set', '--max-size=1024', ...scope);
      await server.admin('quota', 'enable', ...scope);
    },
    mend: ({ server }) => server.admin('quota', 'disable', '--quota-scope=bucket', '--uid=orbit'),
  },
  'the clocks differ by an hour': {
    codes: ['backend.clock-skewed'],
    says: /switch on NTP/,
    strike: (site) => (site.changed = { clock: fixedClock(new Date(Date.now() + hour)) }),
    mend: (site) => (site.changed = {}),
  },
};

test(
  's3: no fault hangs a run or harms the repository',
  needs('radosgw', 'ceph-mon', 'ceph-osd', 'ceph', 'restic'),
  async (context) => {
    const server = await startObjectServer();
    context.after(() => server.stop());
    const { accessKeyId, secretAccessKey } = server;
    const line = await openLine(Number(new URL(server.endpoint).port));
    context.after(() => line.stop());
    const site: Site = { server, line, address: line, changed: {} };
    const settings = (): S3Settings => ({
      location: 's3://test',
      endpoint: `http://${site.address.host}:${site.address.port}`,
      region: 'us-east-1',
      bucket,
      prefix: 'orbit',
      pathStyle: true,
      accessKeyId,
      secretAccessKey: new SecretString(secretAccessKey),
      conditionalWrites: true,
      timeoutSeconds,
      ...site.changed,
    });
    // The first bucket and the first object take the server some seconds: it makes its pools.
    const client = s3Client({ ...settings(), endpoint: server.endpoint, timeoutSeconds: 60 });
    for (const key of ['', 'first']) assert.equal((await client.send({ method: 'PUT', key })).status, 200);
    client.close();
    const env = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
    const folder = await temporaryFolder(context);
    const judge = judgeFolder(`s3:${server.endpoint}/${bucket}/orbit/system`, folder, env);
    const story = await storyAt({ open: async () => openS3Backend(settings()), judge });

    // Those first that radosgw-admin makes: it waits for gateways that were killed.
    await sufferAll(context, 's3', { story, site, withinSeconds }, { ...faults, ...lineFaults(80) });
    await context.test('s3: the server shows a certificate of another authority', async () => {
      await story.suffers({
        codes: ['backend.certificate'],
        says: /not trusted.*--ca-file/s,
        withinSeconds,
        async strike() {
          const { ca, tlsEndpoint } = server;
          site.changed = { ca, endpoint: tlsEndpoint };
          const trusting = openS3Backend(settings());
          await trusting.save('by-tls', Buffer.from('x'));
          await trusting.close();
          await server.restart({ newCertificate: true });
        },
        // As the cure says: the new authority is given, and the next run goes by TLS.
        mend: () => (site.changed = { ...site.changed, ca: server.ca }),
      });
      site.changed = {};
    });
    await context.test('s3: the connection is reset in any call', async () => {
      assert.ok((await story.survivesCuts(() => line.afterBytes(1, () => line.reset()))) >= 6);
    });
    await context.test('s3: no more passes than the limit of bandwidth allows', async () => {
      const backend = openS3Backend(settings());
      await keepsToBandwidth(backend, line);
      await backend.close();
    });
    await context.test('s3: the clocks differ a little', async () => {
      const backend = openS3Backend(settings());
      const { result } = await probeBackend(backend, { clock: fixedClock(new Date(Date.now() + 10 * 60_000)) });
      await backend.close();
      assert.match(tellNotes(result.worries, 'en'), /^its clock is \d+ min \d\d s behind/);
    });
  },
);

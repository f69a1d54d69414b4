// S3 against a real object store (Ceph's radosgw): every fault of docs/destinations.md that one can have.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type S3Settings, openS3Backend } from '../../src/backends/s3/s3-backend.ts';
import { s3Client } from '../../src/backends/s3/s3-client.ts';
import { fixedClock } from '../../src/base/clock.ts';
import { SecretString } from '../../src/base/secret-string.ts';
import { probeBackend } from '../../src/destinations/probe.ts';
import { type Line, openLine } from '../support/line.ts';
import { dropPackets, lonelyAddress, networkSkip } from '../support/network.ts';
import { type ObjectServer, startObjectServer } from '../support/object-server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { needs } from '../support/tools.ts';
import { judgeFolder } from './judge.ts';
import { type Fault, storyAt } from './story.ts';

// Silence ends a request after so long, connecting included. A run gives up at its first failed request here.
const timeoutSeconds = 2;
const withinSeconds = 15;
const bucket = 'faults';
const hour = 3_600_000;

interface Site {
  gateway: ObjectServer;
  line: Line;
  /** Settings that a fault changes; those of the test are beneath. */
  changed: Partial<S3Settings>;
  mend(): void;
}

type Row = Omit<Fault, 'withinSeconds' | 'strike' | 'mend'> & {
  skip?: string | false;
  strike(site: Site, context: TestContext): unknown;
  mend?(site: Site): unknown;
};

const faults: Record<string, Row> = {
  // First: radosgw-admin waits for gateways that were killed.
  'the secret is wrong': {
    codes: ['backend.auth'],
    says: /access key id and the secret/,
    strike: (site) => (site.changed = { secretAccessKey: new SecretString('wrong') }),
  },
  'the key may only read': {
    codes: ['backend.permission'],
    says: /does not allow Orbit to store/,
    strike: ({ gateway }) => gateway.admin('user', 'modify', '--uid=orbit', '--op-mask=read'),
    mend: ({ gateway }) => gateway.admin('user', 'modify', '--uid=orbit', '--op-mask=read,write,delete'),
  },
  'the bucket is gone': {
    codes: ['backend.place-missing'],
    says: /Was it moved or removed/,
    strike: (site) => (site.changed = { bucket: 'nowhere' }),
  },
  'the quota is used up': {
    codes: ['backend.quota'],
    says: /Raise the quota/,
    async strike({ gateway }) {
      const scope = ['--quota-scope=bucket', '--uid=orbit'];
      await gateway.admin('quota', 'set', '--max-size=1024', ...scope);
      await gateway.admin('quota', 'enable', ...scope);
    },
    mend: ({ gateway }) => gateway.admin('quota', 'disable', '--quota-scope=bucket', '--uid=orbit'),
  },
  'the host is down': {
    codes: ['backend.unreachable'],
    says: /Is the host up/,
    strike: ({ gateway }) => gateway.kill(),
    mend: ({ gateway }) => gateway.restart(),
  },
  'nobody answers at that address, not even ARP': {
    skip: networkSkip,
    codes: ['backend.unreachable', 'backend.timeout'],
    says: /Is the host up|overloaded or hangs/,
    strike: (site, context) => (site.changed = { endpoint: `http://${lonelyAddress(context)}:80` }),
  },
  'packets are dropped in silence': {
    skip: networkSkip,
    codes: ['backend.timeout'],
    says: /did not answer within 2 s.*overloaded or hangs/s,
    strike: (site, context) => (site.mend = dropPackets(context, site.line.port)),
    mend: (site) => site.mend(),
  },
  'the route is lost in the middle of a transfer': {
    codes: ['backend.timeout'],
    says: /did not answer within 2 s/,
    strike: ({ line }) => line.afterBytes(300_000, () => line.swallow()),
    mend: ({ line }) => line.pass(),
  },
  'the server stands still': {
    codes: ['backend.timeout'],
    says: /did not answer within 2 s/,
    strike: ({ gateway }) => gateway.freeze(),
    mend: ({ gateway }) => gateway.thaw(),
  },
  'the server is killed in the middle of a transfer': {
    codes: ['backend.unreachable'],
    says: /Orbit tries again by itself/,
    strike: ({ line, gateway }) => line.afterBytes(300_000, () => gateway.kill()),
    mend: ({ gateway }) => gateway.restart(),
  },
  'the clocks differ by an hour': {
    codes: ['backend.clock-skewed'],
    says: /switch on NTP/,
    strike: (site) => (site.changed = { clock: fixedClock(new Date(Date.now() + hour)) }),
  },
};

test(
  's3: no fault hangs a run or harms the repository',
  needs('radosgw', 'ceph-mon', 'ceph-osd', 'ceph', 'restic'),
  async (context) => {
    const gateway = await startObjectServer();
    context.after(() => gateway.stop());
    const { accessKeyId, secretAccessKey } = gateway;
    const line = await openLine(Number(new URL(gateway.endpoint).port));
    context.after(() => line.stop());
    const site: Site = { gateway, line, changed: {}, mend: () => {} };
    const endpoint = `http://${line.host}:${line.port}`;
    const settings = (): S3Settings => ({
      location: 's3://test',
      endpoint,
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
    const client = s3Client({ ...settings(), endpoint: gateway.endpoint, timeoutSeconds: 60 });
    for (const key of ['', 'first']) assert.equal((await client.send({ method: 'PUT', key })).status, 200);
    client.close();
    const env = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
    const folder = await temporaryFolder(context);
    const judge = judgeFolder(`s3:${gateway.endpoint}/${bucket}/orbit/system`, folder, env);
    const story = await storyAt({ open: async () => openS3Backend(settings()), judge });

    for (const [name, { strike, mend, skip, ...fault }] of Object.entries(faults)) {
      await context.test(`s3: ${name}`, { skip: skip ?? false }, async (inner) => {
        await story.suffers({
          ...fault,
          withinSeconds,
          strike: () => strike(site, inner),
          async mend() {
            site.changed = {};
            await mend?.(site);
          },
        });
      });
    }
    await context.test('s3: the connection is reset in any call', async () => {
      assert.ok((await story.survivesCuts(() => line.afterBytes(1, () => line.reset()))) >= 6);
    });
    await context.test('s3: the clocks differ a little', async () => {
      const backend = openS3Backend(settings());
      const { result } = await probeBackend(backend, { clock: fixedClock(new Date(Date.now() + 10 * 60_000)) });
      await backend.close();
      assert.match(result.worries.join(), /clock differs by -\d+ s/);
    });
  },
);

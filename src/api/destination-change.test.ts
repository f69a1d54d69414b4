import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { consoleSite, makeReady } from '../../test/support/console.ts';
import { addDestination, findDestination, fullConfig } from '../destinations/destination.ts';

test('settings of a destination are changed when they work; a secret that is left out stays', async (context) => {
  const site = await consoleSite(context);
  await makeReady(site);
  const headers = { host: 'localhost', cookie: await site.cookieOf('administrator'), 'sec-fetch-site': 'same-origin' };
  const put = async (name: string, payload: object) => {
    const url = `/api/v1/destinations/${name}`;
    return (await site.server.inject({ method: 'PUT', url, headers, payload })).json<{
      isKept: boolean;
      code?: string;
    }>();
  };
  const { store, instanceKey } = site.app;
  const elsewhere = join(site.folder, 'elsewhere');
  assert.equal((await put('local', { config: { path: elsewhere } })).isKept, true);
  assert.equal(findDestination(store, 'local').config['path'], elsewhere);
  assert.equal(findDestination(store, 'local').state, 'reachable');

  await writeFile(join(site.folder, 'a-file'), '');
  assert.equal((await put('local', { config: { path: join(site.folder, 'a-file') } })).isKept, false);
  assert.equal(findDestination(store, 'local').config['path'], elsewhere, 'what does not work is not kept');
  assert.equal(findDestination(store, 'local').state, 'reachable');

  const config = {
    endpoint: 'http://127.0.0.1:9',
    bucket: 'one',
    region: 'x',
    accessKeyId: 'AK',
    secretAccessKey: 'kept',
  };
  addDestination(store, instanceKey, { name: 'bucket', kind: 's3', config });
  const { secretAccessKey: _, ...open } = config;
  const changed = await put('bucket', { config: { ...open, bucket: 'two' }, ifNotUsable: 'keep' });
  assert.equal(changed.isKept, true, JSON.stringify(changed));
  const now = fullConfig(store, instanceKey, findDestination(store, 'bucket'));
  assert.equal(now['bucket'], 'two');
  assert.equal((now['secretAccessKey'] as { reveal(): string }).reveal(), 'kept');
  // Whoever may change settings must not find a secret out by naming a server of their own.
  const elsewhereThen = { ...open, endpoint: 'http://127.0.0.1:10' };
  const asked = await put('bucket', { config: elsewhereThen, ifNotUsable: 'keep' });
  assert.equal(asked.code, 'config.secret-needed');
  assert.equal(findDestination(store, 'bucket').config['endpoint'], config.endpoint);
  const given = { ...elsewhereThen, secretAccessKey: 'of the other' };
  assert.equal((await put('bucket', { config: given, ifNotUsable: 'keep' })).isKept, true);
  assert.equal((await put('local', { config: {} })).code, 'destinations.bad-config');
  assert.deepEqual(site.bugs, []);
});

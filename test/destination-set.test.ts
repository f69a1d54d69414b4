// A destination's settings are changed on the command line: tested first, and the old ones come back when the new ones do not work.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openApp } from '../src/app.ts';
import { examine } from '../src/api/doctor.ts';
import { SecretString } from '../src/base/secret-string.ts';
import { findDestination, fullConfig } from '../src/destinations/destination.ts';
import { findJob, saveJob } from '../src/jobs/job.ts';
import { cli } from './support/cli.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

interface Shown {
  config: Record<string, unknown>;
}

test('what works is kept, what does not leaves things as they were, and secrets stay unless they are given', async (t) => {
  const home = await temporaryFolder(t);
  const orbit = (...args: string[]) => cli(['destination', ...args], { home });
  const shown = async (name: string): Promise<Shown> =>
    JSON.parse((await orbit('show', name, '--json')).stdout) as Shown;
  const here = join(home, 'here');
  mkdirSync(here);
  writeFileSync(join(home, 'file'), '');
  assert.equal((await orbit('add', 'folder', 'nas', '--path', here)).exitCode, 0);

  const moved = await orbit('set', 'folder', 'nas', '--path', join(home, 'file/below'));
  assert.equal(moved.exitCode, 1);
  assert.match(moved.stdout, /nas stays as it was: what was to be does not work/);
  assert.equal((await shown('nas')).config['path'], here);

  const { lowSpaceMib } = (await shown('nas')).config;
  const roomier = await orbit('set', 'folder', 'nas', '--low-space-mib', '1');
  assert.equal(roomier.exitCode, 0, roomier.stderr);
  assert.match(roomier.stdout, /nas has its new settings: they work/);
  assert.equal((await shown('nas')).config['lowSpaceMib'], 1);
  assert.equal((await orbit('set', 'folder', 'nas', '--unset', 'low-space-mib')).exitCode, 0);
  assert.equal((await shown('nas')).config['lowSpaceMib'], lowSpaceMib);

  const wrong = await orbit('set', 'cifs', 'nas', '--host', 'x');
  assert.match(wrong.stderr, /nas is of the kind folder[\s\S]*orbit destination set folder nas/);

  const secret = join(home, 'secret');
  writeFileSync(secret, 'first', { mode: 0o600 });
  const s3 = ['--endpoint', 'http://127.0.0.1:9', '--bucket', 'backups', '--access-key-id', 'id'];
  const added = await orbit('add', 's3', 'cloud', ...s3, '--secret-access-key-file', secret, '--no-test');
  assert.equal(added.exitCode, 0, added.stderr);
  const kept = await orbit('set', 's3', 'cloud', '--lock-mode', 'COMPLIANCE', '--lock-days', '40', '--keep');
  assert.match(kept.stdout, /cloud has its new settings: though they do not work yet/);
  writeFileSync(secret, 'second', { mode: 0o600 });
  assert.match((await orbit('set', 's3', 'cloud', '--secret-access-key-file', secret)).stdout, /cloud stays as it was/);

  const app = openApp(home);
  t.after(() => app.close());
  const config = fullConfig(app.store, app.instanceKey, findDestination(app.store, 'cloud'));
  assert.ok(config['secretAccessKey'] instanceof SecretString);
  assert.deepEqual(
    [config['secretAccessKey'].reveal(), config['lockDays'], config['bucket']],
    ['first', 40, 'backups'],
  );

  // A lock that ends before the copies may go is told, one that lasts is not.
  const job = findJob(app.store, 'system');
  const locks = async (retention: Parameters<typeof saveJob>[1]['retention']): Promise<string[]> => {
    const { retention: _, ...rest } = job;
    saveJob(app.store, { ...rest, destinations: ['cloud'], ...(retention && { retention }) });
    return (await examine(app))
      .filter(({ check }) => check === 'locks')
      .map(({ verdict, found }) => `${verdict} ${found}`);
  };
  assert.deepEqual(await locks(undefined), [
    'warning objects at cloud are locked for 40 days, and system keeps copies for good',
  ]);
  assert.deepEqual(await locks({ daily: 7, monthly: 12 }), [
    'warning objects at cloud are locked for 40 days, and system keeps copies for 372',
  ]);
  for (const retention of [{ daily: 40 }, { weekly: 5, within: '1m10d' }])
    assert.deepEqual(await locks(retention), ['ok no object lock ends before retention lets go']);
});

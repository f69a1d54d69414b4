// A destination's settings are changed on the command line: tested first, and the old ones come back when the new ones do not work.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openApp } from '../src/app.ts';
import { examine } from '../src/api/doctor.ts';
import { hostKeyFrom } from '../src/backends/ssh/host-key.ts';
import { SecretString } from '../src/base/secret-string.ts';
import { findDestination, fullConfig } from '../src/destinations/destination.ts';
import { findJob, saveJob } from '../src/jobs/job.ts';
import { cli } from './support/cli.ts';
import { type SshServer, startSshServer } from './support/ssh-server.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { needs } from './support/tools.ts';

interface Shown {
  config: Record<string, unknown>;
  state: string;
  pins: { hostKey?: string };
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
  const app = openApp(home);
  t.after(() => app.close());
  const webhook = { url: 'http://127.0.0.1:9/hook', signingSecret: 'x' };
  app.notifier.channels.add({ name: 'chat', kind: 'webhook', config: webhook, filter: { minimumSeverity: 'debug' } });
  const toldChanges = (): string[] =>
    app.store.database
      .prepare("SELECT event FROM channel_message WHERE event LIKE '%settings.changed%' ORDER BY rowid")
      .all()
      .map(({ event }) => JSON.parse(String(event)).facts.subject);

  const moved = await orbit('set', 'folder', 'nas', '--path', join(home, 'file/below'));
  assert.equal(moved.exitCode, 1);
  assert.match(moved.stdout, /nas stays as it was: what was to be does not work/);
  assert.equal((await shown('nas')).config['path'], here);
  assert.equal((await shown('nas')).state, 'reachable', 'it is looked at as it was');

  // A mount that is none is what is wrong, whatever a look at the folder beneath would say.
  const unmounted = join('/', 'nowhere at all');
  const pinned = await orbit('set', 'folder', 'nas', '--path', unmounted, '--on-mount', '--json');
  assert.equal(JSON.parse(pinned.stdout).probe.failure.code, 'destinations.not-mounted');

  // Another folder is another place: that nothing of ours lies there yet is no loss.
  const there = join(home, 'there');
  mkdirSync(there);
  assert.equal((await orbit('set', 'folder', 'nas', '--path', there)).exitCode, 0);
  assert.equal((await shown('nas')).config['path'], there);
  assert.deepEqual(toldChanges(), ['nas'], 'what was kept is told, and nothing else');

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

  const secretNow = (): unknown => {
    const { secretAccessKey } = fullConfig(app.store, app.instanceKey, findDestination(app.store, 'cloud'));
    return secretAccessKey instanceof SecretString ? secretAccessKey.reveal() : undefined;
  };
  await orbit('set', 's3', 'cloud', '--secret-access-key-file', secret, '--keep');
  assert.equal(secretNow(), 'second', 'one that is given takes the place of the old one');
  writeFileSync(secret, 'first', { mode: 0o600 });
  await orbit('set', 's3', 'cloud', '--secret-access-key-file', secret, '--keep');
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

test(
  'another SSH server is believed only when its host key was compared, and the same one when that is asked for',
  needs('sshd', 'sftp'),
  async (t) => {
    const home = await temporaryFolder(t);
    const [one, other] = [await startSshServer(), await startSshServer()];
    t.after(() => Promise.all([one.stop(), other.stop()]));
    const orbit = (...args: string[]) => cli(args, { home });
    const { publicLine } = JSON.parse((await orbit('ssh-key', 'show', '--json')).stdout) as { publicLine: string };
    for (const server of [one, other]) await server.authorize(publicLine);
    const folder = join(one.folder, 'copies');
    const place = ['--host', '127.0.0.1', '--user', one.user, '--path', folder, '--port', String(one.port)];
    const added = await orbit(
      ...['destination', 'add', 'sftp', 'far', ...place, '--host-key', one.hostKey.fingerprint, '--json'],
    );
    assert.equal(added.exitCode, 0, added.stdout);
    const set = (...args: string[]) => orbit('destination', 'set', 'sftp', 'far', ...args);
    const pinned = async (): Promise<string> =>
      (JSON.parse((await orbit('destination', 'show', 'far', '--json')).stdout) as Shown).pins.hostKey ?? '';
    const isPinned = async (server: SshServer): Promise<boolean> =>
      hostKeyFrom(await pinned()).fingerprint === server.hostKey.fingerprint;

    // The same server: nobody is asked.
    assert.equal((await set('--low-space-mib', '1')).exitCode, 0);
    const unasked = await set('--port', String(other.port));
    assert.match(unasked.stderr, /destinations\.host-key-unconfirmed/);
    const wrong = await set('--port', String(other.port), '--host-key', one.hostKey.fingerprint);
    assert.match(wrong.stderr, /destinations\.host-key-differs/);
    assert.ok(await isPinned(one));
    const moved = await set('--port', String(other.port), '--path', folder, '--host-key', other.hostKey.fingerprint);
    assert.equal(moved.exitCode, 0, moved.stdout + moved.stderr);
    assert.ok(await isPinned(other));
    // What is asked for is compared, also when the server is the same.
    assert.match((await set('--host-key', one.hostKey.fingerprint)).stderr, /destinations\.host-key-differs/);
    await other.restart({ newHostKey: true });
    assert.match((await set('--low-space-mib', '2')).stdout, /backend\.host-key-changed/);
    assert.equal((await set('--host-key', other.hostKey.fingerprint)).exitCode, 0);
    assert.ok(await isPinned(other));
  },
);

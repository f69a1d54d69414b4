// The service under a systemd that runs: installed as a newcomer would, backing up, allowed more, killed, stopped, removed.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { BootedMachine, bootMissing } from './support/booted-machine.ts';
import { bootableMachine } from './support/debian-machine.ts';
import { ask, asOrbit, orbit, runSystemJob as run, tokenFor } from './support/installed-orbit.ts';
import { signInRecord } from './support/sign-in-record.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

test('the service lives under systemd: installed, backing up what only root may read, told at terminals, killed, stopped, removed', {
  skip: bootMissing(),
}, async (context) => {
  const folder = await temporaryFolder(context);
  const system = await bootableMachine(join(folder, 'root'));
  mkdirSync(join(system.root, 'srv/secret'), { mode: 0o700 });
  writeFileSync(join(system.root, 'srv/secret/key'), 'for root alone', { mode: 0o600 });
  const machine = await BootedMachine.boot(system);
  context.after(() => machine.stop());
  const property = async (name: string): Promise<string> =>
    (await machine.sh(`systemctl show --value -p ${name} orbit`)).trim();

  await context.test('a newcomer installs it, and finds the link for the first account in the journal', async () => {
    assert.match(await machine.sh(`${orbit} install`), /Orbit runs/);
    await machine.until('journalctl -u orbit --no-pager -o cat', /^ *http:\/\/127\.0\.0\.1:7420\/setup#\S{40,}$/m);
    assert.match(await machine.sh(ask('GET', '/health')), /"alive":true/);
    assert.equal(await property('ActiveState'), 'active');
    const [user, capabilities] = [await property('User'), await property('AmbientCapabilities')];
    assert.deepEqual([user, capabilities], ['orbit', 'cap_dac_read_search']);
    assert.equal(
      (await machine.sh('stat -c %a:%U /var/lib/orbit /var/lib/orbit/orbit.db')).trim(),
      '700:orbit\n600:orbit',
    );
    // systemd judges the unit as it runs, with everything it was made of.
    await machine.sh('systemd-analyze security --threshold=25 --no-pager orbit');
  });

  await context.test('it may write to nothing but its own, until it is allowed to', async () => {
    await machine.sh('install -d -o orbit -g orbit -m 700 /srv/backup');
    await machine.sh(`${asOrbit} ceremony start --generate`);
    await machine.sh(`${asOrbit} destination add folder near --path /srv/backup`);
    await machine.sh(
      `${asOrbit} job set system --enable --folder /srv/secret --without-folder /etc --destination near`,
    );
    const refused = await run(machine);
    assert.equal(refused.outcome, 'failed');
    assert.match(JSON.stringify(refused), /read-only/i);
    const told = await machine.sh(`${orbit} install --allow terminals --write /srv/backup`);
    assert.match(told, /ReadWritePaths=\/srv\/backup/);
    await machine.until(ask('GET', '/health'), /"alive":true/);
  });

  await context.test('it backs up what only root may read', async () => {
    const done = await run(machine);
    assert.equal(done.outcome, 'succeeded', JSON.stringify(done));
    const shown = await machine.sh(
      `${asOrbit} secret show orbit:repository:near:system --reveal password > /tmp/password
${orbit} repo dump latest /srv/secret/key -r /srv/backup/system --password-file /tmp/password`,
    );
    assert.equal(shown, 'for root alone');
  });

  await context.test('it tells whoever is signed in at a terminal', async () => {
    await machine.sh(`${asOrbit} channel add terminals here`);
    await machine.sh(
      `systemd-run --quiet --unit=session script --quiet --flush --command 'tty; exec sleep 600' /tmp/transcript`,
    );
    const line = /\/dev\/(pts\/\d+)/.exec(await machine.until('cat /tmp/transcript', /\/dev\/pts/))?.[1] ?? '';
    writeFileSync(join(system.root, 'srv/sign-ins'), signInRecord('ana', line, 1));
    await machine.sh('cp /srv/sign-ins /run/utmp');
    const token = await tokenFor(machine, 'settings:test');
    assert.match(
      await machine.sh(ask('POST', '/api/v1/channels/here/test', token)),
      /"channel\.signed-in-at","facts":{"user":"ana"/,
    );
    await machine.until('cat /tmp/transcript', /Broadcast message/);
  });

  await context.test('killed, it comes back by itself; stopped, it ends by itself', async () => {
    const first = await property('MainPID');
    await machine.sh('systemctl kill --kill-who=main --signal=KILL orbit');
    await machine.until('systemctl show --value -p NRestarts orbit', /^1$/m);
    await machine.until(`systemctl show --value -p MainPID orbit; ${ask('GET', '/health')}`, /"alive":true/);
    assert.notEqual(await property('MainPID'), first);
    await machine.sh('systemctl stop orbit');
    assert.deepEqual([await property('ActiveState'), await property('Result')], ['inactive', 'success']);
    assert.match(await machine.sh('journalctl -u orbit --no-pager -o cat'), /Orbit has stopped/);
  });

  await context.test('removed, its data stays', async () => {
    await machine.sh(`${orbit} install --remove`);
    assert.notEqual((await machine.run('systemctl cat orbit')).exitCode, 0);
    await machine.sh('test -f /var/lib/orbit/orbit.db && test ! -e /etc/systemd/system/orbit.service.d/allowed.conf');
  });
});

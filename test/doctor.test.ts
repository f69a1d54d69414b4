// The doctor on a healthy and on a broken instance.
import assert from 'node:assert/strict';
import { chmod, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { addApiToken } from '../src/accounts/api-token.ts';
import { saveApprovalSettings } from '../src/accounts/approval.ts';
import { type Finding, examine } from '../src/api/doctor.ts';
import { fixedClock } from '../src/base/clock.ts';
import { SecretString } from '../src/base/secret-string.ts';
import { startCeremony } from '../src/breakglass/ceremony.ts';
import { addDestination, findDestination } from '../src/destinations/destination.ts';
import { lookAt } from '../src/jobs/destination-watch.ts';
import { deliverKeys } from '../src/jobs/key-delivery.ts';
import { findJob } from '../src/jobs/job.ts';
import { runJob } from '../src/jobs/runner.ts';
import { tellServiceStart } from '../src/jobs/service-life.ts';
import { cli } from './support/cli.ts';
import { consoleSite, goodPassword, makeReady } from './support/console.ts';

test('the doctor finds an empty instance broken, a healthy one well, and names what breaks then with its cure', async (context) => {
  const site = await consoleSite(context);
  const { home } = site.app;
  const diagnose = async (): Promise<{ exitCode: number; troubles: string[]; findings: Finding[] }> => {
    const { exitCode, stdout } = await cli(['doctor', '--json'], { home });
    const { findings } = JSON.parse(stdout) as { findings: Finding[] };
    const bad = findings.filter(({ verdict }) => verdict !== 'ok');
    for (const { check, cure } of bad) assert.ok(cure, `${check} has a cure`);
    return { exitCode, troubles: bad.map(({ check, verdict }) => `${check} ${verdict}`), findings };
  };
  const empty = await diagnose();
  assert.equal(empty.exitCode, 1);
  for (const trouble of [
    'recovery-key broken',
    'destinations broken',
    'copies broken',
    'channels warning',
    'service warning',
    'accounts warning',
  ])
    assert.ok(empty.troubles.includes(trouble), `${trouble} in ${empty.troubles.join(', ')}`);

  await makeReady(site);
  await site.cookieOf('administrator');
  for (const name of ['secrets', 'system'])
    await runJob(site.app, findJob(site.app.store, name), { startedBy: 'person' });
  await lookAt(site.app, findDestination(site.app.store, 'local'));
  tellServiceStart(site.app, 'here');
  const ready = await diagnose();
  assert.deepEqual(ready.troubles, ['channels warning']);
  assert.equal(ready.exitCode, 3);

  await chmod(join(home, 'instance.key'), 0o644);
  await rename(join(site.folder, 'copies'), join(site.folder, 'gone'));
  for (let looks = 0; looks < 5; looks++) await lookAt(site.app, findDestination(site.app.store, 'local'));
  site.app.audit.append({ actor: 'ana', method: 'CLI', action: 'a change', outcome: 'done' });
  site.app.store.database.exec(
    `DROP TRIGGER audit_entry_stays; UPDATE audit_entry SET entry = replace(entry, 'ana', 'eve')`,
  );
  saveApprovalSettings(site.app, { isOn: true, actions: ['backup.delete'], hours: 24, viewHours: 12 }, { user: 'ana' });
  const broken = await diagnose();
  assert.equal(broken.exitCode, 1);
  assert.deepEqual(broken.troubles, [
    'data-folder broken',
    'audit broken',
    'destinations broken',
    'channels warning',
    'accounts broken',
  ]);
  assert.match(broken.findings.find(({ check }) => check === 'audit')?.found ?? '', /breaks at entry 1/);
});

test('the doctor names a program that a destination needs, a destination that waits for keys, and tokens that are over', async (context) => {
  const clock = fixedClock(new Date('2026-11-26T05:00:00Z'));
  const { app, cookieOf } = await consoleSite(context, { clock });
  await cookieOf('administrator');
  addApiToken(app, { name: 'old', scopes: ['state:read'], createdBy: 'ana', expiresAt: '2026-11-26T06:00:00.000Z' });
  await startCeremony(
    { ...app, workFactor: 10 },
    { masterPassword: new SecretString('quartz lemon tundra 4 violin osprey') },
  );
  const config = { host: '192.0.2.1', user: 'orbit', path: '/srv/backup' };
  addDestination(app.store, app.instanceKey, { name: 'far', kind: 'rsync', config });
  const below = { path: join(app.home, 'orbit.db', 'below') };
  addDestination(app.store, app.instanceKey, { name: 'gone', kind: 'folder', config: below });
  await deliverKeys(app, { destinations: ['gone'] });
  clock.advance(2 * 60 * 60_000);
  const path = process.env['PATH'];
  context.after(() => void (process.env['PATH'] = path));
  process.env['PATH'] = '';
  const found = (check: string): string | undefined => findings.find((each) => each.check === check)?.found;
  const findings = await examine(app);
  assert.equal(found('programs'), 'the destinations need rsync');
  assert.match(found('key-delivery') ?? '', /^gone waits for the key set in force/);
  assert.equal(found('accounts'), 'tokens that have expired: old');
});

test('the health report tells facts and no secret', async (context) => {
  const site = await consoleSite(context);
  await makeReady(site);
  await site.cookieOf('administrator');
  const out = join(site.folder, 'health');
  const { stdout } = await cli(['healthcheck', 'run', '--out', out], { home: site.app.home });
  assert.match(stdout, /^Done: /);
  assert.equal((await stat(out)).mode & 0o777, 0o700);
  const text = await readFile(join(out, 'health.txt'), 'utf8');
  const json = await readFile(join(out, 'health.json'), 'utf8');
  assert.match(text, /Health of Orbit at .*\n.*Node 24/);
  assert.ok(Array.isArray((JSON.parse(json) as { findings: unknown[] }).findings));
  for (const secret of [goodPassword, 'quartz lemon']) assert.ok(!`${text}${json}`.includes(secret));
  const refused = await cli(['healthcheck', 'run', '--out', join(out, 'health.txt')], { home: site.app.home });
  assert.match(refused.stderr, /cli\.report-not-written/);
});

// The doctor on a healthy and on a broken instance.
import assert from 'node:assert/strict';
import { chmod, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Finding } from '../src/api/doctor.ts';
import { findDestination } from '../src/destinations/destination.ts';
import { lookAt } from '../src/jobs/destination-watch.ts';
import { findJob } from '../src/jobs/job.ts';
import { runJob } from '../src/jobs/runner.ts';
import { tellServiceStart } from '../src/jobs/service-life.ts';
import { cli } from './support/cli.ts';
import { consoleSite, goodPassword, makeReady } from './support/console.ts';

test('the doctor finds an empty instance broken, a healthy one well, and names what breaks then with its cure', async (context) => {
  const site = await consoleSite(context);
  const { home } = site.app;
  const examine = async (): Promise<{ exitCode: number; troubles: string[]; findings: Finding[] }> => {
    const { exitCode, stdout } = await cli(['doctor', '--json'], { home });
    const { findings } = JSON.parse(stdout) as { findings: Finding[] };
    const bad = findings.filter(({ verdict }) => verdict !== 'ok');
    for (const { check, cure } of bad) assert.ok(cure, `${check} has a cure`);
    return { exitCode, troubles: bad.map(({ check, verdict }) => `${check} ${verdict}`), findings };
  };
  const empty = await examine();
  assert.equal(empty.exitCode, 1);
  for (const trouble of [
    'recovery-key broken',
    'destinations broken',
    'copies broken',
    'channels warning',
    'service warning',
  ])
    assert.ok(empty.troubles.includes(trouble), `${trouble} in ${empty.troubles.join(', ')}`);

  await makeReady(site);
  for (const name of ['secrets', 'system'])
    await runJob(site.app, findJob(site.app.store, name), { startedBy: 'person' });
  await lookAt(site.app, findDestination(site.app.store, 'local'));
  tellServiceStart(site.app, 'here');
  const ready = await examine();
  assert.deepEqual(ready.troubles, ['channels warning']);
  assert.equal(ready.exitCode, 3);

  await chmod(join(home, 'instance.key'), 0o644);
  await rename(join(site.folder, 'copies'), join(site.folder, 'gone'));
  for (let looks = 0; looks < 5; looks++) await lookAt(site.app, findDestination(site.app.store, 'local'));
  site.app.audit.append({ actor: 'ana', method: 'CLI', action: 'a change', outcome: 'done' });
  site.app.store.database.exec(
    `DROP TRIGGER audit_entry_stays; UPDATE audit_entry SET entry = replace(entry, 'ana', 'eve')`,
  );
  const broken = await examine();
  assert.equal(broken.exitCode, 1);
  assert.deepEqual(broken.troubles, ['data-folder broken', 'audit broken', 'destinations broken', 'channels warning']);
  assert.match(broken.findings.find(({ check }) => check === 'audit')?.found ?? '', /breaks at entry 1/);
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

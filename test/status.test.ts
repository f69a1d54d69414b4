// `orbit status`: the answer of Home on a terminal, from nothing to a copy that is out of reach.
import assert from 'node:assert/strict';
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { overview } from '../src/api/schemas/overview.ts';
import { findDestination } from '../src/destinations/destination.ts';
import { lookAt } from '../src/jobs/destination-watch.ts';
import { findJob } from '../src/jobs/job.ts';
import { runJob } from '../src/jobs/runner.ts';
import { tellServiceStart } from '../src/jobs/service-life.ts';
import { cli } from './support/cli.ts';
import { consoleSite, makeReady } from './support/console.ts';

test('the status says whether everything could be recovered, what is wrong, and the command for each gap', async (context) => {
  const site = await consoleSite(context);
  const { app, folder } = site;
  const status = async (...args: string[]) => await cli(['status', ...args], { home: app.home });

  const empty = await status();
  assert.equal(empty.exitCode, 1);
  assert.match(empty.stdout, /^No: nothing could be recovered\./);
  assert.match(empty.stdout, /no recovery key\n {6}orbit ceremony start\n/);
  assert.match(empty.stdout, /the service does not run/);

  await makeReady(site);
  const neverRan = await status();
  assert.equal(neverRan.exitCode, 1);
  assert.match(neverRan.stdout, /^secrets +local +NONE YET /m);
  assert.match(neverRan.stdout, /the backup secrets has no copy yet\n {6}orbit backup create\n/);

  for (const name of ['secrets', 'system']) await runJob(app, findJob(app.store, name), { startedBy: 'person' });
  await lookAt(app, findDestination(app.store, 'local'));
  tellServiceStart(app, 'here');
  const here = await status();
  assert.equal(here.exitCode, 3, here.stdout);
  assert.match(here.stdout, /^Yes, as long as this machine survives/);
  assert.match(here.stdout, /^system +local +good /m);
  assert.match(here.stdout, /^recordings +– +off$/m);
  assert.doesNotMatch(here.stdout, /Wrong now|has no copy/);
  assert.match(here.stdout, /orbit job set recordings --enable/);

  renameSync(join(folder, 'copies'), join(folder, 'gone'));
  for (let looks = 0; looks < 5; looks++) await lookAt(app, findDestination(app.store, 'local'));
  const lost = await status();
  assert.equal(lost.exitCode, 1);
  assert.match(lost.stdout, /^No: nothing could be recovered\./);
  assert.match(lost.stdout, /✗ local cannot be reached, for .*\n {6}\S/);
  const json = await status('--json');
  const { isServed, ...told } = JSON.parse(json.stdout) as { isServed: boolean };
  assert.equal(isServed, true);
  assert.equal(overview.parse(told).problems[0]?.what, 'destination-lost');

  const portuguese = await cli(['status'], { home: app.home, env: { LANG: 'pt_BR.UTF-8' } });
  assert.match(portuguese.stdout, /^Não: nada pode ser recuperado\./);
  assert.match(portuguese.stdout, /✗ local está fora de alcance, há /);
});

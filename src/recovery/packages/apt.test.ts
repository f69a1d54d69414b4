// The target's own apt installs what it lacks: a real Debian system, and a small source of packages inside it, no network.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { debianMachine, debianMissing } from '../../../test/support/debian-machine.ts';
import { failure } from '../../../test/support/failures.ts';
import { buildPackages, onlyThatSource } from '../../../test/support/package-source.ts';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { TargetRoot } from '../root.ts';
import { apt } from './apt.ts';

test('missing packages are installed in another root, nothing starts, and what no source has is named', {
  skip: debianMissing(),
}, async (context) => {
  const folder = await temporaryFolder(context);
  const machine = await debianMachine(join(folder, 'root'));
  await machine.sh(onlyThatSource);
  await buildPackages(machine, [
    { name: 'probe-app', control: 'Depends: probe-library\n', postinst: 'invoke-rc.d probe start; true' },
    { name: 'probe-library' },
    { name: 'probe-broken', control: 'Depends: nowhere-to-be-found\n' },
  ]);
  const root = new TargetRoot(machine.root);
  const missing = ['probe-app:all', 'probe-library:all', 'gone-for-good:amd64'];
  const absent = await root.withKernel(() => apt.install(root, { missing, byHand: ['probe-app'] }, {}));
  assert.deepEqual(absent, ['gone-for-good:amd64']);
  assert.equal((await apt.installed(root))?.get('probe-app:all'), '1.2');
  assert.equal((await machine.sh('apt-mark showauto probe-app probe-library')).trim(), 'probe-library');
  assert.ok(!existsSync(join(machine.root, 'srv/started')));
  assert.ok(!root.has('/usr/sbin/policy-rc.d'));
  const broken = { missing: ['probe-broken:all'], byHand: [] };
  await assert.rejects(
    root.withKernel(() => apt.install(root, broken, {})),
    failure('recovery.packages-not-installed', /nowhere-to-be-found/),
  );
});

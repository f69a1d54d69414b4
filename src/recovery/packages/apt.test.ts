// The target's own apt installs what it lacks: a real Debian system, and a small source of packages inside it, no network.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { debianMachine, debianMissing } from '../../../test/support/debian-machine.ts';
import { failure } from '../../../test/support/failures.ts';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { TargetRoot } from '../root.ts';
import { apt } from './apt.ts';

test('missing packages are installed in another root, nothing starts, and what no source has is named', {
  skip: debianMissing(),
}, async (context) => {
  const folder = await temporaryFolder(context);
  const machine = await debianMachine(join(folder, 'root'));
  const source = join(machine.root, 'srv/source');
  const make = (name: string, control: string, script: string): void => {
    mkdirSync(join(source, name, 'DEBIAN'), { recursive: true });
    const about = `Package: ${name}\nVersion: 1.2\nArchitecture: all\nMaintainer: Ana\nDescription: probe\n${control}`;
    writeFileSync(join(source, name, 'DEBIAN/control'), about);
    writeFileSync(join(source, name, 'DEBIAN/postinst'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  };
  make('probe-app', 'Depends: probe-library\n', 'invoke-rc.d probe start; true');
  make('probe-library', '', 'true');
  make('probe-broken', 'Depends: nowhere-to-be-found\n', 'true');
  await machine.sh(`printf '#!/bin/sh\\ntouch /srv/started\\n' > /etc/init.d/probe; chmod 755 /etc/init.d/probe
rm /usr/sbin/policy-rc.d
cd /srv/source; for name in probe-*; do dpkg-deb -b $name $name.deb > /dev/null; done
for file in *.deb; do dpkg-deb -f $file; printf 'Filename: ./%s\\nSize: %s\\nSHA256: %s\\n\\n' $file $(stat -c %s $file) $(sha256sum $file | cut -c1-64); done > Packages
rm -rf /etc/apt/sources.list.d/*; echo 'deb [trusted=yes] file:/srv/source ./' > /etc/apt/sources.list`);
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

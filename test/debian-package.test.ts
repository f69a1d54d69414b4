// The Debian package on a real Debian: installed, run by its own user with its own Node, upgraded, removed, purged.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { buildDeb, packDeb, stageDeb } from '../scripts/build-deb.ts';
import { runProgram } from '../src/base/program.ts';
import { debianMachine, debianMissing } from './support/debian-machine.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { needs } from './support/tools.ts';

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

test('the Debian package installs, serves, upgrades without losing anything, and leaves only what it should', {
  skip: debianMissing(),
}, async (context) => {
  const folder = await temporaryFolder(context);
  const machine = await debianMachine(join(folder, 'root'), { plain: true });
  const inside = (path: string): string => join(machine.root, path);
  const stage = join(folder, 'stage');
  mkdirSync(stage);
  stageDeb(stage);
  // The older one has a file that the newer one does not know any more.
  const dropped = 'usr/lib/orbit/src/dropped.ts';
  writeFileSync(join(stage, dropped), '');
  renameSync(packDeb(stage, folder, { compression: 'none' }), inside('first.deb'));
  rmSync(join(stage, dropped));
  renameSync(packDeb(stage, folder, { compression: 'none', revision: '+2' }), inside('second.deb'));

  await machine.sh('dpkg --force-unsafe-io -i /first.deb');
  assert.equal(await machine.sh('dpkg --verify orbit'), '');
  assert.ok(existsSync(inside(dropped)));
  const content = await machine.sh('dpkg -L orbit');
  // Nothing of tests, builds and other people's platforms travels along.
  const unwanted = /\.test\.ts$|node_modules\/(typescript|vite|@biomejs)\b/;
  assert.deepEqual(
    content.split('\n').filter((path) => unwanted.test(path)),
    [],
  );
  assert.match(
    await machine.sh('XDG_CACHE_HOME=/tmp/cache orbit --version; rm -rf /tmp/cache'),
    new RegExp(`${version.replaceAll('.', '\\.')}`),
  );
  const wanted = inside('etc/systemd/system/multi-user.target.wants/orbit.service');
  const isEnabled = async (): Promise<boolean> =>
    (await machine.sh(`test -L ${wanted.slice(machine.root.length)} && echo yes || true`)) !== '';
  assert.ok(await isEnabled(), 'it starts with the machine, also when that boots for the first time later');

  // What the unit does: the folder, the user, the environment. The Node that asks is the one that came along.
  const [health, page, last] = (await machine.sh(servedOnce)).trim().split('\n');
  assert.equal((JSON.parse(health ?? '') as { alive: boolean }).alive, true);
  assert.match(page ?? '', /<script type="module"/);
  assert.match(last ?? '', /Orbit has stopped/);
  assert.equal(statSync(inside('var/lib/orbit/orbit.db')).mode & 0o777, 0o600);
  assert.match(await machine.sh('stat -c %U /var/lib/orbit/orbit.db'), /^orbit$/m);

  // An upgrade keeps the data, and does not switch on what somebody switched off.
  const key = readFileSync(inside('var/lib/orbit/instance.key'));
  const own = '/etc/systemd/system/orbit.service.d/own.conf';
  const ownText = '[Service]\nCPUWeight=20\n';
  mkdirSync(dirname(inside(own)));
  writeFileSync(inside(own), ownText);
  writeFileSync(inside('usr/lib/orbit/package.json'), '{}');
  assert.match(
    await machine.sh('dpkg --verify orbit'),
    /^\?\?5.* \/usr\/lib\/orbit\/package\.json$/m,
    'a changed file is named',
  );
  await machine.sh(
    'rm /etc/systemd/system/multi-user.target.wants/orbit.service; dpkg --force-unsafe-io -i /second.deb',
  );
  assert.match(await machine.sh('dpkg-query -W orbit'), new RegExp(`\\s${version.replaceAll('.', '\\.')}\\+2$`, 'm'));
  assert.equal(await isEnabled(), false);
  assert.match((await machine.sh(servedOnce)).trim(), /"alive":true/);
  assert.equal(await machine.sh('dpkg --verify orbit'), '');
  assert.ok(!existsSync(inside(dropped)), 'what a version no longer has goes with the older one');
  assert.deepEqual(readFileSync(inside('var/lib/orbit/instance.key')), key);
  assert.equal(readFileSync(inside(own), 'utf8'), ownText, 'what the administrator set for the unit stays');
  rmSync(dirname(inside(own)), { recursive: true });

  await machine.sh('dpkg -r orbit');
  assert.ok(!existsSync(inside('usr/bin/orbit')) && !existsSync(inside('usr/lib/orbit')));
  assert.ok(existsSync(inside('var/lib/orbit/instance.key')), 'data stays');
  await machine.sh('dpkg -P orbit');
  const left = await machine.sh(`find / -xdev -name '*orbit*' -not -path '/proc/*'`);
  assert.deepEqual(left.trim(), '', 'nothing is left but the user');
});

test('lintian has nothing against the package, neither errors nor warnings', needs('lintian'), async (context) => {
  const folder = await temporaryFolder(context);
  const file = buildDeb(folder, 'gzip');
  const judged = await runProgram('lintian', ['--allow-root', '--fail-on', 'error,warning', file], {
    env: { ...process.env, HOME: folder },
    timeoutMs: 30 * 60_000,
  });
  const found = `${judged.stdout}${judged.stderr}`.split('\n').filter((line) => /^[EW]: /.test(line));
  assert.deepEqual([found, judged.exitCode], [[], 0]);
});

// Serves on a free port until it was asked twice, then stops it as systemd would.
const servedOnce = `rm -f /said
node=$(echo /usr/lib/orbit/node_modules/node-linux-*/bin/node)
install -d -o orbit -g orbit -m 700 /var/lib/orbit
setpriv --reuid orbit --regid orbit --init-groups --no-new-privs \\
  env -i PATH=/usr/bin:/bin ORBIT_HOME=/var/lib/orbit orbit serve --listen 127.0.0.1:0 > /said 2>&1 &
pid=$!
until grep -q 'Orbit is running' /said; do kill -0 $pid || { cat /said; exit 1; }; sleep 0.1; done
address=$(sed -n 's#.*Orbit is running: \\(http[^ ]*\\)/health.*#\\1#p' /said)
$node -e 'for (const path of ["/health", "/"]) console.log((await (await fetch(process.argv[1] + path)).text()).replaceAll("\\n", " "))' "$address"
kill -TERM $pid
wait $pid
tail -n 1 /said`;

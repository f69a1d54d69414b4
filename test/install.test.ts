// Installing: what is written is shown first, systemd accepts the unit, and the Debian package runs with nothing else around.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { buildDeb } from '../scripts/build-deb.ts';
import { unitText } from '../src/cli/install/unit.ts';
import { cli } from './support/cli.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { needs } from './support/tools.ts';

test('every step is told before anything is done, into another tree nothing of this machine changes, and removing undoes it', async (context) => {
  const folder = await temporaryFolder(context);
  const dry = await cli(['install', '--dry-run']);
  assert.equal(dry.exitCode, 0);
  assert.deepEqual(
    dry.stdout
      .trim()
      .split('\n')
      .map((line) => line.replace(/^would /, '')),
    [
      'make the user orbit, who cannot sign in',
      'write /etc/systemd/system/orbit.service',
      'systemctl daemon-reload',
      'systemctl enable --now orbit.service',
    ],
  );
  assert.ok(!existsSync('/etc/systemd/system/orbit.service'));
  const unit = join(folder, 'etc/systemd/system/orbit.service');
  assert.equal((await cli(['install', '--root', folder, '--listen', '127.0.0.1:7000'])).exitCode, 0);
  const text = await readFile(unit, 'utf8');
  assert.match(text, /^ExecStart=\/.*bin\/orbit serve --listen 127\.0\.0\.1:7000$/m);
  await mkdir(join(folder, 'var/lib/orbit'), { recursive: true });
  assert.equal((await cli(['install', '--remove', '--root', folder])).exitCode, 0);
  assert.ok(!existsSync(unit) && existsSync(join(folder, 'var/lib/orbit')), 'data stays');
  assert.equal((await cli(['install', '--remove', '--purge', '--root', folder])).exitCode, 0);
  assert.ok(!existsSync(join(folder, 'var/lib/orbit')));
});

test('systemd understands the unit and finds little to say against it', needs('systemd-analyze'), async (context) => {
  const folder = await temporaryFolder(context);
  const unit = join(folder, 'orbit.service');
  await writeFile(unit, unitText({ program: '/bin/true' }));
  const verified = spawnSync('systemd-analyze', ['verify', '--man=no', '--recursive-errors=no', unit], {
    encoding: 'utf8',
  });
  assert.ok(!/orbit\.service/.test(verified.stderr), verified.stderr);
  const judged = spawnSync('systemd-analyze', ['security', '--offline=true', '--threshold=25', unit], {
    encoding: 'utf8',
  });
  assert.equal(judged.status, 0, `${judged.stdout.slice(-2000)}${judged.stderr}`);
});

test(
  'the Debian package is unpacked by dpkg and serves with its own Node',
  needs('dpkg-deb', 'dpkg'),
  async (context) => {
    const folder = await temporaryFolder(context);
    const file = buildDeb(folder, 'none');
    const root = join(folder, 'root');
    for (const part of ['info', 'updates']) await mkdir(join(root, 'var/lib/dpkg', part), { recursive: true });
    await writeFile(join(root, 'var/lib/dpkg/status'), '');
    execFileSync('dpkg', ['--root', root, '--force-depends', '--unpack', file], { stdio: 'pipe' });
    const content = execFileSync('dpkg', ['--root', root, '-L', 'orbit'], { encoding: 'utf8' });
    assert.match(content, /^\/usr\/lib\/systemd\/system\/orbit\.service$/m);
    // Nothing of tests, builds and other people's platforms travels along.
    const unwanted = content
      .split('\n')
      .filter((path) => /\.test\.ts$|node_modules\/(typescript|vite|@biomejs)\b/.test(path));
    assert.deepEqual(unwanted, []);
    const orbit = join(root, 'usr/lib/orbit/bin/orbit');
    const env = { PATH: '/usr/bin:/bin', ORBIT_HOME: join(folder, 'home'), HOME: folder };
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    assert.match(
      execFileSync(orbit, ['version'], { env, encoding: 'utf8' }),
      new RegExp(`^orbit ${version} \\(Node 24`),
    );
    const service = spawn(orbit, ['serve', '--listen', '127.0.0.1:0'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    context.after(() => service.kill('SIGKILL'));
    let said = '';
    const address = await new Promise<string>((resolve, reject) => {
      service.on('exit', () => reject(new Error(`it ended: ${said}`)));
      for (const stream of [service.stdout, service.stderr]) {
        stream.on('data', (chunk: Buffer) => {
          said += chunk.toString('utf8');
          const found = /Orbit is running: (\S+)\/health/.exec(said)?.[1];
          if (found !== undefined) resolve(found);
        });
      }
    });
    assert.equal(((await (await fetch(`${address}/health`)).json()) as { alive: boolean }).alive, true);
    assert.match(await (await fetch(`${address}/`)).text(), /<script type="module"/);
    const ended = new Promise((resolve) => service.once('exit', resolve));
    service.removeAllListeners('exit');
    service.once('exit', () => {});
    service.kill('SIGTERM');
    await Promise.race([ended, new Promise((resolve) => service.once('close', resolve))]);
    assert.match(said, /Orbit has stopped/);
  },
);

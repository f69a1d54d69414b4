import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeCertificates } from '../../../../../test/support/certificates.ts';
import { preparedProfile } from '../../../../../test/support/prepared-profile.ts';
import { temporaryFolder } from '../../../../../test/support/temporary-folder.ts';
import { needs } from '../../../../../test/support/tools.ts';
import { bytesOf } from '../../../../../test/support/virtual-files.ts';
import { certificateLines } from './certificates.ts';
import { mounts } from './file-systems.ts';
import { host } from './host.ts';
import { machineTexts } from './reports.ts';
import { unpackagedPrograms } from './unpackaged.ts';

test(
  'the whole machine is its root without what is no disk, and what it says of itself',
  needs('dpkg-query'),
  async () => {
    const prepared = await preparedProfile(host, { take: 'machine' });
    assert.deepEqual(prepared.folders, ['/']);
    for (const pattern of ['/proc/*', '/sys/*', '/dev/*', '/run/*'])
      assert.ok(prepared.excludes.includes(pattern), pattern);
    const texts = new Map<string, string>();
    for (const file of prepared.files) texts.set(file.path, (await bytesOf(file)).toString('utf8'));
    assert.match(texts.get('/orbit/host/packages.tsv') ?? '', /^bash:\S+\t\S+\tii /m);
    assert.match(texts.get('/orbit/host/users.txt') ?? '', /^root:/m);
    assert.match(texts.get('/orbit/host/mounts.txt') ?? '', / \/ /);
    for (const name of ['certificates.tsv', 'kernel-command-line.txt', 'groups.txt', 'crontabs.txt'])
      assert.ok(texts.has(`/orbit/host/${name}`), name);
  },
);

const podman = needs('podman', 'tar');

test('a container is told as podman knows it, with what it was made of', {
  skip: podman.skip || (process.getuid?.() === 0 ? false : 'needs root'),
}, async (context) => {
  const folder = await temporaryFolder(context);
  const name = `orbit-test-${process.pid}`;
  const run = (...args: string[]): string => execFileSync('podman', args, { stdio: 'pipe' }).toString();
  writeFileSync(join(folder, 'program'), 'none');
  execFileSync('tar', ['-C', folder, '-cf', join(folder, 'image.tar'), 'program']);
  run('import', '--quiet', join(folder, 'image.tar'), `${name}:1`);
  context.after(() => run('rmi', '--force', `${name}:1`));
  run('create', '--name', name, '--env', 'VAULT=of steel', '--volume', '/srv:/data', `${name}:1`, '/program');
  const { texts, notes } = await machineTexts();
  assert.deepEqual(notes, []);
  const text = (file: string): string => texts.find((each) => each.file === file)?.text ?? '';
  assert.match(text('containers-podman.json'), new RegExp(`"${name}"`));
  assert.match(text('images-podman.json'), new RegExp(`${name}:1`));
  const made = JSON.parse(text('containers-podman-definitions.json')) as Record<string, unknown>[];
  const mine = JSON.stringify(made.find((each) => each['Name'] === name));
  for (const word of ['VAULT=of steel', '/srv:/data', '"/program"']) assert.ok(mine.includes(word), word);
});

test('settings only are settings, homes, programs outside packages and access records', async () => {
  const { folders } = await preparedProfile(host, { take: 'settings' });
  for (const folder of ['/etc', '/usr/local', '/var/log']) assert.ok(folders.includes(folder), folder);
  assert.ok(!folders.includes('/'));
});

test('a certificate is told with its expiry and subject, a private key is not', needs('openssl'), async (context) => {
  const folder = await temporaryFolder(context);
  const made = await makeCertificates(folder);
  mkdirSync(join(folder, 'tls'));
  copyFileSync(made.certificateFile, join(folder, 'tls/site.crt'));
  writeFileSync(join(folder, 'tls/key.pem'), '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n');
  const lines = (await certificateLines([join(folder, 'tls')])).trim().split('\n');
  assert.equal(lines.length, 1);
  assert.match(lines[0] ?? '', /^20\d\d-\d\d-\d\dT[^\t]+\t.*site\.crt\tCN=localhost$/);
});

test('a program that no package brought is named, one of a package is not', async (context) => {
  const lists = join(await temporaryFolder(context), 'info');
  mkdirSync(lists);
  assert.equal(await unpackagedPrograms(`${lists}-none`), undefined);
  writeFileSync(join(lists, 'bash.list'), '/bin/bash\n/usr/bin/env\n');
  const named = (await unpackagedPrograms(lists))?.split('\n') ?? [];
  assert.ok(!named.includes('/usr/bin/env') && !named.includes('/usr/bin/bash'));
  assert.ok(named.includes('/usr/bin/tail'));
});

test('mounts are read with blanks in their names', () => {
  const table = '36 35 98:0 / /mnt/a\\040b rw,noatime master:1 - ext4 /dev/sda1 rw\n';
  assert.deepEqual(mounts(table), [{ mount: '/mnt/a b', device: '/dev/sda1', type: 'ext4', root: '/' }]);
});

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { cli } from '../../../test/support/cli.ts';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { escapedPath } from '../../destinations/partition-unit.ts';

const remote = ['-h', 'nas.invalid', '-r', '/backup/orbit', '-u', 'orbit'];

test('a partition that cannot be is refused before a password is asked for', async (context) => {
  const home = await temporaryFolder(context);
  const orbit = (...args: string[]) => cli(['partition', ...args], { home });
  const refused = async (args: string[], exitCode: number, words: RegExp): Promise<void> => {
    const result = await orbit(...args);
    assert.equal(result.exitCode, exitCode, result.stderr);
    assert.match(result.stderr, words);
  };
  await refused([...remote, '-p', 'my password'], 2, /seen by everybody.*--password-file/s);
  assert.doesNotMatch((await orbit(...remote, '-p', 'my password')).stderr, /my password/);
  await refused(['-h', 'nas.invalid'], 2, /--remote-path/);
  await refused(['-h', 'nas.invalid', '-r', 'backup', '-u', 'u'], 2, /does not start with \//);
  await refused(['-h', 'nas.invalid', '-r', '/x'], 2, /--user/);
  await refused([...remote, '--type', 'webdav'], 2, /cifs or nfs/);
  await refused([...remote, '-o', 'pass=secret'], 1, /a credential is never an option/);
  await refused([...remote, '-l', 'relative'], 1, /local: an absolute path/);
  await refused(['--remount', '--force'], 1, /no partition.*destinations\.no-partition/s);
  if (!existsSync('/sys/module/cifs')) await refused([...remote, '--force'], 1, /backend\.cannot-mount/);
  assert.equal((await cli(['destination', 'list'], { home })).stdout.split('\n').length, 2, 'nothing was kept');
});

test('partitions are shown, get a unit for every start, and are forgotten', async (context) => {
  const home = await temporaryFolder(context);
  const units = await temporaryFolder(context);
  const password = join(home, 'password');
  await writeFile(password, 'p&,! "x\n', { mode: 0o600 });
  const orbit = (...args: string[]) => cli(args, { home });
  const share = ['--host', 'nas.invalid', '--path', '/backup/orbit', '--user', 'orbit', '--password-file', password];
  const local = '/srv/orbit test/a-b';
  assert.equal((await orbit('destination', 'add', 'cifs', 'nas', ...share, '--local', local, '--no-test')).exitCode, 0);
  const nfs = ['--host', 'nas.invalid', '--path', '/export', '--local', '/srv/nfs', '--options', 'nconnect=2'];
  assert.equal((await orbit('destination', 'add', 'nfs', 'export', ...nfs, '--no-test')).exitCode, 0);
  const plain = await orbit('destination', 'add', 'smb', 'plain', ...share, '--unencrypted', '--no-test');
  assert.equal(plain.exitCode, 0);
  const { config } = JSON.parse((await orbit('destination', 'show', 'plain', '--json')).stdout) as {
    config: Record<string, unknown>;
  };
  assert.deepEqual([config['unencrypted'], config['password']], [true, undefined]);
  const shown = await orbit('partition', '--show');
  assert.match(
    shown.stdout,
    /nas +cifs +\/srv\/orbit test\/a-b +not mounted +cifs:\/\/orbit@nas\.invalid\/backup\/orbit/,
  );
  assert.doesNotMatch(JSON.stringify(await orbit('partition', '--show', '--json')), /p&,!/);

  const mountUnit = (await orbit('partition', '-l', '/srv/nfs', '--unit')).stdout;
  assert.match(
    mountUnit,
    /srv-nfs\.mount\n.*What=nas\.invalid:\/export\nWhere=\/srv\/nfs\nType=nfs\nOptions=vers=4\.1,softerr,.*nconnect=2,_netdev,nofail/s,
  );
  const installed = await orbit('partition', '-l', local, '--unit', '--install', '--unit-folder', units);
  assert.match(installed.stdout, /systemctl enable --now/);
  const [name = ''] = await readdir(units);
  assert.equal(name, String.raw`orbit-partition-srv-orbit\x20test-a\x2db.service`);
  const service = await readFile(join(units, name), 'utf8');
  assert.match(service, /ExecStart="\/.*\/bin\/orbit" partition --local="\/srv\/orbit test\/a-b" --remount --force\n/);
  assert.doesNotMatch(service, /p&,!/);

  assert.equal((await orbit('partition', '-l', local, '--umount', '--force')).exitCode, 0);
  assert.match((await orbit('partition', '-l', local, '--delete')).stderr, /--force/);
  const deleted = await orbit('partition', '-l', local, '--delete', '--force', '--unit-folder', units);
  assert.equal(deleted.stdout, 'Done!\nNo errors reported\n', deleted.stderr);
  assert.deepEqual(await readdir(units), []);
  assert.match((await orbit('destination', 'show', 'nas')).stderr, /destinations\.unknown/);
});

test('mount points are written as systemd-escape writes them', () => {
  assert.equal(escapedPath('/srv/backup_remoto'), 'srv-backup_remoto');
  assert.equal(escapedPath('/.hidden//x/'), String.raw`\x2ehidden-x`);
  assert.equal(escapedPath('/a b/ü'), String.raw`a\x20b-\xc3\xbc`);
});

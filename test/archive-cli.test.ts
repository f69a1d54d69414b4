// The commands people type: backup, ls, find, dump, restore.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { cli, type CliResult } from './support/cli.ts';
import { compareTrees } from './support/compare-trees.ts';
import { type TestRepository, testRepository } from './support/repository.ts';
import { onlyRoot, smallDisk } from './support/small-disk.ts';

async function story(t: TestContext): Promise<{
  repository: TestRepository;
  source: string;
  orbit(...args: string[]): Promise<CliResult>;
}> {
  const repository = await testRepository(t);
  const source = join(repository.folder, 'source');
  mkdirSync(join(source, 'folder'), { recursive: true });
  writeFileSync(join(source, 'a.txt'), 'the content of a');
  writeFileSync(join(source, 'folder', 'red\x1b[31m'), '');
  const flags = ['-r', repository.path, '-p', repository.passwordFile];
  // Flags first: what follows -- belongs to another program.
  return { repository, source, orbit: (command, ...args) => cli(['repo', command ?? '', ...flags, ...args]) };
}

test('a folder goes in and comes out through the command line, and the summary says what happened', async (t) => {
  const { repository, source, orbit } = await story(t);
  const first = await orbit('backup', source, '--tag', 'a,b', '--host', 'vault');
  assert.equal(first.exitCode, 0, first.stderr);
  assert.match(first.stdout, /files: +2 new, 0 changed, 0 unmodified/);
  assert.match(first.stdout, /snapshot [0-9a-f]{8} saved/);
  const again = await orbit('backup', source, '--host', 'vault', '--json');
  const summary = JSON.parse(again.stdout) as Record<string, unknown>;
  assert.equal(summary['files_unmodified'], 2);
  assert.equal(summary['outcome'], 'succeeded');
  const target = join(repository.folder, 'target');
  const restored = await orbit('restore', `latest:${source}`, '--target', target, '--verify');
  assert.equal(restored.exitCode, 0, restored.stderr);
  assert.match(restored.stdout, /restored 2 files/);
  assert.deepEqual(await compareTrees(source, target, { ignore: ['folder-mtime'] }), []);
});

test('ls, find and dump show what is in a snapshot, and no name writes to the terminal', async (t) => {
  const { source, orbit } = await story(t);
  await orbit('backup', source);
  const listed = await orbit('ls', 'latest', source, '--recursive', '-l');
  assert.match(listed.stdout, /^-rw-r--r-- .* 16 .*\/a\.txt$/m);
  assert.ok(!listed.stdout.includes('\x1b'));
  assert.match(listed.stdout, /red\\x1b\[31m/);
  const lines = (await orbit('ls', 'latest', source, '--json')).stdout.trim().split('\n');
  assert.deepEqual(
    lines.map((line) => (JSON.parse(line) as { struct_type: string }).struct_type),
    ['snapshot', 'node', 'node'],
  );
  assert.match((await orbit('find', '*.TXT', '-i')).stdout, /a\.txt/);
  assert.match((await orbit('find', 'nothing')).stdout, /nothing was found/);
  assert.equal((await orbit('dump', 'latest', join(source, 'a.txt'))).stdout, 'the content of a');
  const part = await orbit('dump', 'latest', join(source, 'a.txt'), '--offset', '4', '--length', '7');
  assert.equal(part.stdout, 'content');
  const missing = await orbit('dump', 'latest', '/no/such/file');
  assert.equal(missing.exitCode, 1);
  assert.match(missing.stderr, /browse\.no-such-path/);
});

test('a path that is missing ends with exit code 3, a failed command with 1, a wrong flag with 2', async (t) => {
  const { source, orbit } = await story(t);
  const partial = await orbit('backup', source, `${source}/gone`);
  assert.equal(partial.exitCode, 3);
  assert.match(partial.stderr, /gone was to be backed up, but does not exist/);
  const failed = await orbit('backup', '--stdin-from-command', '--', 'sh', '-c', 'echo no >&2; exit 9');
  assert.equal(failed.exitCode, 1);
  assert.match(failed.stderr, /exit code 9[^]*no[^]*backup\.command-failed/);
  for (const args of [
    ['--exclude-larger-than', 'much'],
    ['--time', 'yesterday'],
    ['--compression', 'more'],
  ])
    assert.equal((await orbit('backup', source, ...args)).exitCode, 2, args.join(' '));
});

test('a command after -- becomes a file of the snapshot', async (t) => {
  const { repository, orbit } = await story(t);
  const made = await orbit(
    'backup',
    '--stdin-from-command',
    '--stdin-filename',
    'dumps/list',
    '--',
    'printf',
    '%s',
    '-r x',
  );
  assert.equal(made.exitCode, 0, made.stderr);
  assert.equal((await orbit('dump', 'latest', '/dumps/list')).stdout, '-r x');
  const target = join(repository.folder, 'target');
  await orbit('restore', 'latest', '--target', target);
  assert.equal(readFileSync(join(target, 'dumps/list'), 'utf8'), '-r x');
});

test('patterns come from files, with comments and variables', async (t) => {
  const { repository, source, orbit } = await story(t);
  const file = join(repository.folder, 'patterns');
  writeFileSync(file, '# a comment\n\n  *.txt  \n$UNSET/never\n');
  await orbit('backup', source, '--exclude-file', file);
  assert.doesNotMatch((await orbit('ls', 'latest')).stdout, /a\.txt/);
  const missing = await orbit('backup', source, '--exclude-file', `${file}-gone`);
  assert.match(missing.stderr, /backup\.exclude-file/);
});

test('on one file system, a mount point is kept and what is mounted there is not', onlyRoot, async (t) => {
  const { repository, orbit } = await story(t);
  const disk = await smallDisk(t, '1m');
  writeFileSync(join(disk.path, 'elsewhere'), 'x');
  const parent = join(disk.path, '..');
  const name = disk.path.slice(parent.length + 1);
  // Only the mount point: the folder above it belongs to everybody.
  const excludes = ['--exclude', `${parent}/*`, '--exclude', `!${disk.path}`];
  await orbit('backup', '-x', parent, ...excludes);
  const listed = (await orbit('ls', 'latest')).stdout;
  assert.ok(listed.split('\n').includes(`/${parent.split('/').filter(Boolean).join('/')}/${name}`), listed);
  assert.doesNotMatch(listed, /elsewhere/);
  await repository.snapshots();
});

// What is backed up by lists, why a file is read again, and files that never change: as people type it, and as restic chooses.
import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { cli, type CliOptions, type CliResult } from './support/cli.ts';
import { type TestRepository, testRepository } from './support/repository.ts';
import { needs } from './support/tools.ts';

async function story(context: TestContext) {
  const repository = await testRepository(context);
  const source = join(repository.folder, 'source');
  mkdirSync(join(source, 'logs [1]'), { recursive: true });
  for (const name of ['a.txt', 'b.txt', 'c.log', '#d', 'é', 'logs [1]/one', 'logs [1]/two'])
    writeFileSync(join(source, name), `content of ${name}`);
  const flags = ['-r', repository.path, '-p', repository.passwordFile, '--host', 'test', '--no-cache'];
  const backup = (args: string[], options: CliOptions = {}): Promise<CliResult> =>
    cli(['repo', 'backup', ...flags, ...args], options);
  return { repository, source, backup };
}

// Folders above the source change all the time: what was chosen is compared, not the trees.
async function newestPaths({ snapshots, restic }: TestRepository): Promise<string[]> {
  const listed = await restic('ls', (await snapshots()).at(-1)?.id ?? '');
  return listed.split('\n').filter((line) => line.startsWith('/'));
}

test(
  'lists of patterns, of lines and of raw names choose what stock restic chooses',
  needs('restic'),
  async (context) => {
    const { repository, source, backup } = await story(context);
    const list = join(repository.folder, 'list');
    const cases: [string, string][] = [
      ['--files-from', `# a comment\n\n  ${source}/*.txt  \n${source}/logs \\[1\\]/o*\n`],
      ['--files-from', `${source}/[^a-b].log\n${source}/é\r\n`],
      ['--files-from-verbatim', `${source}/#d\n${source}/logs [1]\n\n`],
      ['--files-from-raw', `${source}/a.txt\0${source}/logs [1]/two\0`],
    ];
    for (const [flag, text] of cases) {
      writeFileSync(list, text);
      const made = await backup([flag, list]);
      assert.equal(made.exitCode, 0, made.stderr);
      const ours = await newestPaths(repository);
      assert.ok(ours.length > 3);
      await repository.restic('backup', '--host', 'test', flag, list);
      assert.deepEqual(await newestPaths(repository), ours, `${flag} ${JSON.stringify(text)}`);
    }
    const piped = await backup(['--files-from-raw', '-', join(source, 'b.txt')], {
      input: Buffer.from(`${source}/a.txt\0`),
    });
    assert.match(piped.stdout, /looked at 2 files/);
    for (const [flag, text] of [
      ['--files-from', `${source}/*.none\n`],
      ['--files-from-raw', `${source}/a.txt`],
      ['--files-from-raw', `${source}/a.txt\0\0`],
    ] as const) {
      writeFileSync(list, text);
      assert.equal((await backup([flag, list])).exitCode, 2, text);
    }
    assert.equal((await backup(['--files-from', join(source, 'nothing')])).exitCode, 2);
  },
);

test('each file that is read again is explained', async (context) => {
  const { repository, source, backup } = await story(context);
  await backup([source]);
  const at = (name: string): string => join(source, name);
  writeFileSync(at('a.txt'), 'another size');
  utimesSync(at('b.txt'), 1_700_000_000, 1_700_000_000);
  chmodSync(at('c.log'), 0o600);
  copyFileSync(at('#d'), at('copy'));
  renameSync(at('copy'), at('#d'));
  rmSync(at('é'));
  mkdirSync(at('é'));
  writeFileSync(at('new'), 'new');
  const { stdout, stderr } = await backup([source, '--explain']);
  const why = new Map(
    [...`${stdout}${stderr}`.matchAll(/read again \((.*)\): .*\/(.*)$/gm)].map(([, text, name]) => [name, text]),
  );
  assert.deepEqual(
    [...why].map((pair) => pair.join(': ')).sort((a, b) => (a < b ? -1 : 1)),
    [
      '#d: modification-time, change-time, inode',
      'a.txt: size, modification-time, change-time',
      'b.txt: modification-time, change-time',
      'c.log: change-time',
    ],
    'a new file and a folder are nothing that is read again',
  );
  const ignoring = await backup([source, '--explain', '--force', '--parent', 'latest']);
  assert.match(`${ignoring.stdout}${ignoring.stderr}`, /read again \(forced\): .*a\.txt/);
  assert.equal((await repository.snapshots()).length, 3);
});

test('files that never change are looked at by their size only', async (context) => {
  const { source, backup } = await story(context);
  await backup([source]);
  const moved = join(source, 'logs [1]', 'one');
  copyFileSync(moved, `${moved}~`);
  renameSync(`${moved}~`, moved);
  utimesSync(moved, 1_700_000_000, 1_700_000_000);
  const immutable = ['--immutable', `${source}/logs*/**`, '--explain'];
  const trusted = await backup([source, ...immutable]);
  assert.doesNotMatch(`${trusted.stdout}${trusted.stderr}`, /read again/);
  writeFileSync(moved, 'longer than it was before');
  const grown = await backup([source, ...immutable]);
  assert.match(`${grown.stdout}${grown.stderr}`, /read again \(size, .*\): .*one/);
  utimesSync(join(source, 'a.txt'), 1_700_000_000, 1_700_000_000);
  const others = await backup([source, ...immutable]);
  assert.match(`${others.stdout}${others.stderr}`, /read again .*a\.txt/);
});

test('a rate is taken, and what is none is refused', async (context) => {
  const { source, backup } = await story(context);
  assert.equal((await backup([source, '--limit-rate', '100M'])).exitCode, 0);
  for (const rate of ['0', 'fast', '-5', '10Q'])
    assert.equal((await backup([source, '--limit-rate', rate])).exitCode, 2, rate);
});

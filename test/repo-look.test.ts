// `orbit repo diff`, `dump --archive`, `cat` and `tag`, judged by stock restic, tar and unzip.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { cli } from './support/cli.ts';
import { randomBytesOf } from './support/random-bytes.ts';
import { testRepository } from './support/repository.ts';
import { needs } from './support/tools.ts';

// Two snapshots of a folder that changes in every way.
async function story(context: TestContext) {
  const repository = await testRepository(context);
  const source = join(repository.folder, 'source');
  mkdirSync(join(source, 'went/deep'), { recursive: true });
  mkdirSync(join(source, 'same'));
  for (const name of ['stays', 'changes', 'went/file', 'went/deep/file', 'same/file', 'becomes'])
    writeFileSync(join(source, name), randomBytesOf(name, 3000));
  symlinkSync('stays', join(source, 'link'));
  await repository.backup([source], { time: new Date('2026-01-01T00:00:00Z') });
  writeFileSync(join(source, 'changes'), 'something else');
  rmSync(join(source, 'went'), { recursive: true });
  rmSync(join(source, 'becomes'));
  mkdirSync(join(source, 'becomes/more'), { recursive: true });
  writeFileSync(join(source, 'becomes/more/file'), 'new');
  rmSync(join(source, 'link'));
  symlinkSync('changes', join(source, 'link'));
  execFileSync('chmod', ['600', join(source, 'stays')]);
  await repository.backup([source], { time: new Date('2026-01-02T00:00:00Z') });
  const [first, second] = (await repository.snapshots()).map(({ id }) => id);
  const repo = async (command: string, ...args: string[]): Promise<string> => {
    const where = ['-r', repository.path, '-p', repository.passwordFile];
    const { exitCode, stdout, stderr } = await cli(['repo', ...command.split(' '), ...args, ...where]);
    assert.equal(exitCode, 0, stderr);
    return stdout;
  };
  return { repository, source, first: first ?? '', second: second ?? '', repo };
}

suite('looking into a repository', needs('restic', 'tar', 'unzip'), () => {
  test('diff tells what stock restic tells, and more', async (context) => {
    const { repository, source, first, second, repo } = await story(context);
    const changes = (text: string): string[] => text.split('\n').filter((line) => /^[-+MTU] {4}/.test(line));
    // restic 0.14 does not compare where links lead, and does not look into a folder that was a file.
    const overlooked = /source\/(link$|becomes\/more)/;
    const theirs = changes(await repository.restic('diff', first, second)).sort();
    const ours = changes(await repo('diff', first, second)).sort();
    assert.deepEqual(
      ours.filter((line) => !overlooked.test(line)),
      theirs,
    );
    assert.equal(ours.filter((line) => overlooked.test(line)).length, 3);
    // It tells times of access, too, which change by themselves.
    const metadata = changes(await repository.restic('diff', first, second, '--metadata'));
    const updated = changes(await repo('diff', first, second, '--metadata')).filter((line) => line.startsWith('U'));
    assert.deepEqual(
      updated.filter((line) => !metadata.includes(line)),
      [],
    );
    assert.ok(updated.includes(`U    ${source}/stays`));
    assert.deepEqual(changes(await repo('diff', first, first)), []);
  });

  test('a folder comes out as tar and as zip, with what it holds', async (context) => {
    const { repository, source, repo } = await story(context);
    for (const [format, unpack] of [
      ['tar', (file: string, to: string) => execFileSync('tar', ['-xf', file, '-C', to])],
      ['zip', (file: string, to: string) => execFileSync('unzip', ['-q', file, '-d', to])],
    ] as const) {
      for (const path of [source, '/']) {
        const file = join(repository.folder, `out${path === '/' ? '-root' : ''}.${format}`);
        const to = `${file}-unpacked`;
        mkdirSync(to);
        await repo('dump', 'latest', path, '--archive', format, '--target', file);
        unpack(file, to);
        const there = path === '/' ? join(to, source) : join(to, 'source');
        execFileSync('diff', ['-r', '--no-dereference', source, there]);
      }
    }
  });

  test('cat shows what stock restic shows', async (context) => {
    const { repository, source, first, repo } = await story(context);
    const { summary, ...snapshot } = JSON.parse(await repo('cat', 'snapshot', first.slice(0, 10))) as {
      summary: unknown;
    };
    assert.ok(summary !== undefined);
    const { summary: _, ...theirs } = JSON.parse(await repository.restic('cat', 'snapshot', first)) as {
      summary?: unknown;
    };
    assert.deepEqual(snapshot, theirs);
    assert.deepEqual(JSON.parse(await repo('cat', 'config')), JSON.parse(await repository.restic('cat', 'config')));
    const tree = await repo('cat', 'tree', `${first}:${source}`);
    const id = hash('sha256', tree);
    assert.equal(tree, await repository.restic('cat', 'blob', id));
    const { nodes } = JSON.parse(tree) as { nodes: { name: string; content?: string[] }[] };
    const [blob] = nodes.find(({ name }) => name === 'stays')?.content ?? [];
    assert.equal(await repo('cat', 'blob', blob ?? ''), await repository.restic('cat', 'blob', blob ?? ''));
    const refused = await cli(['repo', 'cat', 'masterkey', 'x', '-r', repository.path, '-p', repository.passwordFile]);
    assert.equal(refused.exitCode, 2);
  });

  test('tags are set, added and removed; the data and the first name stay', async (context) => {
    const { repository, first, repo } = await story(context);
    await repo('tag', first, '--add', 'a,b');
    const tags = async () => (await repository.snapshots()).map(({ tags: all = [] }) => all.join(','));
    assert.deepEqual(await tags(), ['a,b', '']);
    await repo('tag', '--remove', 'a', '--add', 'c', '--add', 'b');
    assert.deepEqual(await tags(), ['b,c', 'c,b']);
    assert.equal((await repository.snapshots())[0]?.original, first);
    assert.match(await repo('tag', '--tag', 'b', '--set', 'x'), /changed the tags of 2/);
    assert.match(await repo('tag', '--set', 'x'), /changed the tags of 0/);
    await repo('tag', 'latest', '--set', '');
    assert.deepEqual(await tags(), ['x', '']);
    const ids = (JSON.parse(await repository.restic('snapshots', '--json')) as { id: string }[]).map(({ id }) => id);
    assert.equal(ids.length, 2);
    await repository.restic('check', '--read-data');
  });

  test('orbit --version is orbit version', async () => {
    const [flag, command] = [await cli(['--version']), await cli(['version'])];
    assert.deepEqual(flag, command);
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    assert.match(flag.stdout, new RegExp(version.replaceAll('.', '\\.')));
  });
});

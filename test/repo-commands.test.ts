// `orbit repo …` as people use it.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { openFolderBackend } from '../src/backends/folder.ts';
import type { Repository } from '../src/engine/repository/repository.ts';
import { RepositoryLock } from '../src/engine/repository/repository-lock.ts';
import { cli, type CliResult } from './support/cli.ts';
import { newRepository, saveFiles, testPassword } from './support/repositories.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

interface Place {
  path: string;
  repository: Repository;
  file(name: string, content: string): string;
  repo(command: string, ...args: string[]): Promise<CliResult>;
}

async function place(context: TestContext): Promise<Place> {
  const folder = await temporaryFolder(context);
  const path = join(folder, 'repository');
  const backend = await openFolderBackend(path);
  const repository = await newRepository(context, { backend });
  const file = (name: string, content: string): string => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const password = file('password', `${testPassword.reveal()}\n`);
  const repo = (command: string, ...args: string[]) =>
    cli(['repo', ...command.split(' '), '-r', path, '--password-file', password, ...args]);
  return { path, repository, file, repo };
}

test('orbit repo init makes a repository once', async (context) => {
  const folder = await temporaryFolder(context);
  writeFileSync(join(folder, 'password'), 'secret\n');
  const args = ['-r', join(folder, 'new'), '--password-file', join(folder, 'password')];
  const made = await cli(['repo', 'init', ...args, '--json']);
  assert.equal(made.exitCode, 0, made.stderr);
  assert.equal((JSON.parse(made.stdout) as { version: number }).version, 2);
  const again = await cli(['repo', 'init', ...args]);
  assert.equal(again.exitCode, 1);
  assert.match(again.stderr, /repository\.exists/);
  const listed = await cli(['repo', 'snapshots', '-r', join(folder, 'new')], {
    env: { RESTIC_PASSWORD_FILE: join(folder, 'password') },
  });
  assert.match(listed.stdout, /0 snapshot/);
});

test('exit codes are restic’s: 10 without a repository, 11 when locked, 12 for a wrong password, 2 for a wrong flag', async (context) => {
  const { path, repository, file, repo } = await place(context);
  const wrong = file('wrong', 'wrong');
  assert.equal((await cli(['repo', 'snapshots', '-r', join(path, 'none'), '-p', wrong])).exitCode, 10);
  assert.equal((await cli(['repo', 'snapshots', '-r', path, '-p', wrong])).exitCode, 12);
  assert.equal((await cli(['repo', 'snapshots', '-p', wrong])).exitCode, 2);
  assert.equal((await repo('snapshots', '--retry-lock', 'soon')).exitCode, 2);
  const lock = await RepositoryLock.acquire(repository, { exclusive: true });
  const locked = await repo('snapshots', '--json');
  assert.equal(locked.exitCode, 11);
  assert.equal((JSON.parse(locked.stdout) as { error: { code: string } }).error.code, 'repository.locked');
  assert.equal((await repo('snapshots', '--no-lock')).exitCode, 0);
  assert.match((await repo('unlock')).stdout, /removed 0/);
  assert.match((await repo('unlock', '--remove-all')).stdout, /removed 1/);
  await lock.release();
  assert.equal((await repo('snapshots')).exitCode, 0);
});

test('snapshots are listed and chosen by host, tag, path, and beginning of their id', async (context) => {
  const { repository, repo } = await place(context);
  const { tree, snapshot } = await saveFiles(await repository.loadIndex(), { a: [Buffer.from('abc')] });
  await repository.saveSnapshot({
    time: '2026-03-03T03:03:03Z',
    tree,
    paths: ['/b'],
    hostname: 'other',
    tags: ['x', 'y'],
  });
  assert.match((await repo('snapshots')).stdout, /2026-01-02 03:04:05 +test +\/files\n.* other +x,y +\/b\n2 snapshot/s);
  const hosts = async (...args: string[]): Promise<unknown[]> =>
    (JSON.parse((await repo('snapshots', '--json', ...args)).stdout) as { hostname: string }[]).map(
      ({ hostname }) => hostname,
    );
  assert.deepEqual(await hosts('--host', 'other'), ['other']);
  assert.deepEqual(await hosts('--tag', 'x,y'), ['other']);
  assert.deepEqual(await hosts('--tag', 'x,z'), []);
  assert.deepEqual(await hosts('--path', '/files'), ['test']);
  assert.deepEqual(await hosts('--latest', '1'), ['test', 'other']);
  assert.deepEqual(await hosts(snapshot.slice(0, 6)), ['test']);
  assert.match((await repo('stats')).stdout, /2 snapshot\(s\), 2 files and folders\n6 B when restored/);
  assert.match((await repo('stats', '--mode', 'raw-data')).stdout, /2 blobs/);
});

test('check says what is damaged and ends with 1', async (context) => {
  const { path, repository, repo } = await place(context);
  await saveFiles(await repository.loadIndex(), { precious: [Buffer.alloc(5000, 'precious ')] });
  assert.match((await repo('check', '--read-data')).stdout, /no errors were found/);
  for (const pack of readdirSync(join(path, 'data'), { recursive: true, encoding: 'utf8' })) {
    if (pack.length < 64) continue;
    const bytes = readFileSync(join(path, 'data', pack));
    bytes[40] = (bytes[40] ?? 0) ^ 1;
    writeFileSync(join(path, 'data', pack), bytes);
  }
  assert.equal((await repo('check')).exitCode, 1, 'the damaged tree is met');
  const read = await repo('check', '--read-data-subset', '100%', '--json');
  assert.equal(read.exitCode, 1);
  const { problems } = JSON.parse(read.stdout) as { problems: { severity: string; pack?: string }[] };
  assert.ok(problems.filter(({ pack }) => pack !== undefined).length >= 2);
});

test('passwords are added, listed, changed and removed', async (context) => {
  const { path, file, repo } = await place(context);
  const second = file('second', 'second');
  assert.equal((await repo('key add', '--new-password-file', second, '--user', 'custodian')).exitCode, 0);
  const keys = JSON.parse((await repo('key list', '--json')).stdout) as {
    id: string;
    current: boolean;
    userName: string;
  }[];
  assert.equal(keys.filter(({ current }) => current).length, 1);
  assert.equal(keys.length, 2);
  const added = keys.find(({ userName }) => userName === 'custodian') ?? assert.fail();
  const current = keys.find((key) => key.current) ?? assert.fail();
  assert.match((await repo(`key remove ${current.id}`)).stderr, /repository\.key-in-use/);
  assert.match((await repo('key remove ffff')).stderr, /repository\.no-such-key/);
  const third = file('third', 'third');
  assert.equal(
    (await cli(['repo', 'key', 'passwd', '-r', path, '-p', second, '--new-password-file', third])).exitCode,
    0,
  );
  assert.equal((await cli(['repo', 'key', 'list', '-r', path, '-p', second])).exitCode, 12);
  assert.match((await repo(`key remove ${added.id}`)).stderr, /repository\.no-such-key/);
  assert.equal((await cli(['repo', 'key', 'list', '-r', path, '-p', third])).exitCode, 0);
});

test('orbit repo rewrite says first what it would take out, never lets go of what is held here, and the bytes go with prune', async (context) => {
  const { path, repository, file, repo } = await place(context);
  const indexed = await repository.loadIndex();
  const { snapshot } = await saveFiles(indexed, {
    secret: [Buffer.from('in the clear')],
    other: [Buffer.from('stays')],
  });
  await indexed.close();
  assert.equal((await repo('rewrite', '--forget')).exitCode, 2, 'nothing was named');
  const dry = await repo('rewrite', '--exclude', '/secret', '--forget', '--dry-run');
  assert.equal(dry.exitCode, 0, dry.stderr);
  assert.match(
    dry.stdout,
    /would take out \/secret \(snapshot \w{8}, 12 B\)\nwould make snapshot \w{8} anew\nnothing was written/,
  );
  assert.equal((await repository.listSnapshots())[0]?.id, snapshot);

  const home = join(path, '..', 'home');
  const held = await cli(['backup', 'hold', snapshot, '--reason', 'case 7'], { home });
  assert.equal(held.exitCode, 0, held.stderr);
  const args = [
    '-r',
    path,
    '--password-file',
    file('password', testPassword.reveal()),
    '--exclude',
    '/secret',
    '--forget',
  ];
  const kept = await cli(['repo', 'rewrite', ...args], { home });
  assert.equal(kept.exitCode, 3, kept.stderr);
  assert.match(kept.stdout, /is held or protected: the old one stays/);
  const there = (await repository.listSnapshots()).map(({ id }) => id);
  assert.deepEqual([there.length, there.includes(snapshot)], [2, true]);
  const released = await cli(['backup', 'release', snapshot, '--reason', 'closed'], { home });
  assert.equal(released.exitCode, 0, released.stderr);
  const gone = await cli(['repo', 'rewrite', ...args, '--json'], { home });
  assert.equal(gone.exitCode, 0, gone.stderr);
  const { forgotten, entries } = JSON.parse(gone.stdout) as { forgotten: string[]; entries: number };
  assert.deepEqual([forgotten, entries], [[snapshot], 1]);
  assert.equal((await repo('prune', '--max-unused', '0', '--grace', '0s')).exitCode, 0);
  const listed = await repo('ls', 'latest');
  assert.match(listed.stdout, /^\/other$/m);
  assert.doesNotMatch(listed.stdout, /secret/);
  assert.match((await repo('rewrite', '--exclude', '/secret')).stdout, /1 snapshot\(s\) hold nothing of it/);
});

import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { cli, type CliResult } from '../../../test/support/cli.ts';
import { makeHistory } from '../../../test/support/history.ts';
import { testPassword } from '../../../test/support/repositories.ts';

type Run = (...args: string[]) => Promise<CliResult>;

async function repositoryOf(context: TestContext, count: number): Promise<{ folder: string; run: Run; path: string }> {
  const { folder, objects } = await makeHistory(context, count);
  const path = join(folder, 'repository');
  for (const [key, bytes] of objects) {
    mkdirSync(join(path, key, '..'), { recursive: true });
    writeFileSync(join(path, key), bytes);
  }
  writeFileSync(join(folder, 'password'), testPassword.reveal());
  const flags = ['-r', path, '-p', join(folder, 'password')];
  return { folder, path, run: (...args) => cli(['repo', ...args, ...flags]) };
}

suite('orbit repo forget and prune', () => {
  test('show the plan with reasons and what is lost, and a dry run removes nothing', async (context) => {
    const { run } = await repositoryOf(context, 4);
    const { exitCode, stdout } = await run('forget', '--keep-daily', '2', '--prune', '--dry-run');
    assert.equal(exitCode, 0);
    assert.match(stdout, /host host; paths .*source\n  keep 2:\n.*Why\n.*daily snapshot\n/);
    assert.match(stdout, /would remove 2:/);
    assert.match(stdout, /lost: 2 state\(s\) from 2026-10-01 to 2026-10-02; the earliest that stays is of 2026-10-03/);
    assert.match(stdout, /would free .* of /);
    assert.equal((JSON.parse((await run('snapshots', '--json')).stdout) as unknown[]).length, 4);
  });

  test('give JSON as restic does, and one line more for what was freed', async (context) => {
    const { run } = await repositoryOf(context, 3);
    const { stdout } = await run('forget', '-l', '1', '--prune', '--json', '--max-unused', '0', '--grace', '0s');
    const [groups = '', freed = ''] = stdout.split('\n');
    const [group] = JSON.parse(groups) as {
      keep: unknown[];
      remove: { short_id: string }[];
      reasons: { matches: string[] }[];
    }[];
    assert.deepEqual([group?.keep.length, group?.remove.length], [1, 2]);
    assert.deepEqual(group?.reasons[0]?.matches, ['last snapshot']);
    assert.ok((JSON.parse(freed) as { bytes: { freed: number } }).bytes.freed > 0);
    const again = JSON.parse((await run('prune', '--json')).stdout) as { bytes: { freed: number } };
    assert.equal(again.bytes.freed, 0);
  });

  test('refuse what would harm: no rule, no lock, the last snapshot, words that are no numbers', async (context) => {
    const { run } = await repositoryOf(context, 1);
    const ends = async (exitCode: number, text: RegExp, ...args: string[]): Promise<void> => {
      const result = await run(...args);
      assert.match(result.stderr, text);
      assert.equal(result.exitCode, exitCode);
    };
    await ends(1, /retention\.empty-policy/, 'forget');
    await ends(1, /retention\.last-snapshot/, 'forget', 'latest');
    await ends(1, /retention\.bad-span/, 'forget', '--keep-within', 'often');
    await ends(2, /without a lock nothing may be removed/, 'forget', '--keep-last', '1', '--no-lock');
    await ends(2, /without a lock nothing may be removed/, 'prune', '--no-lock');
    await ends(2, /no number/, 'forget', '--keep-last', 'many');
    await ends(2, /no size/, 'prune', '--max-unused', '5x');
    assert.equal((await run('forget', 'latest', '--unsafe-allow-remove-all')).exitCode, 0);
  });
});

test('orbit repo copy brings snapshots into another repository, and says what was there already', async (context) => {
  const { folder, run, path } = await repositoryOf(context, 2);
  const target = ['-r', join(folder, 'target'), '-p', join(folder, 'password')];
  await cli(['repo', 'init', ...target]);
  const from = ['--from-repo', path, '--from-password-file', join(folder, 'password')];
  assert.match((await cli(['repo', 'copy', ...target, ...from])).stdout, /copied 2 snapshot\(s\).*; 0 were there/);
  assert.match((await cli(['repo', 'copy', ...target, ...from])).stdout, /copied 0 snapshot\(s\).*; 2 were there/);
  assert.match((await cli(['repo', 'check', '--read-data', ...target])).stdout, /no errors were found/);
  assert.equal((await cli(['repo', 'copy', ...target])).exitCode, 2);
  assert.equal((await run('check')).exitCode, 0);
});

test('orbit repo repair index makes a lost index again', async (context) => {
  const { path, run } = await repositoryOf(context, 2);
  rmSync(join(path, 'index'), { recursive: true });
  assert.equal((await run('check')).exitCode, 1);
  assert.match((await run('repair', 'index', '--dry-run')).stdout, /would name \d+ pack/);
  assert.match((await run('repair', 'index')).stdout, /named \d+ pack/);
  assert.equal((await run('check', '--read-data')).exitCode, 0);
  assert.match((await run('repair', 'index')).stdout, /nothing had to be done/);
});

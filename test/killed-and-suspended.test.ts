// Real processes that are killed in the middle of a restore, or stopped for longer than a lock lives and woken again.
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { suite, test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { compareTrees } from './support/compare-trees.ts';
import { randomBytesOf } from './support/random-bytes.ts';
import { testRepository } from './support/repository.ts';
import { needs } from './support/tools.ts';

const main = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));
const holder = fileURLToPath(new URL('support/lock-holder.ts', import.meta.url));

test('a restore that is killed goes on: what stands already is not written again', needs('restic'), async (context) => {
  const { path, passwordFile, folder, backup, restic } = await testRepository(context);
  const source = join(folder, 'source');
  mkdirSync(source);
  const fileBytes = 8 * 1024 * 1024;
  const count = 12;
  for (let file = 0; file < count; file += 1) writeFileSync(join(source, `${file}`), randomBytesOf(file, fileBytes));
  await backup([source]);
  const target = join(folder, 'target');
  const args = [
    main,
    'repo',
    'restore',
    'latest',
    '-r',
    path,
    '-p',
    passwordFile,
    '-t',
    target,
    '--in-place',
    '--json',
  ];
  const there = join(target, source);
  const standing = (): number =>
    existsSync(there)
      ? readdirSync(there).filter((name) => statSync(join(there, name)).blocks * 512 >= fileBytes).length
      : 0;
  const first = spawn(process.execPath, args, { stdio: 'ignore' });
  const killed = new Promise((resolve) => first.once('exit', resolve));
  while (standing() < 2 && first.exitCode === null) await new Promise((resolve) => setImmediate(resolve));
  first.kill('SIGKILL');
  await killed;
  assert.equal(first.signalCode, 'SIGKILL', 'it was over before it could be killed');
  const before = standing();
  assert.ok(before >= 2 && before < count, `${before} of ${count} files stood`);
  const again = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const printed: string[] = [];
  again.stdout.on('data', (text: Buffer) => printed.push(text.toString()));
  assert.equal(await new Promise((resolve) => again.once('close', resolve)), 0);
  assert.deepEqual(await compareTrees(source, there), []);
  const { written } = JSON.parse(printed.join('').trim().split('\n').at(-1) ?? '') as { written: number };
  assert.ok(written <= (count - 2) * fileBytes, `${written} bytes were written again`);
  // The dead process's shared lock keeps nobody from reading, and unlock knows it.
  await restic('unlock');
  await restic('check');
});

suite('a process that is stopped for longer than its lock lives', () => {
  async function holding(context: TestContext) {
    const { path, folder } = await testRepository(context);
    const ahead = join(folder, 'ahead');
    const child: ChildProcess = spawn(process.execPath, [holder, path, ahead], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    context.after(() => child.kill('SIGKILL'));
    assert.ok(child.stdout !== null);
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    const said = async (): Promise<string> => String((await lines.next()).value);
    assert.equal(await said(), 'held');
    const locks = (): string[] => readdirSync(join(path, 'locks'));
    const sleepsFor = (minutes: number, meanwhile: () => void): void => {
      child.kill('SIGSTOP');
      writeFileSync(ahead, String(minutes * 60_000));
      meanwhile();
      child.kill('SIGCONT');
    };
    return { path, said, locks, sleepsFor };
  }

  test('goes on when nobody took its lock away, with a fresh one', async (context) => {
    const { said, locks, sleepsFor } = await holding(context);
    const before = locks();
    sleepsFor(40, () => {});
    assert.equal(await said(), 'renewed');
    assert.equal(locks().length, 1);
    assert.notDeepEqual(locks(), before);
  });

  test('notices that its lock was taken for stale and removed, and stops', async (context) => {
    const { path, said, locks, sleepsFor } = await holding(context);
    sleepsFor(40, () => locks().forEach((name) => rmSync(join(path, 'locks', name))));
    assert.equal(await said(), 'lost repository.lock-lost');
    assert.deepEqual(locks(), []);
  });
});

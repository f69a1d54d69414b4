// Commands that read while their lock settles: what they show waits for it.
import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { cli } from '../../../test/support/cli.ts';
import { failure } from '../../../test/support/failures.ts';
import { sourceStory } from '../../../test/support/source-story.ts';
import { encodeLockFile } from '../../engine/format/lock-file.ts';
import { thisOwner } from '../../engine/repository/lock-owner.ts';
import { saveSealedFile } from '../../engine/repository/sealed-files.ts';
import type { CliContext } from '../context.ts';
import { withLockedRepository } from './open.ts';

async function story(context: TestContext) {
  const { repository, source, write, backup } = await sourceStory(context);
  write('file', 'content');
  await backup();
  const { path, passwordFile } = repository;
  return { path, passwordFile, file: join(source, 'file') };
}

function quiet(): CliContext {
  const nowhere = { write: () => true } as unknown as NodeJS.WritableStream;
  const { signal } = new AbortController();
  return { stdout: nowhere, stderr: nowhere, isTerminal: false, home: '/nonexistent/orbit-home', env: {}, signal };
}

test('work that begins early reads at once, and hears by `granted` that somebody else has the repository', async (context) => {
  const { path, passwordFile } = await story(context);
  const done: string[] = [];
  const flags = { repo: path, passwordFile, lock: true };
  const outcome = withLockedRepository(quiet(), flags, { startsEarly: true }, async (repository, signal, granted) => {
    done.push(`read ${(await repository.listSnapshots({ signal })).length}`);
    const other = { time: new Date().toISOString(), exclusive: true, ...thisOwner() };
    await saveSealedFile(repository, 'locks', encodeLockFile(other));
    await granted;
    done.push('written');
  });
  await assert.rejects(outcome, failure('repository.locked', /exclusively/));
  assert.deepEqual(done, ['read 1']);
});

test('nothing is printed before others had the time to object', async (context) => {
  const { path, passwordFile, file } = await story(context);
  const commands = [
    ['ls', 'latest'],
    ['find', 'file'],
    ['diff', 'latest', 'latest'],
    ['dump', 'latest', file],
    ['stats'],
  ];
  for (const command of commands) {
    let waitedMs: number | undefined;
    const onOutput = (): void => {
      const [lock = ''] = readdirSync(join(path, 'locks'));
      waitedMs ??= Date.now() - statSync(join(path, 'locks', lock)).mtimeMs;
    };
    const { exitCode, stderr } = await cli(['repo', ...command, '-r', path, '-p', passwordFile], { onOutput });
    assert.equal(exitCode, 0, stderr);
    assert.ok((waitedMs ?? 0) > 150, `${command[0]} printed ${waitedMs} ms after its lock was placed`);
  }
});

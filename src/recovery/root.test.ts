// A target is a folder with links of its own: what they mean is what they mean inside it.
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { test, type TestContext } from 'node:test';
import { failure } from '../../test/support/failures.ts';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { TargetRoot } from './root.ts';
import { putCopy } from './stages/put-copies.ts';

/** A root whose links lead to places that this machine has as well. */
async function rootWithLinks(context: TestContext): Promise<{ root: TargetRoot; here: string }> {
  const folder = await temporaryFolder(context);
  const [path, here] = [join(folder, 'target'), join(folder, 'here')] as const;
  mkdirSync(join(path, here, 'data'), { recursive: true });
  mkdirSync(join(here, 'data'), { recursive: true });
  mkdirSync(join(path, 'var/lib'), { recursive: true });
  symlinkSync(join(here, 'data'), join(path, 'var/lib/app'));
  symlinkSync('../../../../../../../../../../../../etc', join(path, 'var/lib/out'));
  symlinkSync('round', join(path, 'var/lib/round'));
  return { root: new TargetRoot(path), here };
}

test('links of the target lead where they lead inside it, whatever lies there on this machine', async (context) => {
  const { root, here } = await rootWithLinks(context);
  assert.equal(root.inside('/var/lib/app/db'), join(here, 'data/db'));
  assert.equal(root.real('/var/lib/app'), join(root.path, here, 'data'));
  assert.equal(root.at('/var/lib/app'), join(root.path, 'var/lib/app'));
  assert.equal(root.at('/var/lib/app/db'), join(root.path, here, 'data/db'));
  assert.equal(root.inside('/var/lib/out/passwd'), '/etc/passwd');
  assert.equal(root.inside('/../../var//./lib/gone/../app'), join(here, 'data'));
  assert.equal(root.inside('/var/lib/round/x'), '/var/lib/round/x');
  assert.equal(root.inside('/'), '/');
  assert.ok(!root.has('/var/lib/out/passwd'));
});

test('a copy is put where the target has it, and not into this machine', async (context) => {
  const { root, here } = await rootWithLinks(context);
  writeFileSync(join(here, 'data/settings'), 'of this machine');
  const copy = { file: 'copy', path: '/var/lib/app/settings', uid: 0, gid: 0, mode: 0o600 };
  await putCopy(root, copy, async function* read() {
    yield Buffer.from('of the old one');
  });
  assert.equal(readFileSync(join(here, 'data/settings'), 'utf8'), 'of this machine');
  assert.deepEqual(readdirSync(join(root.path, here, 'data')), ['settings']);
});

test('a program that is not there, or is stopped, is a failure while its input is still waited for', async () => {
  const root = new TargetRoot('/');
  let isAsked = false;
  async function* slow(): AsyncGenerator<Uint8Array> {
    isAsked = true;
    for (let turns = 0; turns < 50; turns += 1) await turn();
    yield Buffer.from('late');
  }
  const server = root.start('orbit-no-such-server', []);
  await server.end();
  assert.equal(server.hasEnded(), true);
  await assert.rejects(root.run('orbit-no-such-program', [], { input: slow() }), failure('program.not-found'));
  assert.ok(isAsked);
  const stop = new AbortController();
  const running = root.run('sleep', ['60'], { input: slow(), signal: stop.signal });
  stop.abort();
  await assert.rejects(running, { name: 'AbortError' });
});

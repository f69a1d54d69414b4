import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { cli } from '../../../test/support/cli.ts';
import { startSshServer } from '../../../test/support/ssh-server.ts';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { needs } from '../../../test/support/tools.ts';

test('a folder destination is added, listed, tested and forgotten', async (context) => {
  const home = await temporaryFolder(context);
  const path = join(await temporaryFolder(context), 'place');
  const orbit = (...args: string[]) => cli(['destination', ...args], { home });
  assert.equal((await orbit('add', 'folder', 'near', '--path', path)).exitCode, 0);
  assert.match((await orbit('list')).stdout, /near +folder +(reachable|degraded) .*place/);
  assert.equal((JSON.parse((await orbit('show', 'near', '--json')).stdout) as { name: string }).name, 'near');
  assert.equal((await orbit('test', 'near')).exitCode, 0);
  assert.equal((await orbit('remove', 'near')).exitCode, 0);
  const gone = await orbit('show', 'near');
  assert.equal(gone.exitCode, 1);
  assert.match(gone.stderr, /destinations\.unknown/);
  const secretFile = join(home, 'secret');
  await writeFile(secretFile, 'kept quiet\n');
  const bucket = [
    '--endpoint',
    'https://s3.invalid',
    '--bucket',
    'orbit',
    '--access-key-id',
    'id',
    '--look-before-writing',
  ];
  const added = await orbit(
    'add',
    's3',
    'cloud',
    ...bucket,
    '--secret-access-key-file',
    secretFile,
    '--no-test',
    '--json',
  );
  assert.equal(added.exitCode, 0, added.stderr);
  assert.match(added.stdout, /"lookBeforeWriting":true/);
  assert.doesNotMatch(added.stdout, /kept quiet/);
  const wrong = await orbit('add', 'rsync', 'x', '--port', 'many');
  assert.equal(wrong.exitCode, 2);
});

test('a secret setting comes from a file or from standard input, and its absence is told before anything is kept', async (context) => {
  const home = await temporaryFolder(context);
  const settings = ['--endpoint', 'https://s3.invalid', '--bucket', 'orbit', '--access-key-id', 'id', '--no-test'];
  const add = (name: string, input: string | undefined, ...more: string[]) =>
    cli(['destination', 'add', 's3', name, ...settings, ...more], { home, ...(input === undefined ? {} : { input }) });
  assert.match((await add('none', undefined)).stderr, /cli\.unreadable-secret/);
  const unreadable = await add('unreadable', undefined, '--secret-access-key-file', join(home, 'nowhere'));
  assert.match(unreadable.stderr, /cli\.unreadable-secret/);
  assert.equal((await add('piped', 'kept quiet\n')).exitCode, 0);
  assert.equal((await add('dash', 'kept quiet\n', '--secret-access-key-file', '-')).exitCode, 0);
  const wrong = await add('wrong', 'kept quiet\n', '--lock-mode', 'SOMETIMES');
  assert.equal(wrong.exitCode, 2, wrong.stderr);
  const all = JSON.parse((await cli(['destination', 'list', '--json'], { home })).stdout) as { name: string }[];
  assert.deepEqual(
    all.map(({ name }) => name).filter((name) => name !== 'here'),
    ['dash', 'piped'],
  );
});

test(
  'a remote server is trusted by its fingerprint, let in by the printed line, and proven',
  needs('rsync', 'ssh', 'sshd'),
  async (context) => {
    const home = await temporaryFolder(context);
    const server = await startSshServer();
    context.after(() => server.stop());
    const path = join(server.folder, `it's here`);
    await mkdir(path);
    const orbit = (...args: string[]) => cli(args, { home });
    const address = ['--host', server.host, '--port', String(server.port), '--user', server.user, '--path', path];
    const add = (...more: string[]) => orbit('destination', 'add', 'rsync', 'far', ...address, ...more);

    const unconfirmed = await add('--json');
    assert.equal(unconfirmed.exitCode, 1);
    const { error } = JSON.parse(unconfirmed.stdout) as { error: { code: string; facts: { fingerprint: string } } };
    assert.deepEqual(
      [error.code, error.facts.fingerprint],
      ['destinations.host-key-unconfirmed', server.hostKey.fingerprint],
    );
    assert.match((await add('--host-key', 'SHA256:wrong')).stderr, /destinations\.host-key-differs/);

    const refused = await add('--host-key', server.hostKey.fingerprint);
    assert.equal(refused.exitCode, 1);
    assert.match(refused.stdout, /far is lost.*backend\.auth/s);

    const line = (
      await orbit('destination', 'authorize', 'far', '--right', 'append', '--from', '127.0.0.1')
    ).stdout.trim();
    assert.match(line, /^restrict,from="127\.0\.0\.1",command=".*" ssh-ed25519 AAAA/);
    await server.authorize(line);
    const proof = await orbit('destination', 'authorize', 'far', '--restricted', '--prove');
    assert.match(proof.stdout, /Deleting was refused, overwriting was refused/, proof.stderr);
    assert.match((await orbit('destination', 'show', 'far')).stdout, /append-only +proven on \d{4}/);
    const tested = await orbit('destination', 'test', 'far');
    assert.match(tested.stdout, /far is reachable.*nothing there may be overwritten/s);
    assert.match((await orbit('destination', 'events')).stdout, /destination\.back.*destination\.lost/s);

    await server.restart({ newHostKey: true });
    const changed = await orbit('destination', 'test', 'far');
    assert.match(changed.stdout, /far is lost.*backend\.host-key-changed/s);
    assert.equal((await orbit('destination', 'trust', 'far', '--host-key', server.hostKey.fingerprint)).exitCode, 0);
    assert.equal((await orbit('destination', 'test', 'far')).exitCode, 0);
  },
);

test('the SSH key is made once and only its public half is shown', async (context) => {
  const home = await temporaryFolder(context);
  const first = await cli(['ssh-key', 'show'], { home });
  assert.match(first.stdout, /^ssh-ed25519 AAAA\S+ orbit@\S+\n$/);
  assert.equal((await cli(['ssh-key', 'show'], { home })).stdout, first.stdout);
  assert.equal((await cli(['ssh-key', 'create', '--name', 'old', '--type', 'dsa'], { home })).exitCode, 2);
  assert.match((await cli(['ssh-key', 'list'], { home })).stdout, /orbit +ed25519/);
});

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fakeBao } from '../../../test/support/bao-server.ts';
import { cli, type CliResult } from '../../../test/support/cli.ts';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { openApp } from '../../app.ts';

async function instance(context: TestContext) {
  const home = await temporaryFolder(context);
  const app = openApp(home);
  app.close();
  const orbit = (args: string[], input?: string): Promise<CliResult> =>
    cli(args, { home, ...(input === undefined ? {} : { input }) });
  const done = async (args: string[], input?: string): Promise<string> => {
    const result = await orbit(args, input);
    assert.equal(result.exitCode, 0, result.stderr);
    return result.stdout;
  };
  return { home, orbit, done };
}

test('a source is added, tested and removed; what it signs in with lies sealed in the vault only', async (context) => {
  const { home, done, orbit } = await instance(context);
  const server = await fakeBao(context);
  const made = await server.call('POST', 'auth/token/create', { policies: ['root'] });
  const token = (made['auth'] as Record<string, string>)['client_token'] ?? '';
  for (const name of ['a', 'b', 'c']) await server.call('POST', `secret/data/${name}`, { data: { password: name } });
  const added = await done(
    ['source', 'add', 'openbao', 'team', '--address', server.address, '--token-file', '-'],
    token,
  );
  assert.match(added, /reads team/);
  assert.match(await done(['source', 'list']), /vault +builtin[^]*team +openbao +address=http/);
  assert.match(await done(['source', 'test', 'team']), /holds 3 secrets; not read/);
  assert.match(await done(['source', 'test', 'team', '--read']), /3 read, none missing/);
  assert.equal(
    server.calls.some((call) => call.includes('revoke')),
    false,
  );
  for (const file of readdirSync(home)) {
    if (file.startsWith('orbit.db')) assert.equal(readFileSync(join(home, file)).includes(token), false, file);
  }
  assert.match(await done(['secret', 'list', 'team']), /Orbit +Secret source team/);
  assert.match((await orbit(['secret', 'remove', 'orbit:source:team'])).stderr, /vault\.own-secret/);
  assert.match(
    (await orbit(['source', 'add', 'openbao', 'team', '--address', server.address])).stderr,
    /source-exists/,
  );
  await done(['secret', 'remove', 'orbit:source:team', '--force']);
  assert.match(
    (await orbit(['source', 'test', 'team'])).stderr,
    /orbit secret restore orbit:source:team[^]*vault\.no-own-secret/,
  );
  await done(['source', 'remove', 'team']);
  assert.doesNotMatch(await done(['source', 'list']), /team/);
  assert.match((await orbit(['source', 'test', 'team'])).stderr, /It reads: vault/);
});

test('settings of a source are changed when it can be read with them; a token that is left out stays where it was given for', async (context) => {
  const { done, orbit } = await instance(context);
  const [server, other] = [await fakeBao(context), await fakeBao(context)];
  const tokenOf = async (bao: typeof server): Promise<string> =>
    ((await bao.call('POST', 'auth/token/create', { policies: ['root'] }))['auth'] as Record<string, string>)[
      'client_token'
    ] ?? '';
  for (const bao of [server, other]) await bao.call('POST', 'secret/data/a', { data: { password: 'p' } });
  await done(
    ['source', 'add', 'openbao', 'team', '--address', server.address, '--token-file', '-'],
    await tokenOf(server),
  );
  const set = (args: string[], input?: string) => orbit(['source', 'set', 'openbao', 'team', ...args], input);
  assert.match((await set(['--mounts', 'absent'])).stderr, /\[secrets\./);
  assert.match((await set(['--address', other.address])).stderr, /Token[^]*config\.secret-needed/);
  assert.match((await set(['--address', other.address, '--token-file', '-'], 'wrong')).stderr, /\[secrets\./);
  assert.match(await done(['source', 'list']), new RegExp(`team +openbao +address=${server.address} roleMount=`));

  assert.match((await set(['--mounts', 'secret'])).stdout, /^team is changed: 1 secrets read/);
  const moved = await set(['--address', other.address, '--token-file', '-'], await tokenOf(other));
  assert.equal(moved.exitCode, 0, moved.stderr);
  assert.match(await done(['source', 'test', 'team', '--read']), /1 read/);
  assert.match((await set(['--mounts', 'absent', '--no-test'])).stdout, /not tested/);
  assert.match(
    (await orbit(['source', 'set', 'program', 'team', '--command', '/bin/x'])).stderr,
    /orbit source set openbao team/,
  );
});

test('a program is added with its arguments, and its test fails on a cut output', async (context) => {
  const { home, done, orbit } = await instance(context);
  const script = join(home, 'vault.sh');
  await writeFile(
    script,
    `#!/bin/sh\necho '{"id": "1", "title": "A"}'\n[ "$1" = cut ] || echo '{"end": true, "count": 1}'\n`,
    { mode: 0o700 },
  );
  await done(['source', 'add', 'program', 'own', '--command', script, '--args', 'whole thing']);
  assert.match(await done(['source', 'test', 'own', '--read']), /1 read/);
  await done(['source', 'add', 'program', 'own', '--replace', '--command', script, '--args', 'cut']);
  assert.match((await orbit(['source', 'test', 'own'])).stderr, /secrets\.program-cut/);
});

test('settings that cannot be used change nothing', async (context) => {
  const { done, orbit } = await instance(context);
  for (const args of [
    ['openbao', 'x', '--address', 'http://vault.example', '--token-file', '-'],
    ['openbao', 'x', '--address', 'https://vault.example'],
    ['openbao', '../x', '--address', 'https://vault.example', '--token-file', '-'],
    ['keepass-file', 'x', '--path', 'relative.kdbx', '--password-file', '-'],
  ]) {
    assert.notEqual((await orbit(['source', 'add', ...args], 'secret')).exitCode, 0, args.join(' '));
  }
  assert.doesNotMatch(await done(['source', 'list']), / x | openbao/);
  assert.doesNotMatch(await done(['secret', 'list']), /Secret source/);
});

test('the kinds and their settings are told', async (context) => {
  const { done } = await instance(context);
  const text = await done(['source', 'kinds']);
  for (const kind of ['builtin', 'keepass-file', 'openbao', 'senhasegura', 'program'])
    assert.match(text, new RegExp(kind));
});

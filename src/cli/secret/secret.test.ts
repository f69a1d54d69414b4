import assert from 'node:assert/strict';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { cli, type CliResult } from '../../../test/support/cli.ts';
import { everyPrintable } from '../../../test/support/secrets.ts';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { needs } from '../../../test/support/tools.ts';
import { runProgram } from '../../base/program.ts';
import { SecretString } from '../../base/secret-string.ts';
import { putOwnSecret } from '../../sources/secrets/vault/own-secrets.ts';
import { withHome } from '../open-home.ts';

async function freshHome(context: TestContext) {
  const home = await temporaryFolder(context);
  const orbit = (args: string[], input?: string): Promise<CliResult> =>
    cli(['secret', ...args], { home, ...(input === undefined ? {} : { input }) });
  const done = async (args: string[], input?: string): Promise<string> => {
    const result = await orbit(args, input);
    assert.equal(result.exitCode, 0, result.stderr);
    return result.stdout;
  };
  const json = async (args: string[]): Promise<Record<string, unknown>> =>
    JSON.parse(await done([...args, '--json'])) as Record<string, unknown>;
  return { home, orbit, done, json };
}

test('a secret is added, found, shown without its value, revealed, edited, and its past is still there', async (context) => {
  const { done, json } = await freshHome(context);
  await done(['add', 'Core switch', '--username', 'admin', '--group', 'Network/Core', '--tag', 'prod'], 'first\n');
  assert.match(await done(['list', 'SWITCH', 'core']), /Network\/Core +Core switch +admin/);
  const shown = await done(['show', 'Core switch']);
  assert.match(shown, /username +admin/);
  assert.doesNotMatch(shown, /first/);
  assert.equal(await done(['show', 'Network/Core/Core switch', '--reveal', 'password']), 'first\n');
  await done(['edit', 'core SWITCH', '--password', '--username', 'root'], 'second');
  assert.equal(await done(['show', 'Core switch', '--reveal', 'password']), 'second\n');
  assert.equal(await done(['show', 'Core switch', '--reveal', 'password', '--version', '1']), 'first\n');
  assert.equal((await json(['show', 'Core switch', '--version', '1']))['username'], 'admin');
});

test('every printable character survives the way through standard input and through a file', async (context) => {
  const { done, home } = await freshHome(context);
  await done(['add', `t ${everyPrintable}`, '--username', everyPrintable], everyPrintable);
  assert.equal(await done(['show', `t ${everyPrintable}`, '--reveal', 'password']), `${everyPrintable}\n`);
  await writeFile(join(home, 'pw'), `${everyPrintable}ß🔑\n`);
  await done(['add', 'from file', '--password-file', join(home, 'pw')]);
  assert.equal(await done(['show', 'from file', '--reveal', 'password']), `${everyPrintable}ß🔑\n`);
});

test('JSON hides every value but the one that is revealed', async (context) => {
  const { done, json, home } = await freshHome(context);
  await writeFile(join(home, 'pin'), 'PIN-VALUE');
  await writeFile(join(home, 'notes'), 'NOTES-VALUE');
  const fields = ['--field-file', `PIN=${join(home, 'pin')}`, '--field', 'rack=B 7'];
  await done(['add', 'db', '--notes-file', join(home, 'notes'), ...fields], 'PASSWORD-VALUE');
  const hidden = JSON.stringify(await json(['show', 'db']));
  assert.doesNotMatch(hidden, /VALUE/);
  assert.match(hidden, /B 7/);
  const revealed = await json(['show', 'db', '--reveal', 'PIN']);
  assert.deepEqual(revealed['fields'], [
    { name: 'rack', isProtected: false, value: 'B 7' },
    { name: 'PIN', isProtected: true, value: 'PIN-VALUE' },
  ]);
  assert.equal(revealed['password'], '[secret]');
  assert.doesNotMatch(await done(['list', '--json']), /VALUE/);
});

test('asking for a value that is not there says which there are', async (context) => {
  const { done, orbit } = await freshHome(context);
  await done(['add', 'db'], 'x');
  const result = await orbit(['show', 'db', '--reveal', 'pin']);
  assert.equal(result.exitCode, 2);
  assert.match(result.stderr, /It has: password, notes/);
});

test('fields and attachments are changed one by one, and cleared by name', async (context) => {
  const { done, json, home } = await freshHome(context);
  await writeFile(join(home, 'a.txt'), 'a');
  await writeFile(join(home, 'b.txt'), 'b');
  await done(['add', 'db', '--no-password', '--attach', join(home, 'a.txt'), '--field', 'one=1', '--field', 'two=2']);
  await done(['edit', 'db', '--attach', join(home, 'b.txt'), '--field', 'one=new', '--clear', 'two']);
  const shown = await json(['show', 'db']);
  assert.deepEqual(shown['fields'], [{ name: 'one', isProtected: false, value: 'new' }]);
  assert.deepEqual(shown['attachments'], [
    { name: 'a.txt', size: 1 },
    { name: 'b.txt', size: 1 },
  ]);
  await done(['show', 'db', '--save-attachment', 'b.txt', '--to', join(home, 'out')]);
  assert.equal(await readFile(join(home, 'out'), 'utf8'), 'b');
  assert.equal((await stat(join(home, 'out'))).mode & 0o777, 0o600);
});

test('a removed secret comes back, and so does an earlier version', async (context) => {
  const { done, orbit } = await freshHome(context);
  await done(['add', 'db'], 'one');
  await done(['edit', 'db', '--generate']);
  await done(['remove', 'db']);
  assert.match(await done(['list']), /no secret found/);
  assert.match(await done(['list', '--removed']), /db/);
  assert.match((await orbit(['edit', 'db', '--username', 'x'])).stderr, /vault\.no-secret/);
  await done(['restore', 'db']);
  await done(['restore', 'db', '--version', '1']);
  assert.equal(await done(['show', 'db', '--reveal', 'password']), 'one\n');
});

test("one of Orbit's own credentials is removed only with --force", async (context) => {
  const { home, done, orbit } = await freshHome(context);
  const context_ = { home } as Parameters<typeof withHome>[0];
  await withHome(context_, ({ vault }) =>
    putOwnSecret(vault, { id: 'orbit:repository:system', title: 'System repository', password: new SecretString('x') }),
  );
  const refused = await orbit(['remove', 'orbit:repository:system']);
  assert.equal(refused.exitCode, 1);
  assert.match(refused.stderr, /backups that use it fail[^]*--force/);
  await done(['remove', 'orbit:repository:system', '--force']);
});

test('a second factor is kept and its code is shown', async (context) => {
  const { done, orbit, json, home } = await freshHome(context);
  await writeFile(join(home, 'totp'), 'GEZD GNBV GY3T QOJQ\n');
  await done(['add', 'cloud', '--no-password', '--totp-file', join(home, 'totp')]);
  assert.match(await done(['totp', 'cloud']), /^\d{6}\n$/);
  assert.ok(Number((await json(['totp', 'cloud']))['secondsLeft']) <= 30);
  await done(['add', 'plain', '--no-password']);
  assert.match((await orbit(['totp', 'plain'])).stderr, /secrets\.no-totp/);
});

test('generated passwords follow the recipe', async (context) => {
  const { done, orbit } = await freshHome(context);
  assert.match(await done(['generate', '--length', '40', '--class', 'digits']), /^[0-9]{40}\n$/);
  assert.equal((await orbit(['generate', '--length', 'many'])).exitCode, 1);
  assert.equal((await orbit(['generate', '--class', 'runes'])).exitCode, 2);
});

test('an SSH key is kept with its public half and fingerprint', needs('ssh-keygen'), async (context) => {
  const { done, json, home } = await freshHome(context);
  const file = join(home, 'id_ed25519');
  await runProgram('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'phrase', '-C', '', '-f', file]);
  await done(['add', 'Deploy', '--ssh-key', file], 'phrase');
  const shown = await json(['show', 'Deploy']);
  assert.equal(shown['type'], 'ssh-key');
  const publicKey = (await readFile(`${file}.pub`, 'utf8')).trim();
  assert.deepEqual((shown['fields'] as { value: string }[])[0]?.value, publicKey);
  await done(['show', 'Deploy', '--save-attachment', 'id_ed25519', '--to', join(home, 'copy')]);
  assert.deepEqual(await readFile(join(home, 'copy')), await readFile(file));
});

test('titles from elsewhere cannot send commands to the terminal', async (context) => {
  const { done } = await freshHome(context);
  await done(['add', 'evil \u001b[2J\u202etitle', '--no-password', '--username', 'a\u0007b']);
  for (const text of [await done(['list']), await done(['show', 'evil \u001b[2J\u202etitle'])]) {
    // oxlint-disable-next-line no-control-regex
    assert.doesNotMatch(text, /[\u001b\u0007\u202e]/);
  }
});

test('two sources of one password, a bad date and an empty title are refused with exit code 2', async (context) => {
  const { orbit } = await freshHome(context);
  for (const args of [
    ['add', 'x', '--generate', '--password-file', '-'],
    ['add', 'x', '--no-password', '--expires', 'tomorrow'],
    ['add', '  ', '--no-password'],
    ['add', 'x', '--no-password', '--field', 'novalue'],
    ['add', 'x', '--type', 'spaceship'],
    ['add'],
  ]) {
    assert.equal((await orbit(args)).exitCode, 2, args.join(' '));
  }
});

test('a password is never taken from the arguments', async (context) => {
  const { orbit } = await freshHome(context);
  assert.equal((await orbit(['add', 'x', '--password', 'hunter2'])).exitCode, 2);
  assert.equal((await orbit(['add', 'x', 'hunter2'])).exitCode, 2);
});

import assert from 'node:assert/strict';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { test, type TestContext } from 'node:test';
import { openFolderBackend } from '../backends/folder.ts';
import type { SecretString } from '../base/secret-string.ts';
import { readKdbx } from '../kdbx/kdbx.ts';
import { openApp } from '../app.ts';
import { type CliResult, cli } from '../../test/support/cli.ts';
import { kitSite, masterPasswords } from '../../test/support/kits.ts';
import { everyPrintable, someSecret, someSecrets } from '../../test/support/many-secrets.ts';
import { stock, typed } from '../../test/support/stock-age.ts';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { needs } from '../../test/support/tools.ts';
import { planEnvelope, saveEnvelope } from '../breakglass/envelope.ts';
import { splitSecret } from '../breakglass/shares/split-secret.ts';
import { currentKey } from '../breakglass/recovery-key-store.ts';
import { parseIdentityFile, recoverySecretBytes, unwrapByPassword } from '../breakglass/recovery-key.ts';
import { browseKit } from './kit-browser.ts';
import { openKitAt } from './kit-opening.ts';

const [first] = masterPasswords as [SecretString, SecretString, SecretString];

interface Place {
  folder: string;
  password: string;
  kits: string[];
  /** The words of two shares of three, of which two open the kit. */
  shares: string[];
  run(...args: string[]): Promise<CliResult>;
}

async function place(context: TestContext): Promise<Place> {
  const folder = await temporaryFolder(context);
  const site = await kitSite();
  const backend = await openFolderBackend(folder);
  const one = await site.backUp(backend, someSecrets(9));
  const odd = { ...someSecret(50, { title: 'odd', password: everyPrintable }), groups: ['A B'] };
  const two = await site.backUp(backend, [...someSecrets(9), odd]);
  const password = join(folder, 'password');
  await writeFile(password, `${first.reveal()}\n`);
  const { identity } = await unwrapByPassword(currentKey(site.store).wrappedByPassword ?? Buffer.alloc(0), first);
  const shares = await splitSecret(recoverySecretBytes(identity), { threshold: 2, count: 3 });
  return {
    folder,
    password,
    kits: [one.proof.kit, two.proof.kit],
    shares: shares.slice(1).map((share) => share.words.join(' ')),
    run: async (...args) => await cli(['kit', ...args]),
  };
}

test('a kit is listed, searched and shown from a destination, without a data folder; a value only when asked for', async (context) => {
  const { folder, password, kits, run } = await place(context);
  const opening = ['--master-password-file', password];
  const listed = await run('list', folder, ...opening);
  assert.equal(listed.exitCode, 0, listed.stderr);
  assert.match(listed.stdout, /A B\/odd/);
  assert.ok(!listed.stdout.includes(everyPrintable));
  const found = JSON.parse((await run('search', folder, 'ODD', '--json', ...opening)).stdout) as { path: string }[];
  assert.deepEqual(
    found.map(({ path }) => path),
    ['A B/odd'],
  );
  const shown = await run('show', folder, 'A B/odd', ...opening);
  assert.match(shown.stdout, /password +••••••/);
  assert.ok(!shown.stdout.includes(everyPrintable));
  const revealed = await run('show', folder, 'odd', '--reveal', 'password', ...opening);
  assert.equal(revealed.stdout, `${everyPrintable}\n`);
  const past = await run('show', folder, 'odd', '--reveal', 'password', '--back', '1', ...opening);
  assert.equal(past.stdout, `${someSecret(50).history.at(-1)?.password.reveal()}\n`);
  assert.match((await run('show', folder, 'id-9', '--reveal', 'totp', ...opening)).stdout, /^\d{6}\n$/);
  const missing = await run('show', folder, 'odd', '--reveal', 'pin', ...opening);
  assert.equal(missing.exitCode, 1);
  assert.match(missing.stderr, /breakglass\.no-such-field/);
  const kitsListed = await run('list', folder, '--kits');
  assert.deepEqual(
    kitsListed.stdout
      .split('\n')
      .slice(1, 3)
      .map((line) => line.split(' ')[0]),
    kits.toReversed(),
  );
  const opened = await run('open', join(folder, 'secrets', kits[0] ?? ''), ...opening);
  assert.match(opened.stdout, /9 secrets, all files intact/);
  assert.match(opened.stdout, /Signed by your Orbit/);
});

test('an attachment and every export are new files that only their owner reads', async (context) => {
  const { folder, password, run } = await place(context);
  const opening = ['--master-password-file', password];
  const key = join(folder, 'key.pem');
  const saved = await run('show', folder, 'odd', '--attachment', 'key 50.pem', '--output', key, ...opening);
  assert.equal(saved.exitCode, 0, saved.stderr);
  assert.deepEqual(await readFile(key), someSecret(50).attachments[0]?.bytes);
  for (const format of ['csv', 'json', 'kdbx']) {
    const output = join(folder, `all.${format}`);
    const done = await run(
      'export',
      folder,
      output,
      '--format',
      format,
      '--export-password-file',
      password,
      ...opening,
    );
    assert.equal(done.exitCode, 0, done.stderr);
    assert.equal((await stat(output)).mode & 0o777, 0o600);
    const again = await run(
      'export',
      folder,
      output,
      '--format',
      format,
      '--export-password-file',
      password,
      ...opening,
    );
    assert.equal(again.exitCode, 2, 'nothing is overwritten');
  }
  assert.match(await readFile(join(folder, 'all.csv'), 'utf8'), /"A B","odd"/);
  const json = JSON.parse(await readFile(join(folder, 'all.json'), 'utf8')) as {
    secrets: { title: string; password: string }[];
  };
  assert.equal(json.secrets.find(({ title }) => title === 'odd')?.password, everyPrintable);
  const database = await readKdbx(await readFile(join(folder, 'all.kdbx')), { password: first });
  assert.equal((await Array.fromAsync(database.entries())).length, 10);
});

test('two shares of three open a kit, one does not', async (context) => {
  const { folder, shares, run } = await place(context);
  const files = await Promise.all(
    shares.map(async (words, index) => {
      const file = join(folder, `share ${index}`);
      await writeFile(file, words);
      return file;
    }),
  );
  const opened = await run('open', folder, '--json', '--share-file', ...files);
  assert.equal(opened.exitCode, 0, opened.stderr);
  assert.deepEqual((JSON.parse(opened.stdout) as { secrets: number }).secrets, 10);
  const refused = await run('open', folder, '--share-file', files[0] ?? '');
  assert.match(refused.stderr, /breakglass\.too-few-shares/);
});

test('an opened recovery key file opens a kit', needs('age'), async (context) => {
  const { folder, run } = await place(context);
  await stock(folder, 'age-keygen', '-o', 'other');
  const other = await run('open', folder, '--identity-file', join(folder, 'other'));
  assert.match(other.stderr, /breakglass\.wrong-key/);
});

test('a wrong password ends with exit code 12, no kit and two ways at once with a reason', async (context) => {
  const { folder, password, run } = await place(context);
  const wrong = join(folder, 'wrong');
  await writeFile(wrong, 'wrong');
  const refused = await run('open', folder, '--master-password-file', wrong);
  assert.equal(refused.exitCode, 12);
  assert.match(refused.stderr, /breakglass\.wrong-password/);
  const both = await run('open', folder, '--master-password-file', wrong, '--identity-file', password);
  assert.equal(both.exitCode, 2);
  const none = await run('open', join(folder, 'nowhere'), '--master-password-file', password);
  assert.match(none.stderr, /breakglass\.no-kit/);
});

test('verify and diff need no key; a file that is gone is named', async (context) => {
  const { folder, password, kits, run } = await place(context);
  const [before, after] = kits.map((kit) => join(folder, 'secrets', kit)) as [string, string];
  assert.match((await run('verify', folder)).stdout, /5 files, .* as they were written; 10 secrets/);
  assert.match((await run('diff', before, after)).stdout, /1 added, 0 removed, 0 changed, 9 unchanged/);
  const named = await run('diff', before, after, '--open', '--master-password-file', password);
  assert.match(named.stdout, /\+ A B\/odd/);
  await rm(join(after, 'secrets.kdbx'));
  const broken = await run('verify', after, '--json');
  assert.equal(broken.exitCode, 1);
  assert.match(broken.stdout, /secrets\.kdbx/);
});

test('a person at a terminal searches, looks, reveals one value, and leaves', async (context) => {
  const { folder, password } = await place(context);
  const printed: string[] = [];
  const output = new PassThrough();
  output.on('data', (chunk: Buffer) => printed.push(chunk.toString()));
  const stdin = new PassThrough();
  const surroundings = {
    stdout: output,
    stderr: new PassThrough().resume(),
    stdin,
    isTerminal: true,
    home: '/nonexistent',
    env: {},
    signal: new AbortController().signal,
  };
  const kit = await openKitAt(surroundings, folder, { masterPasswordFile: password });
  const browsing = browseKit(surroundings, kit);
  for (const line of ['odd', '1', 'r nothing', 'p', 'q']) stdin.write(`${line}\n`);
  await browsing;
  const text = printed.join('');
  assert.match(text, /1 found/);
  assert.match(text, /password +••••••/);
  assert.match(text, /no field 'nothing'/);
  assert.equal(text.split(everyPrintable).length, 2, 'the value is shown once');
});

test('the ceremony prints a generated passphrase once, and every change needs the current one', async (context) => {
  const home = await temporaryFolder(context);
  const run = async (...args: string[]): Promise<CliResult> => await cli(['ceremony', ...args], { home });
  const started = await run('start', '--generate', '--json');
  assert.equal(started.exitCode, 0, started.stderr);
  const { id, passphrase } = JSON.parse(started.stdout) as { id: string; passphrase: string };
  const current = join(home, 'current');
  const next = join(home, 'next');
  await writeFile(current, passphrase);
  await writeFile(next, first.reveal());
  const status = await run('status');
  assert.match(status.stdout, new RegExp(id));
  assert.ok(!status.stdout.includes(passphrase));
  const weak = join(home, 'weak');
  await writeFile(weak, 'password1234');
  const refused = await run('password', '--current-password-file', current, '--master-password-file', weak);
  assert.match(refused.stderr, /breakglass\.weak-password/);
  const wrong = await run('password', '--current-password-file', next, '--master-password-file', next);
  assert.equal(wrong.exitCode, 12);
  const changed = await run('password', '--current-password-file', current, '--master-password-file', next);
  assert.equal(changed.exitCode, 0, changed.stderr);
  const recipient = 'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p';
  const added = await run('recipients', '--add', recipient, '--current-password-file', next);
  assert.match(added.stdout, /1 recipient/);
  const unknown = await run('recipients', '--remove', 'age1nobody', '--current-password-file', next);
  assert.equal(unknown.exitCode, 2);
  const second = await run('compromised', '--generate', '--current-password-file', next, '--json');
  assert.equal(second.exitCode, 0, second.stderr);
  const { keys } = JSON.parse((await run('status', '--json')).stdout) as {
    keys: { state: string; opensWithCurrent: boolean }[];
  };
  assert.deepEqual(
    keys.map(({ state, opensWithCurrent }) => [state, opensWithCurrent]),
    [
      ['current', true],
      ['compromised', true],
    ],
  );
  const app = openApp(home);
  assert.equal(currentKey(app.store).ways.length, 1);
  app.close();
});

test('a team opens its envelope with a key that stock age put under a passphrase', needs('age'), async (context) => {
  const folder = await temporaryFolder(context);
  const key = await stock(folder, 'age-keygen');
  await writeFile(join(folder, 'team.key'), key, { mode: 0o600 });
  await typed(folder, 'age -p -a -o team.age team.key', 'quartz lemon');
  const site = await kitSite();
  const { recipient } = parseIdentityFile(key).identity;
  const [inside, outside] = [someSecret(1, { title: 'inside' }), someSecret(2, { title: 'outside' })];
  const plan = planEnvelope(site.store, { title: 'team', groups: [['Team']], recipients: [recipient] });
  const { id } = saveEnvelope(site, plan);
  await site.backUp(await openFolderBackend(folder), [{ ...inside, groups: ['Team'] }, outside]);
  await writeFile(join(folder, 'passphrase'), 'quartz lemon\n');
  await writeFile(join(folder, 'other'), 'violin osprey\n');
  const open = (passphrase: string): Promise<CliResult> => {
    const files = ['--identity-file', join(folder, 'team.age'), '--passphrase-file', join(folder, passphrase)];
    return cli(['kit', 'open', folder, '--json', ...files]);
  };
  const opened = await open('passphrase');
  assert.equal(opened.exitCode, 0, opened.stderr);
  assert.partialDeepStrictEqual(JSON.parse(opened.stdout), { secrets: 1, envelopes: [id] });
  const { stdout, stderr } = await open('other');
  assert.match(stdout + stderr, /breakglass\.wrong-password/);
});

test('titles in a kit, and what a server says, never steer the terminal', async (context) => {
  const folder = await temporaryFolder(context);
  const site = await kitSite();
  const title = 'red \u001b[31m\u001b]0;gone\u0007\u009b2J \u202etxt';
  await site.backUp(await openFolderBackend(folder), [someSecret(1, { title })]);
  const password = join(folder, 'password');
  await writeFile(password, first.reveal());
  const opening = ['--master-password-file', password];
  for (const args of [
    ['list', folder],
    ['search', folder, 'red'],
    ['show', folder, title],
  ]) {
    const { stdout, exitCode, stderr } = await cli(['kit', ...args, ...opening]);
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /red/);
    assert.doesNotMatch(stdout, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/, args[0]);
  }
  const missing = await cli(['kit', 'show', folder, '\u001b[2Jnothing', ...opening]);
  assert.match(missing.stderr, /nothing/);
  assert.doesNotMatch(missing.stderr, /\u001b/);
});

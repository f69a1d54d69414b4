// Import and export, judged by keepassxc-cli.
import assert from 'node:assert/strict';
import { readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { cli, type CliResult } from '../../../test/support/cli.ts';
import { keepassxc, makeDatabase } from '../../../test/support/keepassxc.ts';
import { everyPrintable, opened } from '../../../test/support/secrets.ts';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { needs } from '../../../test/support/tools.ts';
import { openApp } from '../../app.ts';

async function homes(context: TestContext, count: number) {
  const folder = await temporaryFolder(context);
  return {
    folder,
    orbits: Array.from({ length: count }, (_, index) => {
      const home = join(folder, `home${index}`);
      return {
        home,
        orbit: (args: string[], input?: string): Promise<CliResult> =>
          cli(['secret', ...args], { home, ...(input === undefined ? {} : { input }) }),
        async done(args: string[], input?: string): Promise<string> {
          const result = await this.orbit(args, input);
          assert.equal(result.exitCode, 0, result.stderr);
          return result.stdout;
        },
        // Everything in the vault, in clear, for comparing.
        all(): unknown {
          const app = openApp(home);
          try {
            return [...app.vault.records()].map(({ revision: _revision, isOwn: _isOwn, history, ...rest }) => ({
              ...(opened(rest) as object),
              history: history.map(({ title, password, changedAt }) => opened({ title, password, changedAt })),
            }));
          } finally {
            app.close();
          }
        },
      };
    }),
  };
}

for (const withKeyFile of [false, true]) {
  const how = withKeyFile ? 'password and key file' : 'password';
  test(
    `a database that KeePassXC made is imported with its past, by ${how}`,
    needs('keepassxc-cli'),
    async (context) => {
      const { folder, orbits } = await homes(context, 1);
      const [orbit] = orbits;
      assert.ok(orbit);
      const { file, keyFile } = await makeDatabase(folder, 'open sesame', withKeyFile);
      const args = ['import', file, '--password-file', '-', ...(withKeyFile ? ['--key-file', keyFile] : [])];
      const dry = await orbit.done([...args, '--dry-run'], 'open sesame\n');
      assert.match(dry, /2 would be taken in/);
      assert.match(await orbit.done(['list']), /no secret found/);
      assert.match(await orbit.done(args, 'open sesame\n'), /2 taken in/);
      assert.equal(await orbit.done(['show', 'Servers/db01', '--reveal', 'password']), 'second\n');
      assert.equal(await orbit.done(['show', 'Servers/db01', '--reveal', 'password', '--version', '1']), 'first\n');
      assert.equal(await orbit.done(['show', 'Mail', '--reveal', 'password']), `p'"&<>;| ß🔑\n`);
      await orbit.done(['show', 'db01', '--save-attachment', 'key.bin', '--to', join(folder, 'out')]);
      assert.deepEqual(await readFile(join(folder, 'out')), Buffer.from([0, 1, 2, 255]));
      assert.match(await orbit.done(args, 'open sesame\n'), /0 taken in\n2 were in the vault already/);
    },
  );
}

test('a wrong password of a database takes nothing in and says so', needs('keepassxc-cli'), async (context) => {
  const { folder, orbits } = await homes(context, 1);
  const { file } = await makeDatabase(folder, 'open sesame');
  const result = await orbits[0]?.orbit(['import', file], 'open barley');
  assert.equal(result?.exitCode, 1);
  assert.match(result?.stderr ?? '', /kdbx\.wrong-credentials/);
  assert.deepEqual(orbits[0]?.all(), []);
});

test('what Orbit exports as KDBX, KeePassXC opens value by value', needs('keepassxc-cli'), async (context) => {
  const { folder, orbits } = await homes(context, 1);
  const [orbit] = orbits;
  assert.ok(orbit);
  await orbit.done(['add', 'Core switch', '--group', 'Network', '--username', 'admin'], 'first');
  await orbit.done(['edit', 'Core switch', '--password'], everyPrintable);
  const file = join(folder, 'out.kdbx');
  assert.match(await orbit.done(['export', '--format', 'kdbx', file], 'file password'), /wrote 1 secrets/);
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  const password = await keepassxc(['show', '-q', '-a', 'Password', file, 'Network/Core switch'], 'file password');
  assert.equal(password, `${everyPrintable}\n`);
  assert.equal(
    await keepassxc(['show', '-q', '-a', 'UserName', file, 'Network/Core switch'], 'file password'),
    'admin\n',
  );
});

for (const format of ['kdbx', 'json']) {
  test(`what goes out as ${format} comes back into an empty vault as it was`, async (context) => {
    const { folder, orbits } = await homes(context, 2);
    const [from, to] = orbits;
    assert.ok(from && to);
    await writeFile(join(folder, 'pin'), everyPrintable);
    await writeFile(join(folder, 'totp'), 'GEZDGNBVGY3TQOJQ');
    await from.done(
      ['add', 'db', '--group', 'Servers/São Paulo', '--tag', 'prod', '--expires', '2027-01-31', '--type', 'database'],
      'one',
    );
    await from.done(
      ['edit', 'db', '--password', '--field-file', `PIN=${join(folder, 'pin')}`, '--field', 'rack=B 7'],
      everyPrintable,
    );
    await from.done(['edit', 'db', '--totp-file', join(folder, 'totp'), '--attach', join(folder, 'pin')]);
    await from.done(['add', 'note', '--type', 'note', '--notes-file', join(folder, 'pin')]);
    const file = join(folder, `out.${format}`);
    const password = format === 'kdbx' ? 'file password' : undefined;
    const written = await from.orbit(['export', '--format', format, file], password);
    assert.equal(written.exitCode, 0, written.stderr);
    assert.equal(written.stderr.includes('in clear'), format === 'json');
    await to.done(['import', file], password);
    assert.deepEqual(to.all(), from.all());
  });
}

test('an export overwrites nothing, and one that fails leaves no half file', async (context) => {
  const { folder, orbits } = await homes(context, 1);
  const [orbit] = orbits;
  assert.ok(orbit);
  await orbit.done(['add', 'a'], 'x');
  const file = join(folder, 'mine.json');
  await writeFile(file, 'mine');
  const refused = await orbit.orbit(['export', '--format', 'json', file]);
  assert.match(refused.stderr, /cli\.file-exists/);
  assert.equal(await readFile(file, 'utf8'), 'mine');
  const app = openApp(orbit.home);
  app.store.database.exec('UPDATE secret SET contents = zeroblob(60)');
  app.close();
  const broken = await orbit.orbit(['export', '--format', 'json', join(folder, 'half.json')]);
  assert.match(broken.stderr, /vault\.damaged-secret/);
  assert.deepEqual(
    (await readdir(folder)).filter((name) => name.endsWith('.json')),
    ['mine.json'],
  );
});

test('a CSV of any program comes in by saying which column is what', async (context) => {
  const { folder, orbits } = await homes(context, 1);
  const [orbit] = orbits;
  assert.ok(orbit);
  const file = join(folder, 'switches.csv');
  await writeFile(file, 'Device;Login Name;Geheim;Rack\nsw1;admin;"a;b""c";7\nsw2;root;x;8\n');
  const map = ['--map', 'Device=title', 'Login Name=username', 'Geheim=password'];
  await orbit.done(['import', file, ...map, '--into', 'Network/Switches']);
  assert.equal(await orbit.done(['show', 'Network/Switches/sw1', '--reveal', 'password']), 'a;b"c\n');
  assert.match(await orbit.done(['show', 'sw2']), /root/);
  const wrong = await orbit.orbit(['import', file, '--map', 'Device=name']);
  assert.equal(wrong.exitCode, 2);
  assert.match(wrong.stderr, /COLUMN=PART/);
});

test('an import that differs leaves the vault alone, and updates it when told', async (context) => {
  const { folder, orbits } = await homes(context, 1);
  const [orbit] = orbits;
  assert.ok(orbit);
  await orbit.done(['add', 'a', '--username', 'u'], 'one');
  const file = join(folder, 'out.json');
  await orbit.done(['export', '--format', 'json', file]);
  await orbit.done(['edit', 'a', '--password'], 'two');
  assert.match(await orbit.done(['import', file]), /1 are in the vault with other values[^]*--update[^]*a \(/);
  assert.equal(await orbit.done(['show', 'a', '--reveal', 'password']), 'two\n');
  assert.match(await orbit.done(['import', file, '--update']), /1 changed/);
  assert.equal(await orbit.done(['show', 'a', '--reveal', 'password']), 'one\n');
  assert.equal(await orbit.done(['show', 'a', '--reveal', 'password', '--version', '2']), 'two\n');
});

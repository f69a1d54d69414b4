// The promise, kept by strangers: from the destination and the master password to a value and a tree, with stock age,
// restic and keepassxc-cli only.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeHostileTree } from '../scripts/hostile-tree.ts';
import { cli } from './support/cli.ts';
import { compareTrees } from './support/compare-trees.ts';
import { stock, typed } from './support/stock-age.ts';
import { startThenStop } from './support/instance.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { needs } from './support/tools.ts';

test(
  'with Orbit and the vault gone, a password is read and a tree comes back as it was',
  needs('age', 'restic', 'keepassxc-cli'),
  async (context) => {
    const folder = await temporaryFolder(context);
    const [home, source, place] = [join(folder, 'home'), join(folder, 'source'), join(folder, 'place')];
    mkdirSync(source);
    await makeHostileTree(source, { forOldRestic: true, holeBytes: 64 * 1024 * 1024 });
    const masterPassword = 'p\\a&b!c,d"e f ü€ 7 Horse';
    const master = join(folder, 'master');
    writeFileSync(master, masterPassword, { mode: 0o600 });
    const orbit = async (args: string[], input?: string): Promise<void> => {
      const result = await cli(args, { home, ...(input === undefined ? {} : { input }) });
      assert.equal(result.exitCode, 0, `${args.join(' ')}: ${result.stderr}${result.stdout}`);
    };
    const value = 'sw1tch \\ & ! " é 日本 ]]> <x>';
    await startThenStop(home, ['--master-password-file', master]);
    await orbit(['secret', 'add', 'core switch', '--username', 'admin', '--password-file', '-'], value);
    await orbit(['job', 'set', 'system', '--folder', source, '--without-folder', '/etc']);
    await orbit(['backup', 'create']);

    // The day: only the destination survives.
    await cp(join(home, 'destination'), place, { recursive: true });
    await rm(home, { recursive: true });
    const opened = await typed(place, 'age -d -o recovery.key recovery-key.age', masterPassword);
    assert.equal(opened.exitCode, 0, opened.shown);
    const kits = readdirSync(join(place, 'secrets')).sort();
    const kit = join('secrets', kits.at(-1) ?? '');
    await stock(place, 'age', '-d', '-i', 'recovery.key', '-o', 'kit.keyx', join(kit, 'secrets.keyx.age'));
    const shown = await stock(
      place,
      'keepassxc-cli',
      'show',
      '-q',
      '--no-password',
      '-k',
      'kit.keyx',
      '-s',
      '-a',
      'Password',
      join(kit, 'secrets.kdbx'),
      'core switch',
    );
    assert.equal(shown.toString('utf8').replace(/\n$/, ''), value);

    await stock(place, 'age', '-d', '-i', 'recovery.key', '-o', 'system.password', 'system.password.age');
    const restic = (...args: string[]): Promise<Buffer> =>
      stock(place, 'restic', '--no-cache', '-r', 'system', '-p', 'system.password', ...args);
    assert.match((await restic('check', '--read-data')).toString(), /no errors were found/);
    await restic('restore', 'latest', '--target', 'restored');
    assert.deepEqual(await compareTrees(source, join(place, 'restored', source)), []);
    assert.ok(readFileSync(join(place, 'README.txt'), 'utf8').includes('age -d'));
  },
);

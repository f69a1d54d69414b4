// Custodians type their shares on a real terminal, with slips of the finger, and a machine comes back.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openApp } from '../src/app.ts';
import { SecretString } from '../src/base/secret-string.ts';
import { changeShares } from '../src/breakglass/ceremony.ts';
import { openCustodians } from '../src/breakglass/custodians.ts';
import { currentKey } from '../src/breakglass/recovery-key-store.ts';
import { splitAmong } from '../src/breakglass/split-among.ts';
import { cli } from './support/cli.ts';
import { conversation } from './support/conversation.ts';
import { quickCeremony } from './support/quick-ceremony.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { needs } from './support/tools.ts';

const masterPassword = 'quartz lemon tundra 4 violin osprey';

test(
  'two of three custodians type their shares on a terminal; each slip is told and asked again',
  needs('script'),
  async (context) => {
    const folder = await temporaryFolder(context);
    const [home, source, place, target] = ['home', 'source', 'place', 'target'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
      string,
    ];
    mkdirSync(source);
    writeFileSync(join(source, 'app.conf'), 'port = 1\n');
    await quickCeremony(home, masterPassword);
    const [ana, , carla] = await splitInThree(home);
    const done = async (...args: string[]): Promise<void> => {
      const result = await cli(args, { home });
      assert.equal(result.exitCode, 0, result.stderr);
    };
    await done('destination', 'add', 'folder', 'local', '--path', place);
    await done('job', 'set', 'system', '--destination', 'local', '--folder', source, '--without-folder', '/etc');
    await done('backup', 'create', '--kind', 'system');

    assert.ok(ana !== undefined && carla !== undefined);
    const orbit = join(import.meta.dirname, '../bin/orbit');
    const recover = `${orbit} recover folder --path ${place} --target ${target} --only ${source}`;
    const swapped = ana.with(4, ana[5] ?? '').with(5, ana[4] ?? '');
    const { exitCode, shown, unanswered } = await conversation(recover, [
      [/password \(Enter\) or .*shares \(s\)\? $/, 's'],
      // A word that no list has; two words in each other's place; the same custodian twice; then capitals, and four letters of each word.
      [/^[^]*Share 1\r?\n[^]*ends\.\r?\n$/, ana.with(3, 'recoveri').join(' ')],
      [/word 4 of share 1 [^]*Share 1\r?\n[^]*ends\.\r?\n$/, swapped.join(' ')],
      [
        /share 1[^]*Share 1\r?\n[^]*ends\.\r?\n$/,
        `${ana.slice(0, 10).join(' ')}\n${ana.slice(10).join('  ').toUpperCase()}`,
      ],
      [/Share 2 of 2\r?\n[^]*ends\.\r?\n$/, ana.join(' ')],
      [
        /share 2 is the same as share 1[^]*Share 2 of 2\r?\n[^]*ends\.\r?\n$/,
        carla.map((word) => word.slice(0, 4)).join(' '),
      ],
      [/Do it\? \[yes\/no\] $/, 'yes'],
    ]);
    assert.equal(unanswered, 0, shown);
    assert.equal(exitCode, 0, shown);
    assert.equal(readFileSync(join(target, source, 'app.conf'), 'utf8'), 'port = 1\n');
    assert.match(shown, /RTO .*RPO/);

    // The master password has three tries.
    const wrong = [/Master password: $/, 'not this one, certainly'] as const;
    const refused = await conversation(`${recover} --list`, [[/shares \(s\)\? $/, ''], wrong, wrong, wrong]);
    assert.equal(refused.unanswered, 0, refused.shown);
    assert.match(refused.shown, /breakglass\.wrong-password/);
    const listed = await conversation(`${recover} --list`, [
      // Who is in a hurry types the password at the first question: it is cleared from the screen, and asked for again.
      [/shares \(s\)\? $/, 'secret of a hurry'],
      [/\u001b\[2J[^]*That was neither[^]*shares \(s\)\? $/, ''],
      wrong,
      [/Master password: $/, masterPassword],
    ]);
    assert.equal(listed.exitCode, 0, listed.shown);
    assert.doesNotMatch(listed.shown, /quartz/);
  },
);

async function splitInThree(home: string): Promise<string[][]> {
  const app = openApp(home);
  try {
    const custodians = openCustodians(app.store, app.clock);
    const people = ['Ana', 'Bruno', 'Carla'].map((name) => custodians.add({ name }));
    const words: string[][] = [];
    const splitter = splitAmong(custodians, {
      people,
      threshold: 2,
      keyId: () => currentKey(app.store).id,
      present: async (shares) => void words.push(...shares.map(({ share }) => [...share.words])),
    });
    await changeShares({ ...app, workFactor: 10 }, { masterPassword: new SecretString(masterPassword) }, splitter);
    return words;
  } finally {
    app.close();
  }
}

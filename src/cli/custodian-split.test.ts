import assert from 'node:assert/strict';
import { readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { cli } from '../../test/support/cli.ts';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { needs } from '../../test/support/tools.ts';
import { openApp } from '../app.ts';
import { runProgram } from '../base/program.ts';
import { SecretString } from '../base/secret-string.ts';
import { startCeremony } from '../breakglass/ceremony.ts';
import { currentKey, type RecoveryKey } from '../breakglass/recovery-key-store.ts';

const password = 'velvet quarry 81 lantern oxbow thimble plum';

async function instance(context: TestContext): Promise<{ home: string; passwordFile: string; key: RecoveryKey }> {
  const home = await temporaryFolder(context);
  const app = openApp(home);
  const key = await startCeremony({ ...app, workFactor: 10 }, { masterPassword: new SecretString(password) });
  app.close();
  const passwordFile = join(home, 'password');
  await writeFile(passwordFile, password);
  for (const name of ['Ana', 'Bruno', 'Carla']) await cli(['custodian', 'add', name], { home });
  return { home, passwordFile, key };
}

function wordsOf(html: string): string {
  return html.match(/<ol class="words">(.*?)<\/ol>/s)?.[1]?.replace(/<[^>]+>/g, ' ') ?? '';
}

test(
  'split writes a sheet for each custodian; two of them give stock age the recovery key',
  needs('age'),
  async (context) => {
    const { home, passwordFile, key } = await instance(context);
    const sheets = join(home, 'sheets');
    const common = ['--threshold', '2', '--current-password-file', passwordFile];
    const split = await cli(['custodian', 'split', 'Ana', 'Bruno', 'Carla', ...common, '--sheets', sheets], { home });
    assert.equal(split.exitCode, 0, split.stderr);
    const names = (await readdir(sheets)).sort((a, b) => a.localeCompare(b));
    assert.equal(names.length, 3);
    const files: string[] = [];
    for (const name of names) {
      assert.equal((await stat(join(sheets, name))).mode & 0o777, 0o600);
      const words = wordsOf(await readFile(join(sheets, name), 'utf8'));
      const pair = words.trim().split(/\s+/).slice(5, 7).join(' ');
      assert.ok(!`${split.stdout}${split.stderr}`.includes(pair));
      await writeFile(join(home, name), words);
      files.push(join(home, name));
    }
    assert.match(
      (await cli(['share', 'check', '--words-file', files[0] ?? ''], { home })).stdout,
      /held by Ana[\s\S]*current/,
    );
    const output = join(home, 'key.txt');
    const combined = await cli(['share', 'combine', output, '--words-file', ...files.slice(1)], {
      home: '/nonexistent',
    });
    assert.match(combined.stdout, new RegExp(key.id));
    assert.equal((await stat(output)).mode & 0o777, 0o600);
    const recipient = await runProgram('age-keygen', ['-y', output]);
    assert.equal(recipient.stdout.toString().trim(), key.recipient);
    const again = await cli(['share', 'combine', output, '--words-file', ...files.slice(1)], { home });
    assert.equal(again.exitCode, 2);
    const few = await cli(['share', 'combine', `${output}2`, '--words-file', files[0] ?? ''], { home });
    assert.match(few.stderr, /1 more custodian/);
    const app = openApp(home);
    assert.deepEqual(currentKey(app.store).ways, ['master-password', 'shares']);
    app.close();
  },
);

test('a custodian with a key of their own gets a sheet that only they can read', needs('age'), async (context) => {
  const { home, passwordFile } = await instance(context);
  const identity = join(home, 'ana.key');
  await runProgram('age-keygen', ['-o', identity]);
  const recipient = (await runProgram('age-keygen', ['-y', identity])).stdout.toString().trim();
  assert.equal((await cli(['custodian', 'edit', 'Ana', '--recipient', recipient], { home })).exitCode, 0);
  const sheets = join(home, 'sheets');
  const args = ['--threshold', '2', '--current-password-file', passwordFile, '--sheets', sheets, '--json'];
  const split = await cli(['custodian', 'split', 'Ana', 'Bruno', ...args], { home });
  const { files } = JSON.parse(split.stdout) as { files: { custodian: string; file: string; isSealed: boolean }[] };
  assert.deepEqual(
    files.map(({ custodian, file, isSealed }) => [custodian, file.replace(/^.*-\d/, ''), isSealed]),
    [
      ['Bruno', '.html', false],
      ['Ana', '.html.age', true],
    ],
  );
  const opened = await runProgram('age', ['-d', '-i', identity, files[1]?.file ?? '']);
  assert.equal(wordsOf(opened.stdout.toString('utf8')).trim().split(/\s+/).length, 33);
  assert.equal(
    (await cli(['custodian', 'split', 'Ana', 'Bruno', ...args], { home })).exitCode,
    0,
    'another set, other names',
  );
});

test('one command holds the whole ceremony, in the room and by link, without any master password', async (context) => {
  const home = await temporaryFolder(context);
  const orbit = async (...args: string[]): Promise<string> => {
    const done = await cli(args, { home });
    assert.equal(done.exitCode, 0, done.stderr);
    return done.stdout;
  };
  const people = ['--custodian', 'Ana Souza <+55 11 5555-0101>', 'Bruno', 'Carla', '--threshold', '2'];
  const url = ['--url', 'https://orbit.example'];
  const ways = ['--no-master-password', '--sheets', join(home, 'sheets'), '--by-link', 'Carla', ...url];
  const made = await orbit('ceremony', 'start', ...people, ...ways);
  assert.match(made, /opens with +2 of 3 custodians\n/);
  assert.match(made, /Carla \(until \d{4}-\d\d-\d\d \d\d:\d\d UTC\)\n +https:\/\/orbit\.example\/share#[\w-]{64}\n/);
  const status = await orbit('ceremony', 'status');
  assert.match(status, /Ana Souza +1 +in-person +printed/);
  assert.match(status, /Carla +3 +link +waiting until \d{4}-\d\d-\d\d \d\d:\d\d /);
  assert.match(await orbit('custodian', 'list'), /Ana Souza +\+55 11 5555-0101/);
  const papers: string[] = [];
  for (const name of await readdir(join(home, 'sheets'))) {
    papers.push(join(home, `${name}.words`));
    await writeFile(papers.at(-1) ?? '', wordsOf(await readFile(join(home, 'sheets', name), 'utf8')));
  }
  assert.equal(papers.length, 2, 'Carla’s share is on no sheet');
  const generated = ['ceremony', 'password', '--generate', '--current-share-file'];
  assert.match((await cli([...generated, papers[0] ?? ''], { home })).stderr, /breakglass.too-few-shares/);
  assert.match(await orbit(...generated, ...papers), /opens with +the master password; 2 of 3 custodians/);
});

test('shares are neither printed without a terminal nor made by a wrong password or for too few people', async (context) => {
  const { home, passwordFile } = await instance(context);
  const split = (...args: string[]): ReturnType<typeof cli> => cli(['custodian', 'split', ...args], { home });
  const way = ['--current-password-file', passwordFile];
  assert.match((await split('Ana', 'Bruno', '--threshold', '2', ...way)).stderr, /breakglass.no-way-to-show/);
  assert.match((await split('Ana', 'Bruno', '--threshold', '3', ...way)).stderr, /breakglass.bad-threshold/);
  assert.match((await split('Ana', 'Zoe', '--threshold', '2', ...way)).stderr, /breakglass.no-custodian/);
  await writeFile(passwordFile, 'wrong');
  assert.match((await split('Ana', 'Bruno', '--threshold', '2', ...way)).stderr, /breakglass.wrong-password/);
  assert.match((await cli(['custodian', 'sets', '--json'], { home })).stdout, /"sets":\[\]/);
});

test('what cannot be delivered is known before a key is made', async (context) => {
  const { home, passwordFile, key } = await instance(context);
  // The folder of the sheets is a file.
  const people = ['--custodian', 'Ana', 'Bruno', '--threshold', '2', '--sheets', passwordFile];
  const made = await cli(['ceremony', 'start', '--generate', '--current-password-file', passwordFile, ...people], {
    home,
  });
  assert.equal(made.exitCode, 2, made.stderr);
  assert.match((await cli(['ceremony', 'status'], { home })).stdout, new RegExp(`^recovery key ${key.id}`));
});

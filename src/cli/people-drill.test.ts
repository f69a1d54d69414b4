import assert from 'node:assert/strict';
import { cpSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { test, type TestContext } from 'node:test';
import { cli } from '../../test/support/cli.ts';
import { drillInstance, drillMasterPassword, type DrillInstance } from '../../test/support/drill-instance.ts';
import { SecretString } from '../base/secret-string.ts';
import { changeShares } from '../breakglass/ceremony.ts';
import { openCustodians } from '../breakglass/custodians.ts';
import type { DrillReport } from '../breakglass/drills/drill-report.ts';
import { listDrills, loadDrill } from '../breakglass/drills/drill-store.ts';
import { currentKey } from '../breakglass/recovery-key-store.ts';
import { splitAmong } from '../breakglass/split-among.ts';
import { runCli } from './run.ts';

/** The words of 2 of 3 shares, in the order of the custodians. */
async function splitInThree({ app }: DrillInstance): Promise<string[]> {
  const custodians = openCustodians(app.store, app.clock);
  const people = ['Ana', 'Bruno', 'Carla'].map((name) => custodians.add({ name }));
  const words: string[] = [];
  const splitter = splitAmong(custodians, {
    people,
    threshold: 2,
    keyId: () => currentKey(app.store).id,
    present: async (shares) => void words.push(...shares.map(({ share }) => share.words.join(' '))),
  });
  await changeShares(app, { masterPassword: new SecretString(drillMasterPassword) }, splitter);
  return words;
}

/** Runs a command with a person at the terminal, who answers each question as the list says, in its order. */
async function typed(
  args: string[],
  home: string,
  answers: [question: RegExp, answer: string][],
): Promise<{ exitCode: number; shown: string }> {
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => stdin });
  let shown = '';
  let unread = '';
  const waiting = [...answers];
  const screen = new Writable({
    write(chunk: Buffer, _encoding, done) {
      shown += chunk.toString('utf8');
      unread += chunk.toString('utf8');
      const [next] = waiting;
      if (next?.[0].test(unread) === true) {
        waiting.shift();
        unread = '';
        setImmediate(() => stdin.write(`${next[1]}\n`));
      }
      done();
    },
  });
  const context = {
    stdout: screen,
    stderr: screen,
    stdin,
    isTerminal: true,
    home,
    env: {},
    signal: AbortSignal.timeout(20_000),
  };
  const exitCode = await runCli(args, context);
  assert.deepEqual(waiting, [], shown);
  return { exitCode, shown };
}

async function ready(context: TestContext): Promise<DrillInstance> {
  const instance = await drillInstance(context);
  await instance.backUp('secrets');
  return instance;
}

test('people are led through a drill on the terminal: wrong password first, then right; nothing secret is shown', async (context) => {
  const instance = await ready(context);
  const { exitCode, shown } = await typed(['drill', 'people'], instance.home, [
    [/1\. $/, 'Ana Souza: custodian'],
    [/2\. $/, 'Rui Lima: auditor'],
    [/3\. $/, ''],
    [/Ready\? $/, ''],
    [/Master password: $/, 'not this one'],
    [/Master password: $/, drillMasterPassword],
    [/Which secret/, 'core switch'],
  ]);
  assert.equal(exitCode, 0, shown);
  assert.match(shown, /From the start to the first readable password: /);
  assert.ok(!shown.includes(drillMasterPassword) && !shown.includes('pw of'));
  const { report } = loadDrill(instance.app, 'latest');
  assert.deepEqual(report.people, [
    { name: 'Ana Souza', role: 'custodian' },
    { name: 'Rui Lima', role: 'auditor' },
  ]);
  const facts = Object.assign({}, ...report.steps.map((step) => step.facts)) as Record<string, unknown>;
  assert.equal(facts['tries'], 2);
  assert.equal(facts['equal'], 3);
  assert.equal(facts['vaultToday'], 'equal');
  assert.ok((report.firstReadableMs ?? -1) >= 0 && (report.firstReadableMs ?? 0) <= report.durationMs);
  const whole =
    JSON.stringify(report) + readFileSync(join(instance.home, 'reports', `drill-${report.id}.pt.html`), 'utf8');
  assert.ok(!whole.includes('core switch') && !whole.includes('pw of'), 'not even the name of the secret');
});

test('custodians open the kit with their shares, and count as confirmed by that', async (context) => {
  const instance = await ready(context);
  const words = await splitInThree(instance);
  await instance.backUp('secrets');
  const { exitCode, shown } = await typed(['drill', 'people', '--people', 'Ana', 'Carla'], instance.home, [
    [/Ready\? $/, ''],
    [/master password, or with shares\? \(p\/s\) $/, 's'],
    [/Share 1\n.*ends\.\n/s, words[0] ?? ''],
    [/Share 2 of 2\n.*ends\.\n/s, words[2] ?? ''],
    [/Which secret/, ''],
  ]);
  assert.equal(exitCode, 0, shown);
  const { report } = loadDrill(instance.app, 'latest');
  const opening = report.steps.find(({ name }) => name === 'opening');
  assert.equal(opening?.facts['shares'], '1, 3');
  assert.equal(opening?.facts['custodians'], 'Ana, Carla');
  const confirmed = openCustodians(instance.app.store)
    .currentSet()
    ?.holders.map(({ confirmedAt }) => confirmedAt !== undefined);
  assert.deepEqual(confirmed, [true, false, true]);
});

test('a drill by flags works without a terminal, from a copy too; a secret that changed since is said so', async (context) => {
  const instance = await ready(context);
  const { app, folder, home, masterFile, place } = instance;
  const copy = join(folder, 'copy');
  cpSync(place, copy, { recursive: true });
  app.vault.edit(app.vault.find('web-01').id, { password: new SecretString('newer') });
  const args = ['drill', 'people', '--kit', copy, '--people', 'Ana', '--secret', 'web-01', '--json'];
  const ran = await cli([...args, '--master-password-file', masterFile], { home });
  const report = JSON.parse(ran.stdout) as DrillReport;
  assert.equal(report.result, 'passed', ran.stdout);
  assert.equal(report.copy.location, copy);
  assert.equal(report.steps.at(-1)?.facts['vaultToday'], 'changed since');
});

test('a drill in which the kit does not open fails, is kept, and is told; so does one whose kit was changed', async (context) => {
  const instance = await ready(context);
  const { app, folder, home, masterFile, place } = instance;
  const wrong = join(folder, 'wrong');
  writeFileSync(wrong, 'wrong');
  const args = ['drill', 'people', '--people', 'Ana'];
  assert.equal((await cli([...args, '--master-password-file', wrong], { home })).exitCode, 1);
  assert.equal(listDrills(app.store)[0]?.failure?.code, 'breakglass.wrong-password');
  const kit = join(place, 'secrets', readdirSync(join(place, 'secrets'))[0] ?? '');
  const file = join(kit, 'secrets.kdbx');
  const bytes = readFileSync(file);
  bytes[300] = (bytes[300] ?? 0) ^ 1;
  writeFileSync(file, bytes);
  assert.equal((await cli([...args, '--master-password-file', masterFile], { home })).exitCode, 1);
  assert.equal(listDrills(app.store)[0]?.failure?.code, 'breakglass.damaged-file');
  assert.deepEqual(
    listDrills(app.store).map(({ result, way }) => [result, way]),
    [
      ['failed', 'people'],
      ['failed', 'people'],
    ],
  );
});

test('a drill with nobody in the room, or without an Orbit to sign it, is not held', async (context) => {
  const { folder, home, masterFile } = await ready(context);
  assert.equal((await cli(['drill', 'people', '--master-password-file', masterFile], { home })).exitCode, 2);
  const nowhere = await cli(['drill', 'people', '--people', 'Ana'], { home: join(folder, 'nowhere') });
  assert.match(nowhere.stderr, /drill\.no-instance/);
});

test('a person who opens a kit on a terminal is asked for name and reason before the key, and what they saw is noted', async (context) => {
  const instance = await ready(context);
  const { exitCode, shown } = await typed(
    ['kit', 'open', instance.place, '--record-folder', instance.folder],
    '/nonexistent',
    [
      [/Your name, for the opening record: $/, ''],
      [/Your name, for the opening record: $/, 'Ana'],
      [/Why is the kit opened\? $/, 'fire'],
      [/Master password: $/, drillMasterPassword],
      [/search> /, 'core'],
      [/1 found/, 'p'],
      [/pw of core switch/, 'q'],
    ],
  );
  assert.equal(exitCode, 0, shown);
  const [record = ''] = readdirSync(instance.folder).filter((name) => name.startsWith('orbit-opening-'));
  const back = await cli(
    ['kit', 'opened', join(instance.folder, record), '--master-password-file', instance.masterFile],
    {
      home: instance.home,
    },
  );
  assert.match(back.stdout, /Ana opened the kit[\s\S]*fire[\s\S]*core switch +Password/);
});

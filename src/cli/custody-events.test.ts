import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { cli } from '../../test/support/cli.ts';
import { drillInstance, drillMasterPassword } from '../../test/support/drill-instance.ts';
import { httpReceiver } from '../../test/support/http-receiver.ts';
import { SecretString } from '../base/secret-string.ts';
import { changeShares } from '../breakglass/ceremony.ts';
import { openCustodians } from '../breakglass/custodians.ts';
import { currentKey } from '../breakglass/recovery-key-store.ts';
import { splitAmong } from '../breakglass/split-among.ts';

interface Told {
  type: string;
  data: { facts: Record<string, unknown> };
}

/** An instance with 2 of 3 shares whose events arrive at a webhook; `heard` empties the list. */
async function listened(context: TestContext) {
  const instance = await drillInstance(context);
  const { app, folder, home } = instance;
  const receiver = await httpReceiver(context);
  const secret = join(folder, 'signing');
  writeFileSync(secret, 'whsec_0123456789abcdef0123456789abcdef');
  const added = await cli(
    ['channel', 'add', 'webhook', 'siem', '--url', receiver.url, '--signing-secret-file', secret],
    { home },
  );
  assert.equal(added.exitCode, 0, added.stderr);
  const custodians = openCustodians(app.store, app.clock);
  const files: string[] = [];
  const splitter = splitAmong(custodians, {
    people: ['Ana', 'Bruno', 'Carla'].map((name) => custodians.add({ name })),
    threshold: 2,
    keyId: () => currentKey(app.store).id,
    present: async (shares) => {
      for (const { share, custodian } of shares) {
        files.push(join(folder, custodian.name));
        writeFileSync(join(folder, custodian.name), share.words.join(' '));
      }
    },
  });
  await changeShares(app, { masterPassword: new SecretString(drillMasterPassword) }, splitter);
  const heard = async (): Promise<Told[]> => {
    await app.notifier.deliver({ signal: AbortSignal.timeout(10_000) });
    return receiver.requests.splice(0).map(({ body }) => JSON.parse(body) as Told);
  };
  return { instance, files, heard };
}

test('a wrong master password is told, and so is every try with too few or foreign shares, with its counts', async (context) => {
  const { instance, files, heard } = await listened(context);
  const { folder, home, place } = instance;
  const wrong = join(folder, 'wrong');
  writeFileSync(wrong, 'wrong');
  const refused = async (...args: string[]): Promise<Record<string, unknown>> => {
    assert.notEqual((await cli(args, { home })).exitCode, 0);
    const told = await heard();
    const failed = told.find(({ type }) => type === 'recovery.failed');
    assert.ok(failed, `${args.join(' ')}: ${told.map(({ type }) => type).join()}`);
    return failed.data.facts;
  };
  const next = join(folder, 'next');
  writeFileSync(next, 'velvet 91 acorn bishop tundra lemon');
  const change = ['ceremony', 'password', '--current-password-file', wrong, '--master-password-file', next];
  assert.match(String((await refused(...change))['reason']), /does not open with this password/);
  await instance.backUp('secrets');
  assert.equal((await refused('kit', 'open', place, '--share-file', files[0] ?? ''))['partsSent'], 1);
  const combined = await refused('share', 'combine', join(folder, 'key'), '--words-file', files[1] ?? '');
  assert.deepEqual([combined['partsSent'], combined['partsNeeded']], [1, 2]);
  const split = ['custodian', 'split', 'Ana', 'Bruno', '--threshold', '2', '--sheets', join(folder, 'sheets')];
  const again = await refused(...split, '--current-share-file', files[0] ?? '');
  assert.deepEqual([again['partsSent'], again['partsNeeded']], [1, 2]);
  assert.match(String((await refused('kit', 'open', place, '--master-password-file', wrong))['reason']), /password/);
});

test('a kit that is opened on the server is told with who and why', async (context) => {
  const { instance, heard } = await listened(context);
  await instance.backUp('secrets');
  const { folder, home, masterFile, place } = instance;
  const said = ['--who', 'Ana Souza', '--reason', 'INC-7', '--record-folder', folder];
  const args = ['kit', 'show', place, 'web-01', '--reveal', 'password', '--master-password-file', masterFile, ...said];
  assert.equal((await cli(args, { home })).exitCode, 0);
  const told = await heard();
  const opened = told.find(({ type }) => type === 'kit.opened')?.data.facts;
  assert.deepEqual([opened?.['userName'], opened?.['reason'], opened?.['method']], ['Ana Souza', 'INC-7', 'CLI']);
  assert.ok(told.some(({ type }) => type === 'recovery.succeeded'));
});

test('a custodian who is struck off while holding a share is an incident, and recipients that change are told', async (context) => {
  const { instance, heard } = await listened(context);
  const { home, masterFile } = instance;
  assert.equal((await cli(['custodian', 'remove', 'Bruno', '--force'], { home })).exitCode, 0);
  const [inactive] = await heard();
  assert.equal(inactive?.type, 'custodian.inactive');
  assert.deepEqual([inactive?.data.facts['found'], inactive?.data.facts['partsNeeded']], [2, 2]);
  const recipient = currentKey((await drillInstance(context)).app.store).recipient;
  const changed = await cli(['ceremony', 'recipients', '--add', recipient, '--current-password-file', masterFile], {
    home,
  });
  assert.equal(changed.exitCode, 0, changed.stderr);
  const [told] = await heard();
  assert.equal(told?.type, 'settings.changed');
  assert.match(String(told?.data.facts['subject']), /^\+ age1/);
});

test('a broken data folder does not stand between people and their kit', async (context) => {
  const instance = await drillInstance(context);
  await instance.backUp('secrets');
  const broken = join(instance.folder, 'broken');
  mkdirSync(broken);
  writeFileSync(join(broken, 'orbit.db'), 'this is no database');
  const args = [
    'kit',
    'show',
    instance.place,
    'web-01',
    '--reveal',
    'password',
    '--master-password-file',
    instance.masterFile,
  ];
  const shown = await cli(args, { home: broken });
  assert.equal(shown.stdout, 'pw of web-01\n');
  assert.match(shown.stderr, /nobody could be told/);
});

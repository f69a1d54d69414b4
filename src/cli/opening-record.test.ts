import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import fc from 'fast-check';
import { type CliResult, cli } from '../../test/support/cli.ts';
import { drillInstance, drillMasterPassword, type DrillInstance } from '../../test/support/drill-instance.ts';
import { failure } from '../../test/support/failures.ts';
import { needs } from '../../test/support/tools.ts';
import { runProgram } from '../base/program.ts';
import { isFailure } from '../base/failure.ts';
import { SecretString } from '../base/secret-string.ts';
import { startCeremony } from '../breakglass/ceremony.ts';
import { currentKey } from '../breakglass/recovery-key-store.ts';
import { unwrapByPassword } from '../breakglass/recovery-key.ts';
import { openOpeningRecord, parseOpeningRecord, secretsToRotate } from '../breakglass/opening-record.ts';
import { listOpenings } from '../breakglass/opening-record-store.ts';
import { bech32Encode } from '../breakglass/bech32.ts';
import { entryUuid } from '../sources/secrets/kdbx-entry.ts';

/** The page's own code; its types need a browser's. */
interface PageRecords {
  newRecord(manifest: unknown, who: unknown, way: unknown): { seen: unknown[] };
  sealRecord(record: unknown, recipient: string): Promise<Uint8Array>;
}

interface Opened {
  instance: DrillInstance;
  /** Runs `orbit kit …` on a machine without Orbit, with the master password. */
  kit(...args: string[]): Promise<CliResult>;
  records(): string[];
  /** Takes a record in at the server. */
  bringBack(file: string): Promise<CliResult>;
}

async function opened(context: TestContext): Promise<Opened> {
  const instance = await drillInstance(context);
  await instance.backUp('secrets');
  const { home, place, folder, masterFile } = instance;
  const said = ['--who', 'Ana Souza', '--reason', 'vault down, INC-7', '--record-folder', folder];
  return {
    instance,
    kit: (command, ...args) => cli(['kit', command, place, ...args, ...said, '--master-password-file', masterFile]),
    records: () =>
      readdirSync(folder)
        .filter((name) => name.startsWith('orbit-opening-'))
        .map((name) => join(folder, name)),
    bringBack: (file) => cli(['kit', 'opened', file, '--master-password-file', masterFile], { home }),
  };
}

test('what is revealed on the command line comes back as a list of passwords to change', async (context) => {
  const { instance, kit, records, bringBack } = await opened(context);
  const revealed = await kit('show', 'core switch', '--reveal', 'password');
  assert.equal(revealed.stdout, 'pw of core switch\n');
  const [file] = records();
  assert.ok(file !== undefined);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.ok(!readFileSync(file).includes('Ana'), 'the record is sealed');
  const back = await bringBack(file);
  assert.equal(back.exitCode, 0, back.stderr);
  assert.match(back.stdout, /Ana Souza opened the kit .* with the master password/);
  assert.match(back.stdout, /vault down, INC-7/);
  assert.match(back.stdout, /core switch +Password/);
  assert.doesNotMatch(back.stdout, /web-01|pw of/);
  const [kept] = listOpenings(instance.app);
  assert.equal(kept?.record.seen.length, 1);
  const { app, home } = instance;
  const events = app.store.database.prepare('SELECT count(*) AS n FROM opening_record').get();
  assert.equal(events?.['n'], 1);
  assert.ok(!readFileSync(join(home, 'orbit.db')).includes('INC-7'), 'sealed in the database');
  const list = await cli(['kit', 'opened'], { home });
  assert.match(list.stdout, new RegExp(`${kept?.id}.*Ana Souza.*INC-7`));
  const again = await cli(['kit', 'opened', kept?.id ?? ''], { home });
  assert.match(again.stdout, /core switch +Password/);
});

test('a password that was changed since is marked as done', async (context) => {
  const { instance, kit, records, bringBack } = await opened(context);
  await kit('show', 'core switch', '--reveal', 'password');
  const { app, clock, home } = instance;
  const ahead = Date.now() - clock.now().getTime() + 60_000;
  clock.advance(ahead);
  app.vault.edit(app.vault.find('core switch').id, { password: new SecretString('rotated') });
  await bringBack(records()[0] ?? '');
  const id = listOpenings(app)[0]?.id ?? '';
  const { rotate } = JSON.parse((await cli(['kit', 'opened', id, '--json'], { home })).stdout) as {
    rotate: { path: string; changedAt?: string }[];
  };
  assert.equal(rotate[0]?.path, 'core switch');
  assert.ok(rotate[0]?.changedAt !== undefined);
});

test('an export is recorded as all that left', async (context) => {
  const { instance, kit, records, bringBack } = await opened(context);
  const out = join(instance.folder, 'all.csv');
  assert.equal((await kit('export', out, '--format', 'csv')).exitCode, 0);
  assert.match((await bringBack(records()[0] ?? '')).stdout, /3 secrets were exported to a file/);
});

test('without a name and a reason, and nobody to ask, values are shown and it is said that no record is kept', async (context) => {
  const { instance } = await opened(context);
  const args = ['kit', 'show', instance.place, 'web-01', '--reveal', 'password', '--record-folder', instance.folder];
  const shown = await cli([...args, '--master-password-file', instance.masterFile]);
  assert.equal(shown.stdout, 'pw of web-01\n');
  assert.match(shown.stderr, /no opening record is kept/);
});

test('a record folder that cannot be written does not keep people from their passwords', async (context) => {
  const { instance } = await opened(context);
  const args = ['kit', 'show', instance.place, 'web-01', '--reveal', 'password', '--who', 'A', '--reason', 'b'];
  const home = process.env['HOME'];
  process.env['HOME'] = instance.folder;
  context.after(() => (process.env['HOME'] = home));
  const shown = await cli([...args, '--record-folder', '/proc/nowhere', '--master-password-file', instance.masterFile]);
  assert.equal(shown.stdout, 'pw of web-01\n');
  assert.ok(
    readdirSync(instance.folder).some((name) => name.startsWith('orbit-opening-')),
    'saved in the home folder instead',
  );
});

test('the record that open.html makes is taken in, and a later one of the same opening replaces it', async (context) => {
  const { instance, bringBack } = await opened(context);
  const { app, folder } = instance;
  const key = currentKey(app.store);
  const page = new URL('../../web/open/opening-record.ts', import.meta.url).href;
  const { newRecord, sealRecord } = (await import(page)) as PageRecords;
  const manifest = { kit: 'k', fingerprint: 'f', recoveryKey: { id: key.id } };
  const record = newRecord(
    manifest,
    { name: 'Rui', reason: 'fire', failedAttempts: 2 },
    { way: 'shares', shares: [1, 3] },
  );
  const at = new Date().toISOString();
  const entry = entryUuid('vault', app.vault.find('web-01').id);
  const [first, second] = [join(folder, 'one.age'), join(folder, 'two.age')];
  writeFileSync(first, await sealRecord(record, key.recipient));
  record.seen.push({ entry, title: 'web-01', value: 'Password', how: 'copied', at });
  record.seen.push({ entry, title: 'web-01', value: 'totp', how: 'shown', at });
  await new Promise((resolve) => setTimeout(resolve, 2));
  writeFileSync(second, await sealRecord(record, key.recipient));
  assert.match((await bringBack(first)).stdout, /No value was looked at/);
  const back = await bringBack(second);
  assert.match(back.stdout, /Rui opened the kit k .* with shares 1, 3/);
  assert.match(back.stdout, /failed before: 2/);
  assert.match(back.stdout, /web-01 +Password, totp/);
  await bringBack(first);
  assert.equal(listOpenings(app).length, 1);
  assert.equal(listOpenings(app)[0]?.record.seen.length, 2, 'an earlier record does not take the later one away');
});

test('a record made under an earlier recovery key is opened with the current one', async (context) => {
  const { instance, kit, records } = await opened(context);
  await kit('show', 'web-01', '--reveal', 'password');
  const next = 'velvet 91 acorn bishop tundra lemon';
  const previous = { masterPassword: new SecretString(drillMasterPassword) };
  instance.clock.advance(1000);
  await startCeremony({ ...instance.app, workFactor: 10 }, { masterPassword: new SecretString(next), previous });
  const file = join(instance.folder, 'next');
  writeFileSync(file, next);
  const back = await cli(['kit', 'opened', records()[0] ?? '', '--master-password-file', file], {
    home: instance.home,
  });
  assert.match(back.stdout, /web-01 +Password/, back.stderr);
});

test('stock age opens a record with the recovery key', needs('age'), async (context) => {
  const { instance, kit, records } = await opened(context);
  await kit('show', 'web-01', '--reveal', 'password');
  const { wrappedByPassword } = currentKey(instance.app.store);
  const { identity } = await unwrapByPassword(
    wrappedByPassword ?? Buffer.alloc(0),
    new SecretString(drillMasterPassword),
  );
  const key = join(instance.folder, 'key');
  writeFileSync(key, bech32Encode('age-secret-key-', identity.secret).toString('latin1').toUpperCase());
  const result = await runProgram('age', ['-d', '-i', key, records()[0] ?? '']);
  assert.match(result.stdout.toString(), /"name": "Ana Souza"/);
});

test('a record that was changed, is none, or was sealed to others is refused with its name', async (context) => {
  const { instance, kit, records, bringBack } = await opened(context);
  await kit('show', 'web-01', '--reveal', 'password');
  const [file = ''] = records();
  const bytes = readFileSync(file);
  bytes[bytes.length - 5] = (bytes[bytes.length - 5] ?? 0) ^ 1;
  writeFileSync(file, bytes);
  assert.match((await bringBack(file)).stderr, /breakglass\.damaged-file/);
  assert.match((await bringBack(join(instance.folder, 'nothing'))).stderr, /cli\.unreadable-file/);
  const stranger = await opened(context);
  await stranger.kit('show', 'web-01', '--reveal', 'password');
  assert.match((await bringBack(stranger.records()[0] ?? '')).stderr, /breakglass\.wrong-key/);
  await assert.rejects(openOpeningRecord('x', Buffer.from('no age file'), []), Error);
});

test('whatever a record holds is answered with a record or a failure, never with a crash', () => {
  const good = { entry: 'e', title: 't', value: 'v', how: 'shown', at: '2026-11-23T05:00:00.000Z' };
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 400 }),
        fc.json().map((text) => Buffer.from(text)),
      ),
      (bytes) => {
        assert.throws(() => parseOpeningRecord('x', Buffer.from(bytes)), isFailure);
      },
    ),
  );
  fc.assert(
    fc.property(fc.array(fc.record({ entry: fc.string(), title: fc.string(), value: fc.string() })), (rows) => {
      const seen = rows.map((row) => ({ ...good, ...row })) as Parameters<typeof secretsToRotate>[0]['seen'];
      const { secrets, exported } = secretsToRotate({ seen });
      const entries = new Set(
        seen.filter(({ entry, value }) => entry !== '' || !/^export of \d{1,9}$/.test(value)).map(({ entry }) => entry),
      );
      assert.deepEqual(new Set(secrets.map(({ entry }) => entry)), entries);
      assert.ok(exported >= 0);
    }),
  );
  assert.throws(() => parseOpeningRecord('x', Buffer.from('{}')), failure('breakglass.bad-record', /x/));
});

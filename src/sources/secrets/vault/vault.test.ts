import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { failure } from '../../../../test/support/failures.ts';
import { everyPrintable, opened, secretRecord } from '../../../../test/support/secrets.ts';
import { temporaryFolder } from '../../../../test/support/temporary-folder.ts';
import { fixedClock, systemClock } from '../../../base/clock.ts';
import { SecretString } from '../../../base/secret-string.ts';
import { instanceKeyFrom, openInstanceKey } from '../../../store/instance-key.ts';
import { memoryStore, openStore, type Store } from '../../../store/store.ts';
import { openVault, type Vault } from './vault.ts';
import type { SecretDraft } from './vault-types.ts';

const secret = (value: string): SecretString => new SecretString(value);
function emptyVault(): { vault: Vault; store: Store; clock: ReturnType<typeof fixedClock> } {
  const store = memoryStore();
  const clock = fixedClock(new Date('2026-03-01T08:00:00Z'));
  return { vault: openVault(store, instanceKeyFrom(Buffer.alloc(32, 1)), clock), store, clock };
}

const wholeDraft: SecretDraft = {
  title: `Título ✓ ${everyPrintable}`,
  username: `root@ß${everyPrintable}`,
  password: secret(`${everyPrintable}\t\r\n\u0000\u{1F511}\u0627`),
  url: 'ssh://db01.example:22/?a=b&c',
  notes: secret('two\nlines'),
  fields: [
    { name: 'PIN', value: secret('0000'), isProtected: true },
    { name: 'rack', value: secret('B 7'), isProtected: false },
  ],
  type: 'database',
  groups: ['Servers', 'São Paulo'],
  tags: ['prod', 'produção'],
  totp: secret('otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ'),
  attachments: [{ name: 'id_ed25519', bytes: Buffer.from([0, 255, 10, 13]) }],
  expiresAt: new Date('2026-12-31T23:59:59Z'),
};

test('a secret with everything in it comes back as it was put', () => {
  const { vault } = emptyVault();
  const id = vault.add(wholeDraft);
  const shown = vault.show(id);
  for (const [name, value] of Object.entries(wholeDraft)) {
    assert.deepEqual(opened(shown[name as keyof typeof shown]), opened(value), name);
  }
  assert.equal(shown.revision, 1);
  assert.deepEqual(shown.history, []);
  assert.deepEqual([...vault.records()].map(opened), [opened(shown)]);
});

test('each change keeps what was before: password, notes, fields, TOTP, title, groups and attachments', () => {
  const { vault, clock } = emptyVault();
  const id = vault.add(wholeDraft);
  clock.advance(60_000);
  assert.equal(vault.edit(id, { password: secret('second'), title: 'New title', groups: null, totp: null }), true);
  clock.advance(60_000);
  assert.equal(vault.edit(id, { attachments: [{ name: 'cert.pem', bytes: Buffer.from('cert') }] }), true);
  const shown = vault.show(id);
  assert.equal(shown.revision, 3);
  assert.equal(shown.password.reveal(), 'second');
  assert.equal(shown.totp, undefined);
  assert.deepEqual(
    shown.attachments.map((attachment) => attachment.name),
    ['cert.pem'],
  );
  assert.equal(shown.changedAt.toISOString(), '2026-03-01T08:02:00.000Z');
  const [first, second] = shown.history;
  for (const [name, value] of Object.entries(wholeDraft)) {
    assert.deepEqual(opened(first?.[name as keyof typeof first]), opened(value), name);
  }
  assert.equal(first?.changedAt.toISOString(), '2026-03-01T08:00:00.000Z');
  assert.equal(second?.title, 'New title');
  assert.deepEqual(second?.groups, []);
  assert.deepEqual(
    second?.attachments.map((attachment) => attachment.name),
    ['id_ed25519'],
  );
});

test('a change that changes nothing makes no version and does not move the generation', () => {
  const { vault } = emptyVault();
  const id = vault.add(wholeDraft);
  const before = vault.generation;
  const { title: _title, ...rest } = wholeDraft;
  assert.equal(vault.edit(id, rest), false);
  assert.equal(vault.generation, before);
  assert.equal(vault.show(id).revision, 1);
});

test('the generation moves with every add, edit, remove, restore and import', () => {
  const { vault } = emptyVault();
  const seen = new Set([vault.generation]);
  const moved = (): void => {
    assert.ok(!seen.has(vault.generation));
    seen.add(vault.generation);
  };
  const id = vault.add({ title: 'a' });
  moved();
  vault.edit(id, { username: 'u' });
  moved();
  vault.remove(id);
  moved();
  vault.restore(id);
  moved();
  vault.restore(id, { revision: 1 });
  moved();
  vault.importAll([secretRecord({ id: 'i1', title: 'b' })]);
  moved();
});

test('a removed secret leaves lists and kits, keeps its past, and comes back', () => {
  const { vault } = emptyVault();
  const id = vault.add({ title: 'Mail', password: secret('one') });
  vault.edit(id, { password: secret('two') });
  vault.remove(id);
  assert.deepEqual([...vault.list()], []);
  assert.deepEqual([...vault.records()], []);
  assert.deepEqual(vault.ids(), []);
  assert.equal([...vault.list({ removed: 'only' })][0]?.id, id);
  assert.throws(() => vault.edit(id, { title: 'x' }), failure('vault.removed', /Mail/));
  vault.restore(id);
  assert.equal(vault.show(id).history[0]?.password.reveal(), 'one');
  assert.deepEqual(vault.ids(), [id]);
});

test('an earlier version becomes the current one again, and what it replaces is kept', () => {
  const { vault } = emptyVault();
  const id = vault.add(wholeDraft);
  vault.edit(id, { password: secret('bad idea'), attachments: null, totp: null });
  vault.restore(id, { revision: 1 });
  const shown = vault.show(id);
  assert.equal(shown.revision, 3);
  for (const [name, value] of Object.entries(wholeDraft)) {
    assert.deepEqual(opened(shown[name as keyof typeof shown]), opened(value), name);
  }
  assert.equal(shown.history[1]?.password.reveal(), 'bad idea');
  assert.throws(() => vault.restore(id, { revision: 9 }), failure('vault.no-version', /1 to 3/));
});

test('search finds words in any order, whatever their case and accents, and filters combine', () => {
  const { vault } = emptyVault();
  vault.add({ title: 'Produção database', username: 'postgres', groups: ['Servers', 'DB'], tags: ['prod'] });
  vault.add({ title: 'Mail', groups: ['Servers'], expiresAt: new Date('2026-04-01') });
  const titles = (filter: Parameters<Vault['list']>[0]): string[] => [...vault.list(filter)].map((s) => s.title).sort();
  assert.deepEqual(titles({ search: 'DATABASE producao' }), ['Produção database']);
  assert.deepEqual(titles({ groups: ['Servers'] }), ['Mail', 'Produção database']);
  assert.deepEqual(titles({ groups: ['Servers', 'DB'] }), ['Produção database']);
  assert.deepEqual(titles({ tag: 'prod', search: 'mail' }), []);
  assert.deepEqual(titles({ expiresBefore: new Date('2026-05-01') }), ['Mail']);
});

test('a list shows what somebody else changed since the last one', () => {
  const { vault, store, clock } = emptyVault();
  const id = vault.add({ title: 'before', tags: ['t'] });
  const [first] = vault.list();
  first?.tags.push('not stored');
  const other = openVault(store, instanceKeyFrom(Buffer.alloc(32, 1)), clock);
  assert.deepEqual([...vault.list()][0]?.tags, ['t']);
  other.edit(id, { title: 'after' });
  assert.equal([...vault.list()][0]?.title, 'after');
  store.database.exec(`UPDATE secret SET label = zeroblob(40) WHERE id = '${id}'`);
  assert.throws(() => [...vault.list()], failure('vault.damaged-secret'));
});

test('a secret is found by id, by title, by path, and two of the same title are told apart', () => {
  const { vault } = emptyVault();
  const one = vault.add({ title: 'root', groups: ['A'] });
  const two = vault.add({ title: 'root', groups: ['B'] });
  const three = vault.add({ title: 'Root' });
  assert.equal(vault.find(two).id, two);
  assert.equal(vault.find('B/root').id, two);
  assert.equal(vault.find('Root').id, three);
  assert.throws(() => vault.find('root'), failure('vault.ambiguous', new RegExp(`A/root \\(${one}\\)`)));
  assert.throws(() => vault.find('nobody'), failure('vault.no-secret', /nobody/));
});

test('somebody who looked at an older revision does not overwrite a newer one', () => {
  const { vault } = emptyVault();
  const id = vault.add({ title: 'shared' });
  vault.edit(id, { username: 'first' }, { ifRevision: 1 });
  assert.throws(
    () => vault.edit(id, { username: 'second' }, { ifRevision: 1 }),
    failure('vault.changed-meanwhile', /shared/),
  );
});

test('a damaged value names its secret, and all others can still be read', () => {
  const { vault, store } = emptyVault();
  const ids = ['one', 'two', 'three'].map((title) => vault.add({ title, password: secret(title) }));
  const hurt = ids[1] ?? '';
  store.database.exec(
    `UPDATE secret SET contents = CAST(x'01020304' || substr(contents, 5) AS BLOB) WHERE id = '${hurt}'`,
  );
  assert.throws(() => vault.show(hurt), failure('vault.damaged-secret', new RegExp(`'two' \\(${hurt}`)));
  const read: string[] = [];
  assert.throws(
    () => {
      for (const { title } of vault.records()) read.push(title);
    },
    failure('vault.damaged-secret', /'two'/),
  );
  assert.deepEqual(read.sort(), ['one', 'three']);
});

test('the value of one secret, or of one version, does not open in the place of another', () => {
  const { vault, store } = emptyVault();
  const one = vault.add({ title: 'one', password: secret('old') });
  const two = vault.add({ title: 'two', password: secret('other') });
  vault.edit(one, { password: secret('new') });
  store.database.exec(
    `UPDATE secret SET contents = (SELECT contents FROM secret WHERE id = '${two}') WHERE id = '${one}'`,
  );
  assert.throws(() => vault.show(one), failure('vault.damaged-secret'));
  store.database.exec(
    `UPDATE secret SET contents = (SELECT contents FROM secret_version WHERE secret_id = '${one}') WHERE id = '${one}'`,
  );
  assert.throws(() => vault.show(one), failure('vault.damaged-secret'));
});

test('nothing a person typed is in any file of the data folder in clear', async (context) => {
  const home = await temporaryFolder(context);
  const store = openStore(home);
  const vault = openVault(store, openInstanceKey(home), systemClock);
  const canaries: string[] = [];
  const canary = (what: string): string => {
    canaries.push(`CANARY-${what}-7f3a`);
    return `CANARY-${what}-7f3a`;
  };
  const draft = (round: string): SecretDraft => ({
    title: canary(`title${round}`),
    username: canary(`username${round}`),
    password: secret(canary(`password${round}`)),
    url: canary(`url${round}`),
    notes: secret(canary(`notes${round}`)),
    fields: [{ name: canary(`field-name${round}`), value: secret(canary(`field${round}`)), isProtected: false }],
    groups: [canary(`group${round}`)],
    tags: [canary(`tag${round}`)],
    totp: secret(canary(`totp${round}`)),
    attachments: [{ name: canary(`file${round}`), bytes: Buffer.from(canary(`bytes${round}`)) }],
  });
  const id = vault.add(draft('1'));
  vault.edit(id, draft('2'));
  vault.importAll([secretRecord({ id: 'i1', ...draft('3') })]);
  vault.remove(id);
  const search = (): void => {
    const files = readdirSync(home);
    assert.ok(files.includes('orbit.db'));
    for (const file of files) {
      const bytes = readFileSync(join(home, file));
      for (const value of canaries) assert.equal(bytes.includes(value), false, `${value} is in ${file}`);
      assert.equal(bytes.includes(Buffer.from('CANARY-', 'utf16le')), false, file);
    }
  };
  search();
  assert.ok(readdirSync(home).includes('orbit.db-wal'), 'the write-ahead log was searched too');
  store.close();
  search();
});

test('two processes that change the vault at once lose nothing', async (context) => {
  const home = await temporaryFolder(context);
  const store = openStore(home);
  const vault = openVault(store, openInstanceKey(home), systemClock);
  const id = vault.add({ title: 'shared', username: '0' });
  const writers = ['a', 'b'].map((name) =>
    fork(new URL('../../../../test/support/vault-writer.ts', import.meta.url), [home, id, name], { stdio: 'inherit' }),
  );
  const ends = await Promise.all(writers.map((writer) => once(writer, 'exit')));
  assert.deepEqual(
    ends.map(([code]) => code as number),
    [0, 0],
  );
  const shown = vault.show(id);
  assert.equal(shown.revision, 1 + 2 * 40);
  assert.equal(shown.tags.length, 2 * 40);
  assert.equal(vault.generation, 1 + 2 * 40 + 2 * 40);
  assert.equal(vault.ids().length, 1 + 2 * 40);
  store.close();
});

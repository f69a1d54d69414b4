// What a secret was before comes through every form whole: second factor, files, fields, user name and address.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import kdbxweb from 'kdbxweb';
import { keepassxc } from '../../../test/support/keepassxc.ts';
import { opened } from '../../../test/support/secrets.ts';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { needs } from '../../../test/support/tools.ts';
import { fixedClock } from '../../base/clock.ts';
import { SecretString } from '../../base/secret-string.ts';
import { writeKdbx } from '../../kdbx/kdbx.ts';
import { instanceKeyFrom } from '../../store/instance-key.ts';
import { memoryStore } from '../../store/store.ts';
import { exportJson } from './export/json-export.ts';
import type { SecretImporter } from './import/importer.ts';
import { kdbxImporter } from './import/kdbx-import.ts';
import { orbitJsonImporter } from './import/orbit-json-import.ts';
import { toKdbxEntry } from './kdbx-entry.ts';
import type { SecretRecord } from './secret-record.ts';
import { openVault, type Vault } from './vault/vault.ts';

const password = new SecretString('pw');
const uriOf = (seed: string): string => `otpauth://totp/x?secret=${seed}`;

/** A vault with one secret, everything of which changed once. */
function changedVault(): Vault {
  const clock = fixedClock(new Date('2026-01-01T00:00:00Z'));
  const vault = openVault(memoryStore(), instanceKeyFrom(Buffer.alloc(32, 1)), clock);
  const id = vault.add({
    title: 'switch',
    username: 'old-user',
    password: new SecretString('old-password'),
    url: 'ssh://old',
    totp: new SecretString(uriOf('JBSWY3DPEHPK3PXP')),
    fields: [{ name: 'PIN', value: new SecretString('1111'), isProtected: true }],
    attachments: [{ name: 'key.pem', bytes: Buffer.from('old file') }],
    tags: ['old; tag', 'both'],
    expiresAt: new Date('2026-06-01T00:00:00.250Z'),
  });
  clock.advance(60_000);
  vault.edit(id, {
    username: 'new-user',
    password: new SecretString('new-password'),
    url: 'ssh://new',
    totp: new SecretString(uriOf('KRSXG5CTMVRXEZLU')),
    fields: [{ name: 'PIN', value: new SecretString('2222'), isProtected: true }],
    attachments: [{ name: 'key.pem', bytes: Buffer.from('new file') }],
    tags: ['both'],
    expiresAt: null,
  });
  clock.advance(60_000);
  vault.edit(id, { tags: [], expiresAt: new Date('2028-01-01T00:00:00Z') });
  return vault;
}

async function kdbxOf(vault: Vault): Promise<Buffer> {
  const entries = [...vault.records()].map((record) => toKdbxEntry(record));
  return await writeKdbx(entries, { password }, { kdf: { kind: 'aes', rounds: 1 } });
}

async function takenFrom(importer: SecretImporter, bytes: Uint8Array): Promise<SecretRecord[]> {
  return await Array.fromAsync(importer.read(bytes, { password }));
}

test('another vault that takes in the export, as JSON or as KDBX, has the same past', async () => {
  const vault = changedVault();
  const json = Buffer.from((await Array.fromAsync(exportJson(vault.records()))).join(''));
  for (const records of [
    await takenFrom(orbitJsonImporter, json),
    await takenFrom(kdbxImporter, await kdbxOf(vault)),
  ]) {
    const other = openVault(memoryStore(), instanceKeyFrom(Buffer.alloc(32, 2)), fixedClock(new Date()));
    other.importAll(records);
    assert.deepEqual(opened([...other.records()]), opened([...vault.records()]));
    const [past] = [...other.records()].flatMap(({ history }) => history);
    assert.equal(past?.attachments?.[0]?.bytes.toString(), 'old file');
    assert.equal(past?.totp?.reveal(), uriOf('JBSWY3DPEHPK3PXP'));
    assert.deepEqual([past?.tags, past?.expiresAt], [['old; tag', 'both'], new Date('2026-06-01T00:00:00.250Z')]);
  }
});

test('kdbxweb and KeePassXC find the past in its history entry', needs('keepassxc-cli'), async (context) => {
  const bytes = await kdbxOf(changedVault());
  const credentials = new kdbxweb.Credentials(kdbxweb.ProtectedValue.fromString('pw'));
  const database = await kdbxweb.Kdbx.load(new Uint8Array(bytes).buffer, credentials);
  const past = [...database.getDefaultGroup().allEntries()][0]?.history[0];
  const text = (name: string): string | undefined => {
    const value = past?.fields.get(name);
    return value instanceof kdbxweb.ProtectedValue ? value.getText() : value;
  };
  assert.deepEqual(['UserName', 'Password', 'URL', 'otp', 'PIN'].map(text), [
    'old-user',
    'old-password',
    'ssh://old',
    uriOf('JBSWY3DPEHPK3PXP'),
    '1111',
  ]);
  assert.deepEqual(past?.tags, ['old_ tag', 'both']);
  assert.deepEqual([past?.times.expires, past?.times.expiryTime], [true, new Date('2026-06-01T00:00:00Z')]);
  const file = past?.binaries.get('key.pem');
  const held = file !== undefined && 'value' in file ? file.value : undefined;
  const clear = held instanceof kdbxweb.ProtectedValue ? held.getBinary() : new Uint8Array(held ?? new ArrayBuffer(0));
  assert.equal(Buffer.from(clear).toString(), 'old file');

  const path = join(await temporaryFolder(context), 'past.kdbx');
  await writeFile(path, bytes);
  const xml = await keepassxc(['export', '-q', '-f', 'xml', path], 'pw');
  const history = /<History>.*?<\/Entry>/s.exec(xml)?.[0] ?? '';
  for (const part of [
    'old-user',
    'old-password',
    'ssh://old',
    '1111',
    'secret=JBSWY3DPEHPK3PXP',
    '<Key>key.pem</Key>',
  ]) {
    assert.ok(history.includes(part), part);
  }
  assert.doesNotMatch(history, /new-password/);
  assert.deepEqual(await readFile(path), bytes);
});

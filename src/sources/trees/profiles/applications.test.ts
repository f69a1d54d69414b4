import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { preparedProfile } from '../../../../test/support/prepared-profile.ts';
import { temporaryFolder } from '../../../../test/support/temporary-folder.ts';
import { bytesOf } from '../../../../test/support/virtual-files.ts';
import { configFields } from '../../../base/secret-schema.ts';
import { applicationProfile } from './application.ts';
import { profileKind, profileKinds } from './profiles.ts';

test('every profile says in both languages what it takes, consistent how, and how it comes back', () => {
  for (const { kind, about, config } of profileKinds) {
    for (const text of [about.takes, about.consistent, about.back]) {
      assert.ok(text.en.length > 20 && text.pt.length > 20, kind);
      assert.notEqual(text.en, text.pt, kind);
    }
    for (const field of configFields(config)) assert.notEqual(field.title, field.name, `${kind}: ${field.name}`);
  }
});

test('the applications of a PAM team are known, and say whose database they need', () => {
  for (const kind of ['vaultwarden', 'guacamole', 'jumpserver', 'passbolt', 'teleport', 'keycloak']) profileKind(kind);
  for (const kind of ['guacamole', 'jumpserver', 'passbolt', 'keycloak'])
    assert.ok(profileKind(kind).companions?.includes('postgresql'), kind);
});

test('of an application those places are taken that are there; its SQLite database by a copy instead of the file', async (context) => {
  const folder = await temporaryFolder(context);
  const data = join(folder, 'data');
  mkdirSync(join(data, 'attachments'), { recursive: true });
  writeFileSync(join(data, 'attachments/a'), 'a');
  const database = new DatabaseSync(join(data, 'db.sqlite3'));
  database.exec("CREATE TABLE users (name TEXT); INSERT INTO users VALUES ('ana')");
  const both = { en: 'data and settings of it', pt: 'dados e configurações dele' };
  const profile = applicationProfile({
    kind: 'app',
    title: 'App',
    signs: [data],
    folders: [data, join(folder, 'not there')],
    sqlite: [join(data, 'db.sqlite3'), join(data, 'other.sqlite3')],
    excludes: [join(data, 'cache')],
    services: ['app.service'],
    takes: both,
    back: both,
  });
  assert.deepEqual(await profile.detect({}), {});
  const prepared = await preparedProfile(profile, {});
  assert.deepEqual(prepared.folders, [data]);
  assert.ok(prepared.excludes.includes(join(data, 'db.sqlite3')) && prepared.excludes.includes(join(data, 'cache')));
  assert.equal(prepared.files.length, 1);
  assert.ok((await bytesOf(prepared.files[0] ?? assert.fail())).subarray(0, 15).equals(Buffer.from('SQLite format 3')));
  assert.deepEqual(
    prepared.copies?.map(({ path }) => path),
    [join(data, 'db.sqlite3')],
  );
  database.close();
});

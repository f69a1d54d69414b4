import assert from 'node:assert/strict';
import { createDecipheriv, hkdfSync } from 'node:crypto';
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import fc from 'fast-check';
import { failure } from '../../test/support/failures.ts';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { fixedClock } from '../base/clock.ts';
import { copiesFolder, copyDaily, newestCopy } from './database-copy.ts';
import { instanceKeyFrom, openInstanceKey } from './instance-key.ts';
import { nativeGcm } from './native-gcm.ts';
import { memoryStore, openStore } from './store.ts';

test('a newer version keeps a copy of the database before it changes it, and a daily one is whole', async (context) => {
  const home = await temporaryFolder(context);
  const clock = fixedClock(new Date('2026-11-26T05:00:00Z'));
  const first = openStore(home);
  first.database.exec(`INSERT INTO setting (name, value) VALUES ('kept', '1')`);
  for (let day = 0; day < 9; day++) {
    await copyDaily(first.database, home, clock);
    await copyDaily(first.database, home, clock);
    clock.advance(24 * 60 * 60_000);
  }
  const daily = readdirSync(copiesFolder(home));
  assert.deepEqual([daily.length, daily[0], daily.at(-1)], [7, '2026-11-28.db', '2026-12-04.db']);
  assert.equal(newestCopy(home), join(copiesFolder(home), '2026-12-04.db'));
  // As an older version left it: the newest migration was never applied.
  first.database.exec(`DELETE FROM migration WHERE name = '064-timing.sql'; ALTER TABLE job DROP COLUMN timing`);
  first.close();
  openStore(home).close();
  const [name = ''] = readdirSync(copiesFolder(home)).filter((each) => each.startsWith('before-change-'));
  const before = new DatabaseSync(join(copiesFolder(home), name), { readOnly: true });
  assert.equal(before.prepare(`SELECT value FROM setting WHERE name = 'kept'`).get()?.['value'], '1');
  assert.throws(() => before.prepare('SELECT timing FROM job').get(), /no such column/);
  assert.equal(statSync(join(copiesFolder(home), '2026-12-04.db')).mode & 0o777, 0o600);
  before.close();
});

test('a store opened twice applies each migration once', async (context) => {
  const home = await temporaryFolder(context);
  openStore(home).close();
  const store = openStore(home);
  const rows = store.database.prepare('SELECT count(*) AS n, count(DISTINCT name) AS d FROM migration').get();
  assert.ok(Number(rows?.['n']) > 0);
  assert.equal(rows?.['n'], rows?.['d']);
  store.close();
});

test('a failed transaction leaves nothing', () => {
  const store = memoryStore();
  assert.throws(() =>
    store.transaction(() => {
      store.database.exec(`INSERT INTO setting VALUES ('a', '1')`);
      throw new Error('no');
    }),
  );
  assert.equal(store.database.prepare('SELECT count(*) AS n FROM setting').get()?.['n'], 0);
});

test('a database of a newer Orbit is refused, and so is a file that is none', async (context) => {
  const home = await temporaryFolder(context);
  const store = openStore(home);
  store.database.exec(`INSERT INTO migration VALUES ('999-tomorrow.sql', 'x')`);
  store.close();
  assert.throws(() => openStore(home), failure('store.newer', /999-tomorrow/));
  const other = await temporaryFolder(context);
  writeFileSync(join(other, 'orbit.db'), 'this is a text, not a database'.repeat(99));
  assert.throws(() => openStore(other), failure('store.unreadable'));
});

test('the instance key is made once, mode 0600, and opens what it sealed under the same purpose only', async (context) => {
  const home = await temporaryFolder(context);
  const sealed = openInstanceKey(home).seal('vault:1', 'pässword');
  assert.equal((await stat(join(home, 'instance.key'))).mode & 0o777, 0o600);
  assert.equal(openInstanceKey(home).open('vault:1', sealed).toString(), 'pässword');
  assert.throws(() => openInstanceKey(home).open('vault:2', sealed), failure('store.damaged-value'));
});

test('a sealed value with any byte changed is refused', () => {
  const key = instanceKeyFrom(Buffer.alloc(32, 7));
  const sealed = key.seal('p', 'value');
  for (let index = 0; index < sealed.length; index += 1) {
    const changed = Buffer.from(sealed);
    changed[index] = (changed[index] ?? 0) ^ 1;
    assert.throws(() => key.open('p', changed), failure('store.damaged-value'));
  }
  assert.throws(() => key.open('p', sealed.subarray(0, 5)), failure('store.damaged-value'));
});

test('the key of a value is HKDF-SHA256 of the instance key, whatever its purpose is', () => {
  const purposes = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.string({ minLength: 930, maxLength: 990 }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), purposes, (bytes, purpose) => {
      const instanceKey = instanceKeyFrom(bytes);
      // A purpose before it must leave nothing behind.
      instanceKey.seal('another purpose, which is longer than most of them are', '');
      const sealed = instanceKey.seal(purpose, 'value');
      const valueKey = Buffer.from(hkdfSync('sha256', bytes, '', `orbit/${purpose}`, 32));
      const decipher = createDecipheriv('aes-256-gcm', valueKey, sealed.subarray(1, 13));
      decipher.setAuthTag(sealed.subarray(-16));
      assert.equal(decipher.update(sealed.subarray(13, -16)).toString() + decipher.final().toString(), 'value');
    }),
  );
});

test('a quickened key opens the same values, refuses the same changes, and leaves nothing of them behind', async () => {
  const plain = instanceKeyFrom(Buffer.alloc(32, 7));
  const quick = instanceKeyFrom(Buffer.alloc(32, 7));
  await quick.quicken();
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), fc.string({ maxLength: 90 }), (value, purpose) => {
      const sealed = plain.seal(purpose, value);
      const expected = Buffer.from(value).toString();
      assert.equal(quick.openText(purpose, sealed), expected);
      assert.deepEqual(quick.open(purpose, sealed), plain.open(purpose, sealed));
      assert.equal(plain.openText(purpose, quick.seal(purpose, value)), expected);
    }),
  );
  const sealed = plain.seal('p', 'value');
  for (let index = 0; index < sealed.length; index += 1) {
    const changed = Buffer.from(sealed);
    changed[index] = (changed[index] ?? 0) ^ 1;
    for (const key of [plain, quick]) {
      assert.throws(() => key.openText('p', changed), failure('store.damaged-value'));
      assert.throws(() => key.open('p', changed), failure('store.damaged-value'));
    }
  }
  const large = Buffer.alloc(300_000, 'x');
  assert.deepEqual(quick.open('large', plain.seal('large', large)), large);
  assert.equal(quick.openText('large', plain.seal('large', large)).length, large.length);
});

test('the native AES-GCM is what this platform is meant to use', async () => {
  assert.ok(process.env['ORBIT_PORTABLE'] === '1' || (await nativeGcm()) !== undefined);
});

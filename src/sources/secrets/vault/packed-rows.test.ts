// Rows packed from their bytes, and rows opened into objects and packed: never another content.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { anyRecord, recordOf } from '../../../../test/support/any-record.ts';
import { someSecrets } from '../../../../test/support/many-secrets.ts';
import { fc } from '../../../../test/support/seeded.ts';
import { temporaryFolder } from '../../../../test/support/temporary-folder.ts';
import { fixedClock } from '../../../base/clock.ts';
import { type InstanceKey, openInstanceKey } from '../../../store/instance-key.ts';
import { openStore, type Store } from '../../../store/store.ts';
import { RecordPacker } from '../packed-records.ts';
import type { SecretRecord } from '../secret-record.ts';
import { RowPacker } from './packed-rows.ts';
import { openVault } from './vault.ts';
import { everyId, openWhole, readEach } from './vault-read.ts';
import { vaultRows } from './vault-rows.ts';

interface Site {
  store: Store;
  key: InstanceKey;
}

async function siteWith(t: TestContext, secrets: Iterable<SecretRecord>): Promise<Site> {
  const home = await temporaryFolder(t);
  const store = openStore(home);
  t.after(() => store.close());
  const key = openInstanceKey(home);
  openVault(store, key, fixedClock(new Date('2026-11-27T12:00:00.123Z'))).importAll(secrets);
  return { store, key };
}

/** What both ways give of every row: undefined where the bytes are not enough. */
function bothWays({ store, key }: Site): { id: string; quick: unknown; whole: unknown }[] {
  const rows = vaultRows(store);
  const packer = new RecordPacker();
  const rowPacker = new RowPacker(key, packer);
  const found = readEach(rows, everyId, (row) => {
    const quick = rowPacker.pack(row);
    const whole = packer.pack(openWhole(rows, key, row));
    const shown = { id: whole.id, groups: [...whole.groups], text: whole.contentBytes().toString() };
    return {
      id: whole.id,
      quick: quick && { id: quick.id, groups: [...quick.groups], text: quick.contentBytes().toString() },
      whole: shown,
    };
  });
  return [...found];
}

test('secrets as people have them are packed from their bytes, with their past', async (t) => {
  const secrets = [...someSecrets(200)];
  const found = bothWays(await siteWith(t, secrets));
  assert.equal(found.length, 200);
  for (const { quick, whole, id } of found) if (quick !== undefined) assert.deepEqual(quick, whole, id);
  const withFiles = secrets.filter(({ attachments }) => attachments.length > 0).length;
  assert.equal(found.filter(({ quick }) => quick === undefined).length, withFiles);
});

test('whatever a secret holds, its bytes are packed as its objects are', async (t) => {
  const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('"\\', '"}', '[]', '\ud800', '\0', 'é🔑'));
  const records = fc.sample(fc.oneof(recordOf(text), anyRecord), { numRuns: 400, seed: 7 });
  const whole = records.map((record, index): SecretRecord => {
    const history = record.history.map(({ attachments: _files, ...version }) => version);
    return { ...record, id: `id-${index}`, attachments: [], history };
  });
  const found = bothWays(await siteWith(t, whole));
  assert.ok(found.length > 300);
  for (const { quick, whole: other, id } of found) assert.deepEqual(quick, other, id);
});

test('a piece that was changed, or written otherwise, is left to whoever opens it whole', async (t) => {
  const site = await siteWith(t, [...someSecrets(3)]);
  const rows = vaultRows(site.store);
  const rowPacker = new RowPacker(site.key, new RecordPacker());
  const [row, other] = rows.page('', everyId.upTo, 2);
  assert.ok(row !== undefined && other !== undefined);
  const whole = { row, past: rows.versions(row.id), hasFiles: false };
  assert.notEqual(rowPacker.pack(whole), undefined);
  const sealed = (text: string): Uint8Array => site.key.seal(`vault:label:${row.id}:${row.revision}`, text);
  for (const label of [
    other.label,
    sealed('{}'),
    sealed('{"username":"u","title":"t"}'),
    sealed('{"title":"'),
    sealed(''),
  ])
    assert.equal(rowPacker.pack({ ...whole, row: { ...row, label } }), undefined);
  assert.equal(rowPacker.pack({ ...whole, row: { ...row, changedAt: 'never' } }), undefined);
  assert.equal(rowPacker.pack({ ...whole, hasFiles: true }), undefined);
  assert.notEqual(rowPacker.pack(whole), undefined);
});

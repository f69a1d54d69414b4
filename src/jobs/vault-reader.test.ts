// A vault that two threads read is the vault. In a process of its own: it watches for threads.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Worker } from 'node:worker_threads';
import { failure } from '../../test/support/failures.ts';
import { someSecret, someSecrets } from '../../test/support/many-secrets.ts';
import { masterPasswords } from '../../test/support/kits.ts';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { openApp } from '../app.ts';
import { fixedClock } from '../base/clock.ts';
import { startCeremony } from '../breakglass/ceremony.ts';
import { helperHeapMiB } from '../breakglass/kit/lost-thread.ts';
import { addDestination } from '../destinations/destination.ts';
import { type PackedRecord, RecordPacker } from '../sources/secrets/packed-records.ts';
import { openVault, type Vault } from '../sources/secrets/vault/vault.ts';
import { type InstanceKey, openInstanceKey } from '../store/instance-key.ts';
import { openStore, type Store } from '../store/store.ts';
import { findJob, saveJob } from './job.ts';
import { loadKitItems, type MarkedItem, markedItem } from './kit-items.ts';
import { passwordPolicy } from './password-policy-fields.ts';
import { runJob } from './runner.ts';
import { readVaultByRanges } from './vault-reader.ts';

const policy = passwordPolicy.parse({});
const markKey = 'key of marks';

interface Site {
  store: Store;
  key: InstanceKey;
  vault: Vault;
  packer: RecordPacker;
}

/** A vault of so many secrets on a disk; every tenth was removed, and some have a past and files. */
async function site(t: TestContext, count: number): Promise<Site> {
  const home = await temporaryFolder(t);
  const store = openStore(home);
  t.after(() => store.close());
  const key = openInstanceKey(home);
  const vault = openVault(store, key, fixedClock(new Date('2026-11-27T12:00:00Z')));
  vault.importAll(someSecrets(count));
  vault.ids().forEach((id, index) => {
    if (index % 10 === 9) vault.remove(id);
  });
  return { store, key, vault, packer: new RecordPacker() };
}

async function readAll(
  { vault, ...how }: Site,
  signal?: AbortSignal,
): Promise<{ records: PackedRecord[]; items: MarkedItem[] }> {
  const found: { records: PackedRecord[]; items: MarkedItem[] } = { records: [], items: [] };
  const reading = { ...how, policy, markKey, ...(signal === undefined ? {} : { signal }) };
  for await (const { records, items } of readVaultByRanges(vault.ids(), reading)) {
    found.records.push(...records);
    found.items.push(...items);
  }
  return found;
}

test('two threads read what one reads: every secret with its past and its files, in order, and what is kept of each', async (t) => {
  for (const count of [0, 1, 1_700]) {
    const vault = await site(t, count);
    const expected = [...vault.vault.records()];
    const packer = new RecordPacker();
    const { records, items } = await readAll(vault);
    assert.deepEqual(
      records.map((record) => record.unpack()),
      expected.map((secret) => packer.pack(secret).unpack()),
    );
    assert.deepEqual(
      records.map(({ groups, hasFiles }) => ({ groups, hasFiles })),
      expected.map((secret) => ({ groups: secret.groups, hasFiles: packer.pack(secret).hasFiles })),
    );
    assert.deepEqual(
      items,
      expected.map((secret) => markedItem(secret, policy, markKey)),
    );
    assert.ok(count < 10 || records.some((record) => record.hasFiles && record.unpack().history.length > 0));
    vault.packer.wipe();
    for (const record of records) assert.ok(record.contentBytes().every((byte) => byte === 0));
  }
});

test('secrets that came after the list was made are read as well', async (t) => {
  const { vault, ...how } = await site(t, 1_200);
  const ids = vault.ids();
  vault.importAll([someSecret(5_000), { ...someSecret(5_001), id: 'zz' }]);
  const read: string[] = [];
  for await (const { records } of readVaultByRanges(ids, { ...how, policy, markKey }))
    read.push(...records.map(({ id }) => id));
  assert.deepEqual(read, vault.ids());
  assert.equal(read.length, ids.length + 2);
});

test('secrets that cannot be opened, in whichever thread, are named together after all others were given', async (t) => {
  const vault = await site(t, 1_700);
  const ids = vault.vault.ids();
  const hurt = [10, 700, 1_200].map((index) => ids[index] as string);
  const damage = vault.store.database.prepare('UPDATE secret SET contents = ? WHERE id = ?');
  for (const id of hurt) damage.run(Buffer.alloc(60), id);
  const given: string[] = [];
  await assert.rejects(
    async () => {
      for await (const { records } of readVaultByRanges(ids, { ...vault, policy, markKey }))
        given.push(...records.map(({ id }) => id));
    },
    failure('vault.damaged-secret', new RegExp(hurt.join('.*'))),
  );
  assert.deepEqual(
    given,
    ids.filter((id) => !hurt.includes(id)),
  );
});

test('a thread that is killed while it reads fails the reading with the reason and a cure', async (t) => {
  const vault = await site(t, 1_700);
  for (const moment of ['online', 'message'])
    await t.test(moment, async () => {
      process.once('worker', (thread: Worker) => void thread.once(moment, () => void thread.terminate()));
      await assert.rejects(readAll(vault), (error: unknown) => {
        failure('vault.reader-stopped', /ended by itself/)(error);
        assert.match((error as { hint: string }).hint, /memory ran out.*run the backup again/);
        return true;
      });
    });
});

test('reading stops when it is told to', async (t) => {
  await assert.rejects(readAll(await site(t, 1_700), AbortSignal.abort(new Error('enough'))), /enough/);
});

test('a run over a large vault reads it so, brings all of it to the destination, and finds it unchanged the next time', async (t) => {
  const folder = await temporaryFolder(t);
  const app = openApp(join(folder, 'home'));
  t.after(() => app.close());
  const [masterPassword] = masterPasswords;
  assert.ok(masterPassword !== undefined);
  app.vault.importAll(someSecrets(10_000));
  await mkdir(join(folder, 'destination'));
  await startCeremony({ ...app, workFactor: 10 }, { masterPassword });
  const place = { name: 'here', kind: 'folder', config: { path: join(folder, 'destination') } };
  addDestination(app.store, app.instanceKey, place);
  saveJob(app.store, { ...findJob(app.store, 'secrets'), destinations: ['here'] });
  const limits: unknown[] = [];
  const note = ({ resourceLimits }: Worker): void => void limits.push(resourceLimits?.maxOldGenerationSizeMb);
  process.on('worker', note);
  t.after(() => void process.off('worker', note));
  const held = app.vault.ids();
  const first = await runJob(app, findJob(app.store, 'secrets'), { startedBy: 'person' });
  assert.equal(first.outcome, 'succeeded');
  // One that reads the vault along, one that reads the kit; a limit of each keeps the run from taking the machine's memory.
  assert.deepEqual(limits, Array(availableParallelism() > 1 ? 2 : 1).fill(helperHeapMiB));
  assert.equal(first.results[0]?.summary?.newItems, held.length);
  const items = (await loadKitItems(app))[0]?.items ?? [];
  assert.deepEqual(
    items.map(({ id }) => id),
    held,
  );
  const again = await runJob(app, findJob(app.store, 'secrets'), { startedBy: 'person' });
  assert.equal(again.outcome, 'succeeded');
  assert.equal(again.results[0]?.summary?.newItems, 0);
});

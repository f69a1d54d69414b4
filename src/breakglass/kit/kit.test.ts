import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryBackend } from '../../backends/memory.ts';
import type { SecretString } from '../../base/secret-string.ts';
import { failure } from '../../../test/support/failures.ts';
import { kitSite, masterPasswords } from '../../../test/support/kits.ts';
import { someSecret, someSecrets, sampleSource } from '../../../test/support/many-secrets.ts';
import { diffClosedKits, diffOpenKits } from './diff-kits.ts';
import { findSecret, searchSecrets, secretPath } from './find-secrets.ts';
import { destinationKitFiles } from './kit-files.ts';
import { lastKit } from './kit-history.ts';
import { openKit } from './open-kit.ts';
import { digestKeyOf, recordDigest } from './record-digest.ts';
import { listKits } from './store-kit.ts';

const [first] = masterPasswords as [SecretString];
test('a kit is stored, opened with the one-run key, and gives every secret back with its past', async () => {
  const site = await kitSite();
  const backend = memoryBackend();
  const result = await site.backUp(backend, someSecrets(120));
  assert.equal(result.outcome, 'written');
  assert.deepEqual(result.sources, [{ id: 's1', records: 120 }]);
  assert.equal(result.proof.depth, 'opened');
  assert.equal(result.proof.records, 120);
  const kit = await openKit(destinationKitFiles(backend, result.proof.kit), { masterPassword: first });
  assert.ok(kit.isSignerKnown);
  const key = digestKeyOf(Buffer.alloc(32));
  const digests = (records: Iterable<{ sourceId: string; record: Parameters<typeof recordDigest>[2] }>): string[] =>
    [...records].map(({ sourceId, record }) => recordDigest(key, sourceId, record).toString('hex')).sort();
  const given = [...someSecrets(120)].map((record) => ({ sourceId: 's1', record }));
  assert.deepEqual(digests(kit.secrets), digests(given));
  const attachment = kit.secrets.find(({ record }) => record.id === 'id-50')?.record.attachments[0];
  assert.deepEqual(attachment, someSecret(50).attachments[0]);
});

test('the files of a kit are those of the format, and the manifest tells no name and no value', async () => {
  const site = await kitSite();
  const backend = memoryBackend();
  const { proof } = await site.backUp(backend, [someSecret(3, { title: 'canary-title', password: 'canary-value' })]);
  const names = [...backend.objects.keys()].map((key) => key.replace(`secrets/${proof.kit}/`, '')).sort();
  assert.deepEqual(names, [
    'README.txt',
    'manifest.json',
    'manifest.sig',
    'records.digests',
    'recovery-key.age',
    'secrets.kdbx',
    'secrets.keyx.age',
  ]);
  for (const bytes of backend.objects.values()) assert.doesNotMatch(bytes.toString('latin1'), /canary|user3|Vault/);
});

test('an unchanged vault makes no new kit and proves the last one again', async () => {
  const site = await kitSite();
  const backend = memoryBackend();
  const one = await site.backUp(backend, someSecrets(20));
  const again = await site.backUp(backend, someSecrets(20));
  assert.equal(again.outcome, 'unchanged');
  assert.equal(again.proof.kit, one.proof.kit);
  assert.equal(again.proof.depth, 'intact');
  assert.deepEqual((await listKits(backend)).finished, [one.proof.kit]);
  assert.deepEqual(lastKit(site.store, 'secrets/here')?.provedAt, site.clock.now());
  const others = [someSecret(20, { password: 'new' }), someSecret(21)];
  const changed = await site.backUp(backend, [...someSecrets(19), ...others]);
  assert.equal(changed.outcome, 'written');
  assert.deepEqual([one.newRecords, again.newRecords, changed.newRecords], [20, 0, 2], 'one changed, one new');
  assert.deepEqual((await listKits(backend)).finished, [changed.proof.kit, one.proof.kit]);
});

test('two secrets with one id in a source are refused by name, and nothing is written', async () => {
  const site = await kitSite();
  const backend = memoryBackend();
  await assert.rejects(
    site.backUp(backend, [someSecret(1), someSecret(1)]),
    failure('breakglass.duplicate-secret', /id-1/),
  );
  assert.equal(backend.objects.size, 0);
});

test('two sources with equal ids stay apart, each in a group of its own', async () => {
  const site = await kitSite();
  const backend = memoryBackend();
  const sources = ['Bitwarden', 'OpenBao'].map((title, index) => ({ ...sampleSource(10), id: `s${index}`, title }));
  const { proof, sources: counts } = await site.backUp(backend, [], { sources });
  assert.deepEqual(counts, [
    { id: 's0', records: 10 },
    { id: 's1', records: 10 },
  ]);
  const kit = await openKit(destinationKitFiles(backend, proof.kit), { masterPassword: first });
  assert.deepEqual(new Set(kit.secrets.map(({ sourceId }) => sourceId)), new Set(['s0', 's1']));
  assert.deepEqual(kit.secrets.find(({ record }) => record.id === 'id-1')?.record.groups, someSecret(1).groups);
});

test('diff counts without opening, and names when open; values never', async () => {
  const site = await kitSite();
  const backend = memoryBackend();
  const one = await site.backUp(backend, someSecrets(10));
  const changes = [...someSecrets(12)].filter((record) => record.id !== 'id-4');
  changes[0] = someSecret(1, { password: 'canary' });
  const two = await site.backUp(backend, changes);
  const [before, after] = [one, two].map((run) => destinationKitFiles(backend, run.proof.kit));
  assert.ok(before !== undefined && after !== undefined);
  assert.deepEqual(await diffClosedKits(before, after), { added: 2, removed: 1, changed: 1, unchanged: 8 });
  const [a, b] = [await openKit(before, { masterPassword: first }), await openKit(after, { masterPassword: first })];
  const difference = diffOpenKits(a, b);
  assert.deepEqual(difference.changed, [secretPath({ sourceId: '', record: someSecret(1) })]);
  assert.deepEqual(difference.removed, [secretPath({ sourceId: '', record: someSecret(4) })]);
  assert.equal(difference.added.length, 2);
  assert.doesNotMatch(JSON.stringify(difference), /canary/);
  const other = await kitSite();
  const foreign = memoryBackend();
  const third = await other.backUp(foreign, someSecrets(1));
  await assert.rejects(
    diffClosedKits(before, destinationKitFiles(foreign, third.proof.kit)),
    failure('breakglass.not-comparable'),
  );
});

test('secrets are found by any word of them, without accents, and by their path or id', async () => {
  const site = await kitSite();
  const backend = memoryBackend();
  const { proof } = await site.backUp(backend, someSecrets(40));
  const { secrets } = await openKit(destinationKitFiles(backend, proof.kit), { masterPassword: first });
  assert.deepEqual(
    searchSecrets(secrets, 'HOST17.example regiao').map(({ record }) => record.id),
    ['id-17'],
  );
  assert.equal(searchSecrets(secrets, '').length, 40);
  assert.deepEqual(searchSecrets(secrets, someSecret(1).password.reveal()), [], 'values are not searched');
  assert.equal(findSecret(secrets, 'id-5').record.id, 'id-5');
  assert.equal(findSecret(secrets, secretPath({ sourceId: '', record: someSecret(8) })).record.id, 'id-8');
  assert.throws(() => findSecret(secrets, 'nothing'), failure('breakglass.no-such-secret'));
  const twins = [someSecret(1, { title: 'twin' }), someSecret(11, { title: 'twin' })];
  assert.throws(
    () =>
      findSecret(
        twins.map((record) => ({ sourceId: '', record })),
        'twin',
      ),
    failure('breakglass.ambiguous-secret', /id-1 .*id-11/),
  );
});

test('without a ceremony there is no kit', async () => {
  const site = await kitSite();
  site.store.database.exec('DELETE FROM recovery_key');
  await assert.rejects(site.backUp(memoryBackend(), []), failure('breakglass.no-recovery-key'));
});

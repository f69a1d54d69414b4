import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryBackend } from '../../backends/memory.ts';
import { atCall, CrashError, faultyBackend } from '../../backends/faulty.ts';
import { isFailure } from '../../base/failure.ts';
import type { SecretString } from '../../base/secret-string.ts';
import { failure } from '../../../test/support/failures.ts';
import { kitSite, masterPasswords } from '../../../test/support/kits.ts';
import { someSecret, someSecrets } from '../../../test/support/many-secrets.ts';
import { readKdbx, writeKdbx } from '../../kdbx/kdbx.ts';
import { openWithIdentities } from '../age-files.ts';
import { changeMasterPassword, changeRecipients, startCeremony } from '../ceremony.ts';
import { writeDestinationFiles } from '../destination-files.ts';
import { currentKey, recoveryKeys } from '../recovery-key-store.ts';
import {
  ageIdentityOf,
  generateRecoveryIdentity,
  identityFromSecretBytes,
  recoverySecretBytes,
  unwrapByPassword,
} from '../recovery-key.ts';
import { openSigningKey, temporarySigningKey } from '../signing-key.ts';
import { diffClosedKits, diffOpenKits } from './diff-kits.ts';
import { findSecret, searchSecrets, secretPath } from './find-secrets.ts';
import { destinationKitFiles } from './kit-files.ts';
import { lastKit } from './kit-history.ts';
import { openKit } from './open-kit.ts';
import { sha256Hex, signManifest } from './manifest.ts';
import { digestKeyOf, openDigestKey, recordDigest } from './record-digest.ts';
import { sealKit } from './seal-kit.ts';
import { listKits, removeKit, writeKit } from './store-kit.ts';
import { checkKitFiles, renewProof, verifyKit } from './verify-kit.ts';

const [first, second, third] = masterPasswords as [SecretString, SecretString, SecretString];
const source = (count: number): { id: string; title: string; read: () => ReturnType<typeof someSecrets> } => ({
  id: 's1',
  title: 'Vault',
  read: () => someSecrets(count),
});

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
  const changed = await site.backUp(backend, [...someSecrets(19), someSecret(20, { password: 'new' })]);
  assert.equal(changed.outcome, 'written');
  assert.deepEqual((await listKits(backend)).finished, [changed.proof.kit, one.proof.kit]);
});

test('a last kit that was damaged or lost is replaced although nothing changed, and the reason is told', async () => {
  const site = await kitSite();
  const backend = memoryBackend();
  const one = await site.backUp(backend, someSecrets(5));
  const key = `secrets/${one.proof.kit}/secrets.kdbx`;
  const bytes = Buffer.from(backend.objects.get(key) ?? Buffer.alloc(0));
  bytes[100] = (bytes[100] ?? 0) ^ 1;
  backend.objects.set(key, bytes);
  const two = await site.backUp(backend, someSecrets(5));
  assert.equal(two.outcome, 'written');
  assert.equal(two.lastKitProblem?.code, 'breakglass.damaged-file');
  backend.objects.delete(`secrets/${two.proof.kit}/manifest.json`);
  const three = await site.backUp(backend, someSecrets(5));
  assert.equal(three.lastKitProblem?.code, 'breakglass.missing-file');
  assert.deepEqual(three.removedUnfinished, [two.proof.kit]);
});

test('any byte flipped in any file of a kit is refused, with the file named', async () => {
  const site = await kitSite();
  const backend = memoryBackend();
  const { proof } = await site.backUp(backend, someSecrets(2));
  const files = destinationKitFiles(backend, proof.kit);
  for (const [key, bytes] of Array.from(backend.objects)) {
    const name = key.split('/').at(-1) ?? '';
    const named = new RegExp(name.startsWith('manifest') ? 'manifest' : name.replaceAll('.', '\\.'));
    const step = Math.max(1, Math.floor(bytes.length / 400));
    for (let at = 0; at < bytes.length; at += step) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      backend.objects.set(key, changed);
      await assert.rejects(openKit(files, { masterPassword: first }), (error: Error) => {
        assert.match(error.message, named, `${name} byte ${at}`);
        return true;
      });
    }
    backend.objects.set(key, bytes.subarray(0, -1));
    await assert.rejects(openKit(files, { masterPassword: first }), named);
    backend.objects.delete(key);
    await assert.rejects(openKit(files, { masterPassword: first }), failure('breakglass.missing-file', named));
    backend.objects.set(key, bytes);
  }
  await openKit(files, { masterPassword: first });
});

test('every single byte of every file of a kit counts: any change is refused before anything is opened', async () => {
  const site = await kitSite();
  const backend = memoryBackend();
  const { proof } = await site.backUp(backend, someSecrets(1), { openHtml: () => Buffer.from('<html>page</html>') });
  const files = destinationKitFiles(backend, proof.kit);
  let bytesTried = 0;
  for (const [key, bytes] of Array.from(backend.objects)) {
    const changed = Buffer.from(bytes);
    backend.objects.set(key, changed);
    for (let at = 0; at < bytes.length; at += 1) {
      changed[at] = (bytes[at] ?? 0) ^ (1 << (at % 8));
      await assert.rejects(checkKitFiles(files), (error) => isFailure(error), `${key} ${at}`);
      changed[at] = bytes[at] ?? 0;
      bytesTried += 1;
    }
    backend.objects.set(key, bytes);
  }
  assert.ok(bytesTried > 5_000);
  await checkKitFiles(files);
});

test('a wrong password, a wrong key and a kit without password are told apart', async () => {
  const site = await kitSite();
  const backend = memoryBackend();
  const { proof } = await site.backUp(backend, someSecrets(2));
  const files = destinationKitFiles(backend, proof.kit);
  await assert.rejects(openKit(files, { masterPassword: second }), failure('breakglass.wrong-password'));
  await assert.rejects(openKit(files, { identity: generateRecoveryIdentity() }), failure('breakglass.wrong-key'));
  const offline = generateRecoveryIdentity();
  const other = memoryBackend();
  await startCeremony(site, { extraRecipients: [{ recipient: offline.recipient, title: '' }], previous: 'abandon' });
  const without = await site.backUp(other, someSecrets(2));
  const closed = destinationKitFiles(other, without.proof.kit);
  await assert.rejects(openKit(closed, { masterPassword: first }), failure('breakglass.no-master-password'));
  assert.equal((await openKit(closed, { identity: offline })).secrets.length, 2);
});

test('a run that ends between any two files leaves a kit that counts as nothing, and the next run clears it away', async () => {
  const site = await kitSite();
  for (let call = 1; call <= 7; call += 1) {
    for (const fault of ['crash', 'crash-after'] as const) {
      const real = memoryBackend();
      const dying = faultyBackend(real, atCall(call, fault, ['save']));
      const isWhole = call === 7 && fault === 'crash-after';
      await assert.rejects(site.backUp(dying, someSecrets(3), { scope: `${call} ${fault}` }), CrashError);
      assert.equal((await listKits(real)).finished.length, isWhole ? 1 : 0);
      const next = await site.backUp(real, someSecrets(3), { scope: `${call} ${fault}` });
      assert.equal(next.outcome, 'written');
      assert.deepEqual((await listKits(real)).unfinished, []);
    }
  }
});

test('a destination that changes a byte on the way, or keeps half a file, never makes a good kit', async () => {
  const site = await kitSite();
  for (let call = 1; call <= 7; call += 1) {
    for (const fault of ['tear', 'lie'] as const) {
      const place = faultyBackend(memoryBackend(), atCall(call, fault, ['save']));
      await assert.rejects(site.backUp(place, someSecrets(3), { scope: `${call} ${fault}` }), `${fault} ${call}`);
      assert.equal(lastKit(site.store, `${call} ${fault}`), undefined);
    }
  }
});

test('a kit that opens to another text than was written into it fails its verification', async () => {
  const site = await kitSite();
  const signingKey = openSigningKey(site.store, site.instanceKey, site.clock);
  const options = {
    recoveryKey: currentKey(site.store),
    signingKey,
    digestKey: openDigestKey(site.store, site.instanceKey),
    clock: site.clock,
    runId: 'r',
  };
  const backend = memoryBackend();
  const kit = await sealKit([source(5)], options);
  assert.ok(kit.state === 'sealed');
  const { verification, manifest } = kit;
  // One secret is gone, and whoever did it had all keys: the key file is the same, the signature is right.
  const files = new Map([...kit.files].filter(([name]) => !name.startsWith('manifest')));
  const keyFile = await openWithIdentities('secrets.keyx.age', files.get('secrets.keyx.age') ?? Buffer.alloc(0), [
    ageIdentityOf(verification.identity),
  ]);
  const database = await readKdbx(files.get('secrets.kdbx') ?? Buffer.alloc(0), { keyFile });
  const [, ...others] = await Array.fromAsync(database.entries());
  files.set('secrets.kdbx', await writeKdbx(others, { keyFile }, { kdf: { kind: 'aes', rounds: 1 } }));
  const { files: _files, format: _format, version: _version, signer: _signer, ...facts } = manifest;
  const signed = signManifest(facts, files, signingKey);
  await writeKit(backend, kit);
  for (const [name, bytes] of files) backend.objects.set(`secrets/${kit.name}/${name}`, bytes);
  backend.objects.set(`secrets/${kit.name}/manifest.json`, signed.bytes);
  backend.objects.set(`secrets/${kit.name}/manifest.sig`, signed.signature);
  await assert.rejects(
    verifyKit(backend, kit.name, { ...verification, manifestSha256: sha256Hex(signed.bytes) }),
    failure('breakglass.kit-differs', /another text/),
  );
  await removeKit(backend, kit.name);
  assert.equal(backend.objects.size, 0);
  await writeKit(backend, kit);
  assert.equal((await verifyKit(backend, kit.name, verification)).records, 5);
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
  const sources = ['Bitwarden', 'OpenBao'].map((title, index) => ({ ...source(10), id: `s${index}`, title }));
  const { proof, sources: counts } = await site.backUp(backend, [], { sources });
  assert.deepEqual(counts, [
    { id: 's0', records: 10 },
    { id: 's1', records: 10 },
  ]);
  const kit = await openKit(destinationKitFiles(backend, proof.kit), { masterPassword: first });
  assert.deepEqual(new Set(kit.secrets.map(({ sourceId }) => sourceId)), new Set(['s0', 's1']));
  assert.deepEqual(kit.secrets.find(({ record }) => record.id === 'id-1')?.record.groups, someSecret(1).groups);
});

test('a changed master password makes a new kit, and opens the old ones by way of the destination', async () => {
  const site = await kitSite();
  const backend = memoryBackend();
  const options = { store: site.store, digestKey: openDigestKey(site.store, site.instanceKey) };
  const old = await site.backUp(backend, someSecrets(3));
  await changeMasterPassword(site, { masterPassword: first }, second);
  const fresh = await site.backUp(backend, someSecrets(3));
  assert.equal(fresh.outcome, 'written');
  const oldFiles = destinationKitFiles(backend, old.proof.kit);
  await assert.rejects(openKit(oldFiles, { masterPassword: second }), failure('breakglass.wrong-password'));
  await writeDestinationFiles(backend, options);
  assert.equal((await openKit(oldFiles, { masterPassword: second })).secrets.length, 3);
  assert.equal((await openKit(oldFiles, { masterPassword: first })).secrets.length, 3, 'its own password still does');
  const freshFiles = destinationKitFiles(backend, fresh.proof.kit);
  assert.equal((await openKit(freshFiles, { masterPassword: second })).secrets.length, 3);
  await assert.rejects(openKit(freshFiles, { masterPassword: first }), failure('breakglass.wrong-password'));
});

test('after three ceremonies the current password, shares or recipient open every kit ever made', async () => {
  const site = await kitSite();
  const backend = memoryBackend();
  const digestKey = openDigestKey(site.store, site.instanceKey);
  const kits = [(await site.backUp(backend, someSecrets(3))).proof.kit];
  await startCeremony(site, { masterPassword: second, previous: { masterPassword: first } });
  kits.push((await site.backUp(backend, someSecrets(3))).proof.kit);
  await startCeremony(site, { masterPassword: third, previous: { masterPassword: second } });
  kits.push((await site.backUp(backend, someSecrets(3))).proof.kit);
  const offline = generateRecoveryIdentity();
  await changeRecipients(site, { masterPassword: third }, [{ recipient: offline.recipient, title: 'safe' }]);
  const result = await writeDestinationFiles(backend, { store: site.store, digestKey });
  assert.deepEqual(result.kept, []);
  const wrapped = currentKey(site.store).wrappedByPassword ?? Buffer.alloc(0);
  const shared = recoverySecretBytes((await unwrapByPassword(wrapped, third)).identity);
  for (const kit of kits) {
    const files = destinationKitFiles(backend, kit);
    assert.equal((await openKit(files, { masterPassword: third })).secrets.length, 3, kit);
    assert.equal((await openKit(files, { identity: offline })).secrets.length, 3, kit);
    const identity = identityFromSecretBytes(Buffer.from(shared));
    assert.equal((await openKit(files, { identity })).secrets.length, 3, kit);
  }
  assert.equal(recoveryKeys(site.store).length, 3);
});

test('a kit that somebody else made for the same recovery key is refused, unless it is accepted', async () => {
  const site = await kitSite();
  const backend = memoryBackend();
  const forged = await sealKit([source(2)], {
    recoveryKey: currentKey(site.store),
    signingKey: temporarySigningKey(),
    digestKey: digestKeyOf(Buffer.alloc(32, 1)),
    clock: site.clock,
    runId: 'r',
  });
  assert.ok(forged.state === 'sealed');
  await writeKit(backend, forged);
  const files = destinationKitFiles(backend, forged.name);
  await assert.rejects(openKit(files, { masterPassword: first }), failure('breakglass.unknown-signer'));
  const kit = await openKit(files, { masterPassword: first }, { acceptUnknownSigner: true });
  assert.equal(kit.isSignerKnown, false);
  const { identity } = await unwrapByPassword(currentKey(site.store).wrappedByPassword ?? Buffer.alloc(0), first);
  assert.equal((await openKit(files, { identity })).isSignerKnown, false, 'shares alone cannot tell');
  const signer = openSigningKey(site.store, site.instanceKey, site.clock).publicKey;
  await assert.rejects(openKit(files, { identity }, { signer }), failure('breakglass.unknown-signer'));
});

test('a kit that was replaced by an older one under its name fails the proof', async () => {
  const site = await kitSite();
  const backend = memoryBackend();
  const one = await site.backUp(backend, someSecrets(2));
  const last = lastKit(site.store, 'secrets/here');
  await renewProof(backend, one.proof.kit, { manifestSha256: last?.manifestSha256 ?? '' });
  await assert.rejects(
    renewProof(backend, one.proof.kit, { manifestSha256: '0'.repeat(64) }),
    failure('breakglass.damaged-file', /manifest\.json/),
  );
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

test('an aborted run stops and remembers nothing', async () => {
  const site = await kitSite();
  const backend = memoryBackend();
  const abort = new AbortController();
  const run = site.backUp(backend, someSecrets(5), {
    signal: abort.signal,
    report: (event) => {
      if (event.type === 'file-stored') abort.abort();
    },
  });
  await assert.rejects(run, { name: 'AbortError' });
  assert.equal(lastKit(site.store, 'secrets/here'), undefined);
  assert.deepEqual((await listKits(backend)).finished, []);
});

test('without a ceremony there is no kit', async () => {
  const site = await kitSite();
  site.store.database.exec('DELETE FROM recovery_key');
  await assert.rejects(site.backUp(memoryBackend(), []), failure('breakglass.no-recovery-key'));
});

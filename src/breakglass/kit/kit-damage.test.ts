// Kits that were cut short, damaged, exchanged or lost: none of them is ever taken for a good one.
import assert from 'node:assert/strict';
import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { openFolderBackend } from '../../backends/folder.ts';
import { memoryBackend } from '../../backends/memory.ts';
import { atCall, CrashError, faultyBackend } from '../../backends/faulty.ts';
import { isFailure } from '../../base/failure.ts';
import type { SecretString } from '../../base/secret-string.ts';
import { failure } from '../../../test/support/failures.ts';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { kitSite, masterPasswords } from '../../../test/support/kits.ts';
import { someSecrets, sampleSource } from '../../../test/support/many-secrets.ts';
import { readKdbx, writeKdbx } from '../../kdbx/kdbx.ts';
import { openWithIdentities } from '../age-files.ts';
import { currentKey } from '../recovery-key-store.ts';
import { ageIdentityOf } from '../recovery-key.ts';
import { openSigningKey } from '../signing-key.ts';
import { copyKit } from './copy-kit.ts';
import { destinationKitFiles, folderFiles } from './kit-files.ts';
import { lastKit } from './kit-history.ts';
import { openKit } from './open-kit.ts';
import { sha256Hex, signManifest } from './manifest.ts';
import { openDigestKey } from './record-digest.ts';
import { sealKit } from './seal-kit.ts';
import { listKits, removeKit, writeKit } from './store-kit.ts';
import { checkKitFiles, renewProof, verifyKit } from './verify-kit.ts';

const [first] = masterPasswords as [SecretString];
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

test('a file of a kit that is larger than it can be is refused before it is read', async (context) => {
  const site = await kitSite();
  const folder = await temporaryFolder(context);
  const backend = await openFolderBackend(folder);
  const { proof } = await site.backUp(backend, someSecrets(2));
  const kit = join(folder, 'secrets', proof.kit);
  for (const name of ['manifest.json', 'manifest.sig', 'secrets.keyx.age', 'secrets.kdbx', 'open.html']) {
    const before = await readFile(join(kit, name)).catch(() => undefined);
    if (before === undefined) continue;
    // Larger than memory, and almost nothing on the disk.
    await truncate(join(kit, name), 2 ** 42);
    for (const files of [destinationKitFiles(backend, proof.kit), folderFiles(kit)])
      await assert.rejects(
        openKit(files, { masterPassword: first }),
        failure('breakglass.damaged-file', new RegExp(`${name} in .* so it was not read`)),
      );
    await writeFile(join(kit, name), before);
  }
  assert.equal((await openKit(folderFiles(kit), { masterPassword: first })).secrets.length, 2);
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
  const kit = await sealKit([sampleSource(5)], options);
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

test('a kit that was put in the place of another is not carried on to a second destination', async () => {
  const [ours, theirs] = [await kitSite(), await kitSite()];
  const [bad, good] = [memoryBackend(), memoryBackend()];
  const { proof } = await ours.backUp(bad, someSecrets(2));
  const prefix = `secrets/${proof.kit}/`;
  const manifestSha256 = sha256Hex(bad.objects.get(`${prefix}manifest.json`) ?? Buffer.alloc(0));
  const elsewhere = memoryBackend();
  await theirs.backUp(elsewhere, someSecrets(2));
  for (const key of [...bad.objects.keys()].filter((one) => one.startsWith(prefix))) bad.objects.delete(key);
  for (const [key, bytes] of elsewhere.objects)
    bad.objects.set(key.replace(/^secrets\/[^/]+\//, prefix), Buffer.from(bytes));
  await assert.rejects(
    copyKit(bad, good, proof.kit, { manifestSha256 }),
    failure('breakglass.damaged-file', /manifest/),
  );
  assert.deepEqual([...good.objects.keys()], []);
});

// Which keys open a kit, from whenever it is, and which do not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryBackend } from '../../backends/memory.ts';
import type { SecretString } from '../../base/secret-string.ts';
import { failure } from '../../../test/support/failures.ts';
import { kitSite, masterPasswords } from '../../../test/support/kits.ts';
import { someSecrets, sampleSource } from '../../../test/support/many-secrets.ts';
import { changeMasterPassword, changeRecipients, startCeremony } from '../ceremony.ts';
import { writeDestinationFiles } from '../destination-files.ts';
import { currentKey, recoveryKeys } from '../recovery-key-store.ts';
import {
  generateRecoveryIdentity,
  identityFromSecretBytes,
  recoverySecretBytes,
  unwrapByPassword,
} from '../recovery-key.ts';
import { openSigningKey, temporarySigningKey } from '../signing-key.ts';
import { destinationKitFiles } from './kit-files.ts';
import { openKit } from './open-kit.ts';
import { digestKeyOf, openDigestKey } from './record-digest.ts';
import { sealKit } from './seal-kit.ts';
import { writeKit } from './store-kit.ts';

const [first, second, third] = masterPasswords as [SecretString, SecretString, SecretString];
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
  const forged = await sealKit([sampleSource(2)], {
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

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failure } from '../../../test/support/failures.ts';
import { kitSite, masterPasswords } from '../../../test/support/kits.ts';
import { backendRefusingChange } from '../../../test/support/refusing-backend.ts';
import { secretRecord } from '../../../test/support/secrets.ts';
import { atCall, faultyBackend } from '../../backends/faulty.ts';
import { memoryBackend } from '../../backends/memory.ts';
import { SecretString } from '../../base/secret-string.ts';
import { startCeremony, withEveryIdentity } from '../ceremony.ts';
import { currentKey } from '../recovery-key-store.ts';
import { openSigningKey } from '../signing-key.ts';
import { destinationKitFiles } from './kit-files.ts';
import { openKit } from './open-kit.ts';
import { resealKit } from './reseal-kit.ts';
import { readKitManifest } from './verify-kit.ts';

const [first, second] = masterPasswords as [SecretString, SecretString, SecretString];
const secrets = ['core', 'web'].map((id) => secretRecord({ id, password: new SecretString(`pw of ${id}`) }));

async function compromised() {
  const site = await kitSite();
  const backend = memoryBackend();
  const page = { openHtml: () => Buffer.from('page'), auditHead: 'ab'.repeat(32) };
  const { proof } = await site.backUp(backend, secrets, page);
  await startCeremony(site, {
    masterPassword: second,
    previous: { masterPassword: first },
    isPreviousCompromised: true,
  });
  const reseal = (place = backend): ReturnType<typeof resealKit> =>
    withEveryIdentity(site.store, { masterPassword: second }, (identities) =>
      resealKit(place, proof.kit, {
        identities,
        recoveryKey: currentKey(site.store),
        signingKey: openSigningKey(site.store, site.instanceKey, site.clock),
        ...page,
      }),
    );
  const open = (masterPassword: SecretString) => openKit(destinationKitFiles(backend, proof.kit), { masterPassword });
  return { site, backend, kit: proof.kit, reseal, open };
}

test('a kit that is sealed anew opens with the new key only, and its secrets were not written again', async () => {
  const { backend, kit, reseal, open } = await compromised();
  const payload = ['secrets.kdbx', 'records.digests'].map((name) => backend.objects.get(`secrets/${kit}/${name}`));
  assert.equal((await open(first)).secrets.length, 2);
  assert.ok(payload.every((bytes) => bytes !== undefined));
  assert.equal((await reseal()).wasSealed, true);
  assert.equal((await open(second)).secrets[1]?.record.password.reveal(), 'pw of web');
  await assert.rejects(open(first), failure('breakglass.wrong-password'));
  assert.deepEqual(
    ['secrets.kdbx', 'records.digests'].map((name) => backend.objects.get(`secrets/${kit}/${name}`)),
    payload,
  );
  const readme = backend.objects.get(`secrets/${kit}/README.txt`)?.toString('utf8') ?? '';
  assert.match(readme, /open\.html in a browser/);
  const { auditHead } = await readKitManifest(destinationKitFiles(backend, kit));
  assert.equal(auditHead, 'ab'.repeat(32), 'what nails the audit trail down stays');
  assert.equal((await reseal()).wasSealed, false, 'nothing is left to do');
});

test('sealing a kit anew may be cut short at any call, and is then simply done again', async () => {
  for (let call = 1; ; call += 1) {
    const { backend, reseal, open } = await compromised();
    const cut = faultyBackend(backend, atCall(call, 'fail'));
    let wasCut = true;
    await reseal(cut as unknown as typeof backend).then(
      () => (wasCut = false),
      () => undefined,
    );
    if (!wasCut) {
      assert.ok(call > 15, `${call} calls`);
      return;
    }
    await reseal();
    assert.equal((await open(second)).secrets.length, 2, `cut at call ${call}`);
    assert.ok([...backend.objects.keys()].every((key) => !key.endsWith('manifest.next.sig')));
  }
});

test('a kit of another Orbit, and one whose payload was changed, are not sealed anew', async () => {
  const { backend, kit, reseal } = await compromised();
  const other = await kitSite();
  const foreign = memoryBackend();
  const { proof } = await other.backUp(foreign, secrets);
  for (const [key, bytes] of foreign.objects) backend.objects.set(key.replace(proof.kit, kit), bytes);
  await assert.rejects(reseal(), failure('breakglass.foreign-kit'));
  const own = await compromised();
  const name = `secrets/${own.kit}/secrets.kdbx`;
  const changed = Buffer.from(own.backend.objects.get(name) ?? '');
  changed[200] = (changed[200] ?? 0) ^ 1;
  own.backend.objects.set(name, changed);
  await assert.rejects(own.reseal(), failure('breakglass.damaged-file', /secrets\.kdbx/));
});

test('a place that lets nothing be replaced keeps its kit as it was, whole, under the old key', async () => {
  const { backend, kit, reseal, open } = await compromised();
  const before = new Map(backend.objects);
  await assert.rejects(reseal(backendRefusingChange(backend) as typeof backend), failure('backend.permission'));
  assert.deepEqual(backend.objects, before, 'nothing of it was touched');
  assert.equal((await open(first)).secrets.length, 2);
  await assert.rejects(open(second), failure('breakglass.wrong-password'));
  assert.ok(!backend.objects.has(`secrets/${kit}/manifest.next.sig`));
});

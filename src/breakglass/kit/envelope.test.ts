import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { failure } from '../../../test/support/failures.ts';
import { kitSite, masterPasswords } from '../../../test/support/kits.ts';
import { secretRecord } from '../../../test/support/secrets.ts';
import { stock } from '../../../test/support/stock-age.ts';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { needs } from '../../../test/support/tools.ts';
import { memoryBackend } from '../../backends/memory.ts';
import { SecretString } from '../../base/secret-string.ts';
import { startCeremony, withEveryIdentity } from '../ceremony.ts';
import { type Envelope, isCalled, listEnvelopes, planEnvelope, removeEnvelope, saveEnvelope } from '../envelope.ts';
import { currentKey } from '../recovery-key-store.ts';
import { generateRecoveryIdentity, parseIdentityFile } from '../recovery-key.ts';
import { openSigningKey } from '../signing-key.ts';
import { destinationKitFiles } from './kit-files.ts';
import { sha256Hex, signManifest } from './manifest.ts';
import { openKit } from './open-kit.ts';
import { openDigestKey } from './record-digest.ts';
import { resealKit } from './reseal-kit.ts';
import { sealKit } from './seal-kit.ts';
import { writeKit } from './store-kit.ts';
import { verifyKit } from './verify-kit.ts';

const [first, second] = masterPasswords as [SecretString, SecretString, SecretString];
const secrets = [
  secretRecord({ id: 'a', title: 'core', groups: ['Network', 'São Paulo'], password: new SecretString('pw of core') }),
  secretRecord({ id: 'b', title: 'edge', groups: ['Network'], password: new SecretString('pw of edge') }),
  secretRecord({ id: 'c', title: 'payroll', groups: ['Finance'], password: new SecretString('pw of payroll') }),
  secretRecord({ id: 'd', title: 'other', groups: ['Networking'] }),
];

function setEnvelope(site: Awaited<ReturnType<typeof kitSite>>, wanted: Omit<Envelope, 'id'>): Envelope {
  const same = listEnvelopes(site.store).find((one) => isCalled(one, wanted.title));
  return saveEnvelope(site, planEnvelope(site.store, wanted, same?.id));
}

test('a team opens its envelope with its own key and nothing else; the recovery key opens all of it', async () => {
  const site = await kitSite();
  const [network, finance] = [generateRecoveryIdentity(), generateRecoveryIdentity()];
  const set = (title: string, group: string, { recipient }: typeof network) =>
    setEnvelope(site, { title, groups: [[group]], recipients: [recipient] });
  const envelope = set('The network team', 'Network', network);
  set('Finance', 'Finance', finance);
  const backend = memoryBackend();
  const { proof } = await site.backUp(backend, secrets);
  const files = destinationKitFiles(backend, proof.kit);
  const opened = await openKit(files, { identity: network });
  assert.deepEqual(opened.envelopes, [envelope.id]);
  assert.deepEqual(opened.secrets.map(({ record }) => record.title).sort(), ['core', 'edge']);
  assert.equal((await openKit(files, { identity: finance })).secrets[0]?.record.password.reveal(), 'pw of payroll');
  const whole = await openKit(files, { masterPassword: first });
  assert.deepEqual([whole.envelopes, whole.secrets.length], [undefined, 4]);
  // A second envelope for the same team: it opens both, and what lies in both is there once.
  set('All about networks', 'Network', network);
  set('Networking', 'Networking', network);
  const { proof: next } = await site.backUp(backend, secrets);
  const both = await openKit(destinationKitFiles(backend, next.kit), { identity: network });
  assert.deepEqual([both.envelopes?.length, both.secrets.map(({ record }) => record.id).sort()], [3, ['a', 'b', 'd']]);
  for (const title of ['All about networks', 'Networking']) removeEnvelope(site.store, title);
  await site.backUp(backend, secrets);
  await assert.rejects(openKit(files, { identity: generateRecoveryIdentity() }), failure('breakglass.wrong-key'));
  const manifest = (await files.load('manifest.json')).toString('utf8');
  assert.doesNotMatch(manifest, /network|finance/i, 'a number, no name');
  assert.ok(!manifest.includes(network.recipient));
  assert.match((await files.load('README.txt')).toString('utf8'), new RegExp(`ENVELOPES[^]*${envelope.id}`));

  // The same again is no change; another recipient is.
  assert.equal((await site.backUp(backend, secrets)).outcome, 'unchanged');
  set('the NETWORK team', 'Network', finance);
  assert.equal(listEnvelopes(site.store).length, 2);
  assert.equal((await site.backUp(backend, secrets)).outcome, 'written');
  removeEnvelope(site.store, 'finance');
  assert.equal((await site.backUp(backend, secrets)).outcome, 'written');
});

test(
  'stock age and keepassxc-cli open an envelope with the team’s key, also after the recovery key was compromised',
  needs('age', 'keepassxc-cli'),
  async (context) => {
    const site = await kitSite();
    const folder = await temporaryFolder(context);
    const key = await stock(folder, 'age-keygen');
    writeFileSync(join(folder, 'team.key'), key, { mode: 0o600 });
    const { recipient } = parseIdentityFile(key).identity;
    const { id } = setEnvelope(site, { title: 'team', groups: [['Network']], recipients: [recipient] });
    const backend = memoryBackend();
    const { proof } = await site.backUp(backend, secrets);
    const readWithStock = async (): Promise<string> => {
      for (const name of [`envelope-${id}.kdbx`, `envelope-${id}.keyx.age`])
        writeFileSync(join(folder, name), backend.objects.get(`secrets/${proof.kit}/${name}`) ?? '');
      await stock(folder, 'age', '-d', '-i', 'team.key', '-o', 'team.keyx', `envelope-${id}.keyx.age`);
      const show = ['show', '-q', '--no-password', '-k', 'team.keyx', '-s', '-a', 'Password', `envelope-${id}.kdbx`];
      return (await stock(folder, 'keepassxc-cli', ...show, 'Network/edge')).toString().trim();
    };
    assert.equal(await readWithStock(), 'pw of edge');
    await startCeremony(site, {
      masterPassword: second,
      previous: { masterPassword: first },
      isPreviousCompromised: true,
    });
    const payload = backend.objects.get(`secrets/${proof.kit}/envelope-${id}.kdbx`);
    await withEveryIdentity(site.store, { masterPassword: second }, (identities) =>
      resealKit(backend, proof.kit, {
        identities,
        recoveryKey: currentKey(site.store),
        signingKey: openSigningKey(site.store, site.instanceKey, site.clock),
        envelopes: listEnvelopes(site.store),
      }),
    );
    assert.deepEqual(backend.objects.get(`secrets/${proof.kit}/envelope-${id}.kdbx`), payload);
    assert.equal(await readWithStock(), 'pw of edge');
  },
);

test('an envelope without a name, a group or a recipient is refused', async () => {
  const site = await kitSite();
  const { recipient } = generateRecoveryIdentity();
  for (const wanted of [
    { title: ' ', groups: [['a']], recipients: [recipient] },
    { title: 'x', groups: [[]], recipients: [recipient] },
    { title: 'x', groups: [['a']], recipients: [] },
  ]) {
    assert.throws(() => setEnvelope(site, wanted), failure('breakglass.bad-envelope'));
  }
  assert.throws(() => removeEnvelope(site.store, 'x'), failure('breakglass.no-such-envelope'));
});

test('a kit whose envelope holds less than was put into it fails its proof', async () => {
  const site = await kitSite();
  const { id } = setEnvelope(site, {
    title: 'team',
    groups: [['Network']],
    recipients: [generateRecoveryIdentity().recipient],
  });
  const signingKey = openSigningKey(site.store, site.instanceKey, site.clock);
  const kit = await sealKit([{ id: 's1', title: 'Vault', read: () => secrets }], {
    recoveryKey: currentKey(site.store),
    signingKey,
    digestKey: openDigestKey(site.store, site.instanceKey),
    clock: site.clock,
    runId: 'run',
    envelopes: listEnvelopes(site.store),
  });
  assert.ok(kit.state === 'sealed');
  const backend = memoryBackend();
  await writeKit(backend, kit);
  await verifyKit(backend, kit.name, kit.verification);
  // The same manifest, but that it promises one more: the envelope is then one short.
  const { files: _files, format: _format, version: _version, signer: _signer, ...facts } = kit.manifest;
  const named = new Map([...kit.files].filter(([name]) => !name.startsWith('manifest')));
  const signed = signManifest({ ...facts, envelopes: [{ id, records: 3 }] }, named, signingKey);
  backend.objects.set(`secrets/${kit.name}/manifest.json`, signed.bytes);
  backend.objects.set(`secrets/${kit.name}/manifest.sig`, signed.signature);
  const verification = { ...kit.verification, manifestSha256: sha256Hex(signed.bytes) };
  await assert.rejects(verifyKit(backend, kit.name, verification), failure('breakglass.kit-differs', /2 of 3/));
});

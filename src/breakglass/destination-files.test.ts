import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Backend } from '../backends/backend.ts';
import { permissionDenied, unreachable } from '../backends/failures.ts';
import { memoryBackend } from '../backends/memory.ts';
import { SecretString } from '../base/secret-string.ts';
import { failure } from '../../test/support/failures.ts';
import { kitSite, masterPasswords } from '../../test/support/kits.ts';
import { changeMasterPassword, startCeremony } from './ceremony.ts';
import { writeDestinationFiles } from './destination-files.ts';
import { openDigestKey } from './kit/record-digest.ts';
import { openRepositoryPassword } from './repository-password.ts';
import { currentKey } from './recovery-key-store.ts';
import { unwrapByIdentity, unwrapByPassword } from './recovery-key.ts';

const [first, second] = masterPasswords as [SecretString, SecretString, SecretString];
const repositoryPasswords = { system: new SecretString('system password'), recordings: new SecretString('another') };

/** The same place, which only lets us add. */
function appendOnly(backend: Backend): Backend {
  return {
    ...backend,
    async save(key, bytes, options = {}) {
      const { ifExists: _, ...rest } = options;
      try {
        await backend.save(key, bytes, rest);
      } catch {
        throw permissionDenied(backend.location, key);
      }
    },
  };
}

test('the files at the top are written once, and again only when what they say has changed', async () => {
  const site = await kitSite();
  const backend = memoryBackend();
  const options = { store: site.store, digestKey: openDigestKey(site.store, site.instanceKey), repositoryPasswords };
  const names = ['README.txt', 'recordings.password.age', 'recovery-key.age', 'system.password.age'];
  assert.deepEqual((await writeDestinationFiles(backend, options)).written.sort(), names);
  const again = await writeDestinationFiles(backend, options);
  assert.deepEqual([again.written, again.unchanged.sort()], [[], names]);
  const other = memoryBackend('memory:other');
  assert.deepEqual((await writeDestinationFiles(other, options)).written.sort(), names, 'each destination has its own');
  backend.objects.set('system.password.age', Buffer.from('damaged'));
  assert.deepEqual((await writeDestinationFiles(backend, options)).written, ['system.password.age']);
  await changeMasterPassword(site, { masterPassword: first }, second);
  assert.deepEqual((await writeDestinationFiles(backend, options)).written, ['recovery-key.age']);
});

test('after a new ceremony the current key opens the repository passwords, and the earlier key that is kept beside', async () => {
  const site = await kitSite();
  const backend = memoryBackend();
  const options = { store: site.store, digestKey: openDigestKey(site.store, site.instanceKey), repositoryPasswords };
  await writeDestinationFiles(backend, options);
  const old = backend.objects.get('system.password.age') ?? Buffer.alloc(0);
  const { id: oldId } = currentKey(site.store);
  await startCeremony(site, { masterPassword: second, previous: { masterPassword: first } });
  await writeDestinationFiles(backend, options);
  const at = (name: string): Buffer => backend.objects.get(name) ?? Buffer.alloc(0);
  const { identity } = await unwrapByPassword(at('recovery-key.age'), second);
  const password = await openRepositoryPassword('system', at('system.password.age'), identity);
  assert.equal(password.reveal(), 'system password');
  const retired = await unwrapByIdentity(at(`retired-keys/${identity.id}/${oldId}.age`), identity, 'retired');
  assert.equal((await openRepositoryPassword('system', old, retired.identity)).reveal(), 'system password');
});

test('a destination that only lets us add keeps its old files and says which; nothing is lost by it', async () => {
  const site = await kitSite();
  const real = memoryBackend();
  const backend = appendOnly(real);
  const options = { store: site.store, digestKey: openDigestKey(site.store, site.instanceKey), repositoryPasswords };
  assert.deepEqual((await writeDestinationFiles(backend, options)).kept, []);
  await startCeremony(site, { masterPassword: second, previous: { masterPassword: first } });
  const { kept, written } = await writeDestinationFiles(backend, options);
  assert.deepEqual(kept.map(({ name }) => name).sort(), [
    'README.txt',
    'recordings.password.age',
    'recovery-key.age',
    'system.password.age',
  ]);
  assert.equal(written.length, 1);
  assert.match(written[0] ?? '', /^retired-keys\//);
});

test('a destination that is gone is a failure, not a file that was kept', async () => {
  const site = await kitSite();
  const backend = memoryBackend();
  const options = { store: site.store, digestKey: openDigestKey(site.store, site.instanceKey) };
  const gone: Backend = {
    ...backend,
    save: async () => {
      throw unreachable('memory:');
    },
  };
  await assert.rejects(writeDestinationFiles(gone, options), failure('backend.unreachable'));
  await writeDestinationFiles(backend, options);
  await changeMasterPassword(site, { masterPassword: first }, second);
  const goneLater: Backend = { ...backend, save: gone.save };
  await assert.rejects(writeDestinationFiles(goneLater, options), failure('backend.unreachable'));
});

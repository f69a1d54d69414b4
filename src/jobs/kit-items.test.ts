import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import { someSecret } from '../../test/support/many-secrets.ts';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { openInstanceKey } from '../store/instance-key.ts';
import { openStore } from '../store/store.ts';
import { KitItemList, loadKitItems, rememberKitItems } from './kit-items.ts';
import { passwordPolicy } from './password-policy-fields.ts';
import { PasswordUse } from './password-use.ts';

const policy = passwordPolicy.parse({});

test('a password that two secrets share is told of both, in one source or in two, and nothing else of it is kept', async (t) => {
  const home = await temporaryFolder(t);
  const store = openStore(join(home, 'a'));
  t.after(() => store.close());
  const instanceKey = openInstanceKey(home);
  const use = new PasswordUse();
  const [first, second] = [new KitItemList(policy, use), new KitItemList(policy, use)];
  for (const number of [1, 2, 3]) first.add(someSecret(number, { password: number < 3 ? 'canary one' : 'canary two' }));
  for (const number of [4, 5, 6])
    second.add(someSecret(number, { password: ['canary two', '', ''][number - 4] ?? '' }));
  const sealed = [first, second].map((list) => list.seal(instanceKey));
  const proved = { job: 'j', destination: 'd', kit: 'k', provedAt: new Date(0) };
  rememberKitItems(store, proved, [
    { name: 's1', sealed: sealed[0] ?? Buffer.alloc(0) },
    { name: 's2', sealed: sealed[1] ?? Buffer.alloc(0) },
  ]);
  const kept = await loadKitItems({ store, instanceKey });
  assert.deepEqual(
    kept.map(({ items }) => items.map(({ isReused }) => isReused === true)),
    [
      [true, true, true],
      [true, false, false],
    ],
  );
  assert.ok(!JSON.stringify(kept).includes('canary'));
});

test('what an earlier version remembered is still read', async (t) => {
  const home = await temporaryFolder(t);
  const store = openStore(join(home, 'a'));
  t.after(() => store.close());
  const instanceKey = openInstanceKey(home);
  const item = { id: '1', title: 't', username: 'u', groups: [], type: 'login', changedAt: '', isEmpty: false };
  const sealed = instanceKey.seal('kit-items', zstdCompressSync(Buffer.from(JSON.stringify([item]))));
  rememberKitItems(store, { job: 'j', destination: 'd', kit: 'k', provedAt: new Date(0) }, [{ name: 's', sealed }]);
  assert.deepEqual((await loadKitItems({ store, instanceKey }))[0]?.items, [item]);
});

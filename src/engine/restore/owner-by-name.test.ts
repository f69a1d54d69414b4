import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileNode, newRepository } from '../../../test/support/repositories.ts';
import { onlyRoot } from '../../../test/support/small-disk.ts';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { encodeTree } from '../format/tree.ts';
import { accountNumbers, ownedByName } from './owner-by-name.ts';
import { restore } from './restore.ts';

const node = { ...fileNode('a', [], 0), uid: 1234, gid: 4321 };

test('an entry belongs to whoever has its names here, and to its numbers where nobody has', () => {
  const numbers = {
    user: (name: string) => ({ ada: 7 })[name],
    group: (name: string) => ({ crew: 8, staff: 0 })[name],
  };
  const owner = (names: { user?: string; group?: string }) => {
    const { uid, gid } = ownedByName({ ...node, ...names }, numbers);
    return [uid, gid];
  };
  assert.deepEqual(owner({ user: 'ada', group: 'crew' }), [7, 8]);
  assert.deepEqual(owner({ user: 'bob', group: 'staff' }), [1234, 0]);
  assert.deepEqual(owner({}), [1234, 4321]);
});

test('this machine is asked for its accounts, and odd names are no names', () => {
  const { user, group } = accountNumbers();
  assert.deepEqual([user('root'), group('root')], [0, 0]);
  assert.notEqual(user('nobody'), undefined);
  for (const name of ['', '0', '65534', 'no such account', '--help', 'a:b\n', '\u0000'])
    assert.equal(user(name), undefined, name);
});

test('a restore asks for names only when it is told to', onlyRoot, async (context) => {
  const indexed = await (await newRepository(context)).loadIndex();
  const content = (await indexed.saveBlob('data', Buffer.from('text'))).id;
  const names = { user: 'nobody', group: 'no such group' };
  const nodes = [{ ...fileNode('a', [content], 4), ...names, uid: 1234, gid: 4321 }];
  const tree = (await indexed.saveBlob('tree', encodeTree(nodes))).id;
  await indexed.flush();
  const folder = await temporaryFolder(context);
  const ownerAfter = async (options: { ownershipByName?: boolean }): Promise<number[]> => {
    await restore(indexed, { tree }, folder, options);
    const { uid, gid } = statSync(join(folder, 'a'));
    return [uid, gid];
  };
  assert.deepEqual(await ownerAfter({}), [1234, 4321]);
  assert.deepEqual(await ownerAfter({ ownershipByName: true }), [accountNumbers().user('nobody'), 4321]);
  await indexed.close();
});

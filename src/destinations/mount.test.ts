import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { failure } from '../../test/support/failures.ts';
import { onlyRoot, smallDisk } from '../../test/support/small-disk.ts';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { instanceKeyFrom } from '../store/instance-key.ts';
import { memoryStore } from '../store/store.ts';
import { addDestination, findDestination } from './destination.ts';
import { mountOf, parseMountInfo } from '../backends/mounted/mount-table.ts';
import { destinationEvents, openDestination, prepareDestination, probeDestination } from './open.ts';

const mountInfo = String.raw`22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
40 22 0:35 / /mnt/nas\040one rw,nosuid shared:20 master:1 - cifs //srv/back\134up\040x rw,vers=3.1.1
41 22 0:36 / /mnt/nas\040one rw - nfs4 server:/export rw
42 22 0:37 / /mnt/n rw - tmpfs tmpfs rw
`;

test('the mount of a path is the nearest above it, and the last one that lies there', () => {
  const mounts = parseMountInfo(mountInfo);
  assert.deepEqual(mounts[1], {
    point: '/mnt/nas one',
    type: 'cifs',
    source: String.raw`//srv/back\up x`,
    options: 'rw,vers=3.1.1',
  });
  assert.equal(mountOf(mounts, '/mnt/nas one/orbit')?.type, 'nfs4');
  assert.equal(mountOf(mounts, '/mnt/nas one')?.type, 'nfs4');
  assert.equal(mountOf(mounts, '/mnt/nas ones')?.type, 'ext4');
  assert.equal(mountOf(mounts, '/mnt/n')?.type, 'tmpfs');
});

test(
  'a destination on a mount is written only while that very mount is there, and is lost and back',
  onlyRoot,
  async (context) => {
    const home = await temporaryFolder(context);
    const store = memoryStore();
    const instanceKey = instanceKeyFrom(Buffer.alloc(32, 1));
    const destinations = { store, instanceKey, home };
    const disk = await smallDisk(context, '4m');
    const path = join(disk.path, 'orbit');
    const nas = () => findDestination(store, 'nas');
    addDestination(store, instanceKey, { name: 'nas', kind: 'folder', config: { path, onMount: true } });
    await assert.rejects(openDestination(destinations, nas()), failure('destinations.mount-unknown'));
    await prepareDestination(destinations, nas());
    assert.deepEqual(nas().pins.mount, { point: disk.path, type: 'tmpfs', source: 'orbit-test' });
    assert.equal((await probeDestination(destinations, nas())).result.isUsable, true);
    const backend = await openDestination(destinations, nas());
    context.after(() => backend.close());
    await backend.save('data/a', Buffer.from('x'));

    await disk.unmount();
    await assert.rejects(backend.save('data/b', Buffer.from('x')), failure('destinations.not-mounted', /beneath/));
    await assert.rejects(openDestination(destinations, nas()), failure('destinations.not-mounted'));
    const lost = await probeDestination(destinations, nas());
    assert.equal(lost.destination.state, 'lost');
    assert.deepEqual(
      lost.events.map(({ type, code }) => [type, code]),
      [['destination.lost', 'destinations.not-mounted']],
    );
    assert.deepEqual((await probeDestination(destinations, nas())).events, [], 'told once');
    assert.deepEqual(await readdir(disk.path), [], 'nothing was written beneath');

    await disk.mountAgain();
    // Another, empty disk: it is a mount as expected, but not ours any more.
    const { result } = await probeDestination(destinations, nas());
    assert.equal(result.failure?.code, 'backend.place-missing');
    await prepareDestination(destinations, nas());
    assert.equal((await probeDestination(destinations, nas())).result.failure?.code, 'destinations.emptied');
    const back = await probeDestination(destinations, nas(), { acceptEmpty: true });
    assert.deepEqual(
      back.events.map(({ type }) => type),
      ['destination.back'],
    );
    assert.deepEqual(
      destinationEvents(store).map(({ type }) => type),
      ['destination.back', 'destination.lost', 'destination.degraded'],
    );
  },
);

test('a folder on the machine’s own disk is no mount', async (context) => {
  const home = await temporaryFolder(context);
  const store = memoryStore();
  const instanceKey = instanceKeyFrom(Buffer.alloc(32, 1));
  addDestination(store, instanceKey, { name: 'nas', kind: 'folder', config: { path: '/nowhere', onMount: true } });
  const nas = findDestination(store, 'nas');
  await assert.rejects(prepareDestination({ store, instanceKey, home }, nas), failure('destinations.not-mounted'));
});

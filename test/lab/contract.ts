// In the guest: every promise of a backend, over a real CIFS 3.1.1 mount with encryption and a real NFS 4.1 mount.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import type { Backend } from '../../src/backends/backend.ts';
import { type CifsConfig, cifsSettings } from '../../src/backends/kinds/cifs-kind.ts';
import { mountShare, unmountShare } from '../../src/backends/mounted/mounter.ts';
import { prefixedBackend } from '../../src/backends/prefixed.ts';
import { fullConfig, kindOf } from '../../src/destinations/destination.ts';
import { openDestination, prepareDestination, probeDestination } from '../../src/destinations/open.ts';
import { describeBackend } from '../support/describe-backend.ts';
import { cli } from '../support/cli.ts';
import { failure } from '../support/failures.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { type Kind, facts, folderBehind, kinds, labDestination } from './guest.ts';

let places = 0;

// One mount serves all promises of a kind: mounting takes most of the time here, and is tested below.
const shared = new Map<Kind, Promise<Backend>>();

async function closeShared(kind: Kind): Promise<void> {
  await (await shared.get(kind))?.close();
  shared.delete(kind);
}

async function openOnce(kind: Kind): Promise<Backend> {
  const { context, destination } = labDestination(kind, `promises-${kind}`);
  await prepareDestination(context, destination());
  const config = fullConfig(context.store, context.instanceKey, destination());
  return await kindOf(kind).open(config, {
    spoolFolder: '/run/orbit-home/spool',
    sshKey: () => assert.fail('no key is asked for'),
  });
}

for (const kind of kinds) {
  describeBackend(kind, async () => {
    const backend = shared.get(kind) ?? openOnce(kind);
    shared.set(kind, backend);
    places += 1;
    return prefixedBackend(await backend, `place-${places}`);
  });

  test(`${kind}: a destination is mounted, probed, used and unmounted, with options that are safe`, async () => {
    await closeShared(kind);
    const { context, destination } = labDestination(kind, `whole-${kind}`);
    await prepareDestination(context, destination());
    const { result } = await probeDestination(context, destination());
    assert.deepEqual([result.isUsable, result.canRead, result.canList, result.canRemove], [true, true, true, true]);
    const backend = await openDestination(context, destination());
    await backend.save('system/config', Buffer.from('x'));
    const mount = /^.* (\/run\/orbit\/mounts\/\S+) (\S+) - (cifs|nfs4) (\S+) (\S+)$/m.exec(
      readFileSync('/proc/self/mountinfo', 'utf8'),
    );
    assert.match(mount?.[2] ?? '', /nosuid,nodev,noexec/);
    assert.match(mount?.[5] ?? '', kind === 'cifs' ? /vers=3\.1\.1.*seal.*soft.*closetimeo=0/ : /vers=4\.1.*softerr/);
    assert.ok(!JSON.stringify(mount).includes(facts.smbPassword));
    await backend.close();
    assert.doesNotMatch(readFileSync('/proc/self/mountinfo', 'utf8'), /\/run\/orbit\/mounts/);
    assert.deepEqual(readdirSync('/run/orbit/mounts'), []);
    assert.ok(readdirSync(folderBehind(kind, `whole-${kind}`)).includes('write_test'));
  });

  test(`${kind}: with a mount point of its own it stays mounted, and a change beneath stops everything`, async () => {
    const local = `/run/visible-${kind}`;
    const { context, destination } = labDestination(kind, `local-${kind}`, { local });
    await prepareDestination(context, destination());
    const backend = await openDestination(context, destination());
    await backend.save('a', Buffer.from('x'));
    const { runProgram } = await import('../../src/base/program.ts');
    await runProgram('umount', ['-l', local]);
    await assert.rejects(backend.save('b', Buffer.from('y')), failure('backend.not-mounted', /beneath/));
    assert.deepEqual(readdirSync(local), []);
    await backend.close();
    const again = await openDestination(context, destination());
    assert.equal((await again.load('a')).toString(), 'x');
    await again.close();
    assert.match(readFileSync('/proc/self/mountinfo', 'utf8'), new RegExp(` ${local} `));
    await runProgram('umount', [local]);
  });
}

test('a kernel that does not know a newer option mounts without it', async () => {
  const { context, destination } = labDestination('cifs', 'older');
  const config = fullConfig(context.store, context.instanceKey, destination()) as CifsConfig;
  const settings = {
    ...cifsSettings(config, { spoolFolder: '/run/orbit-home/spool' }),
    newerOptions: ['of_tomorrow=0'],
  };
  const point = '/run/older';
  mkdirSync(point);
  await mountShare(settings, point);
  await unmountShare(point);
  await assert.rejects(
    mountShare({ ...settings, options: [...settings.options, 'of_tomorrow=1'] }, point),
    failure('backend.refused', /Invalid argument/),
  );
});

test('wrong passwords, shares and exports are told with cause and cure', async () => {
  const wrong = async (
    kind: 'cifs' | 'nfs',
    config: Record<string, unknown>,
    code: string,
    words: RegExp,
  ): Promise<void> => {
    const { context, destination } = labDestination(kind, `w-${(places += 1)}`, config);
    await assert.rejects(prepareDestination(context, destination()), failure(code, words));
  };
  await wrong('cifs', { password: 'wrong' }, 'backend.auth', /password/);
  await wrong('cifs', { path: '/nowhere' }, 'backend.place-missing', /no such share/);
  await wrong('cifs', { port: 446 }, 'backend.unreachable', /firewall/);
  await wrong('nfs', { path: '/not/exported' }, 'backend.place-missing', /not to this machine/);
  await wrong('nfs', { port: 2050 }, 'backend.unreachable', /firewall/);
});

test('orbit partition mounts, shows, remounts, unmounts and deletes, and no password is ever seen', async (context) => {
  const home = await temporaryFolder(context);
  const orbit = (...args: string[]) => cli(['partition', ...args], { home, input: `${facts.smbPassword}\n` });
  const printed: string[] = [];
  for (const type of ['cifs', 'nfs'] as const) {
    const local = `/run/srv/remote ${type}`;
    const path = type === 'cifs' ? '/backup' : facts.nfsFolder;
    const user = type === 'cifs' ? ['-u', facts.smbUser, '-d', 'WORKGROUP'] : [];
    const added = await orbit('-l', local, '--type', type, '-h', '10.96.0.1', '-r', path, ...user, '--force');
    assert.equal(added.stdout, 'Done!\nNo errors reported\n', added.stderr);
    assert.match((await orbit('--show')).stdout, new RegExp(`${local} +mounted`));
    const again = await orbit('-l', local, '--remount', '--force');
    assert.match(again.stdout, /remounted successfully/, again.stderr);
    if (type === 'cifs') assert.match(again.stdout, /- domain=WORKGROUP\nmount\.cifs kernel options: .*pass=\*{7}/);
    assert.equal((await orbit('-l', local, '--umount', '--force')).exitCode, 0);
    assert.match((await orbit('--show')).stdout, new RegExp(`${local} +not mounted`));
    const test = async () => await cli(['destination', 'test', `remote ${type}`], { home });
    assert.match((await test()).stdout, /was unmounted by/, 'it stays away, and says so');
    assert.match((await orbit('--show')).stdout, new RegExp(`${local} +not mounted`));
    assert.equal((await orbit('-l', local, '--remount', '--force')).exitCode, 0);
    assert.equal((await test()).exitCode, 0);
    assert.equal((await orbit('-l', local, '--delete', '--force')).exitCode, 0);
    assert.doesNotMatch(readFileSync('/proc/self/mountinfo', 'utf8'), /\/run\/srv/);
    printed.push(added.stdout, again.stdout, again.stderr);
  }
  assert.ok(!printed.join('').includes(facts.smbPassword));
});

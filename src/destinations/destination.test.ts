import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failure } from '../../test/support/failures.ts';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { type Fault, always, faultyBackend } from '../backends/faulty.ts';
import type { Backend } from '../backends/backend.ts';
import { noSpace, permissionDenied, unreachable } from '../backends/failures.ts';
import { backendKinds } from '../backends/kinds.ts';
import { memoryBackend } from '../backends/memory.ts';
import { fixedClock } from '../base/clock.ts';
import { tellNotes } from '../base/note.ts';
import { configFields } from '../base/secret-schema.ts';
import type { SecretString } from '../base/secret-string.ts';
import { instanceKeyFrom } from '../store/instance-key.ts';
import { memoryStore } from '../store/store.ts';
import { proveAppendOnly } from './append-only.ts';
import { rrsyncLine } from './authorized-keys.ts';
import { addDestination, findDestination, fullConfig, listDestinations, removeDestination } from './destination.ts';
import { nextState } from './health.ts';
import { openDestination, probeDestination } from './open.ts';
import { probeBackend } from './probe.ts';
import { createSshKey, ensureSshKey, listSshKeys, loadSshKey } from './ssh-key.ts';

const instanceKey = instanceKeyFrom(Buffer.alloc(32, 1));

test('destinations are added, found by name, and refused with every mistake named', () => {
  const store = memoryStore();
  const add = (name: string, kind: string, config: Record<string, unknown>) =>
    addDestination(store, instanceKey, { name, kind, config });
  add('Ü near', 'folder', { path: '/srv/x' });
  const rsync = add('far', 'rsync', { host: 'h', user: 'u', path: `/srv/it's "here" & \\there` });
  assert.deepEqual(rsync.config['port'], 22);
  assert.deepEqual(
    listDestinations(store).map(({ name, state }) => [name, state]),
    [
      ['far', 'untested'],
      ['Ü near', 'untested'],
    ],
  );
  assert.throws(() => add('far', 'folder', { path: '/x' }), failure('destinations.name-taken'));
  assert.throws(() => add('x\n', 'folder', { path: '/x' }), failure('destinations.bad-name'));
  assert.throws(
    () => add('x', 'carrier-pigeon', {}),
    failure('destinations.unknown-kind', /folder, cifs, nfs, smb, rsync/),
  );
  assert.throws(() => add('x', 'folder', { path: 'relative' }), failure('destinations.bad-config', /path/));
  assert.throws(
    () => add('x', 'rsync', { port: 99_999, color: 1 }),
    failure('destinations.bad-config', /host.*user.*color/s),
  );
  assert.throws(() => findDestination(store, 'nowhere'), failure('destinations.unknown', /far/));
  removeDestination(store, 'far');
  assert.throws(() => removeDestination(store, 'far'), failure('destinations.unknown'));
});

test('every field of every kind has a title, and no secret one is kept in the open', () => {
  for (const kind of backendKinds) {
    for (const field of configFields(kind.config))
      assert.notEqual(field.title, field.name, `${kind.kind} ${field.name}`);
  }
});

test('a secret of a destination is kept sealed, apart from the settings, and opens for this instance only', () => {
  const store = memoryStore();
  const secretAccessKey = 'p\\&b!c,d"e f ü';
  const config = { endpoint: 'https://s3.example.org', bucket: 'orbit', accessKeyId: 'id', secretAccessKey };
  const added = addDestination(store, instanceKey, { name: 'cloud', kind: 's3', config });
  assert.equal(JSON.stringify(added).includes('b!c'), false);
  const row = store.database.prepare('SELECT * FROM destination').get() ?? {};
  const bytes = Object.values(row).map((value) => Buffer.from((value ?? '') as Uint8Array | string));
  assert.equal(
    bytes.some((value) => value.includes('b!c')),
    false,
  );
  const opened = fullConfig(store, instanceKey, added)['secretAccessKey'] as SecretString;
  assert.equal(opened.reveal(), secretAccessKey);
  assert.throws(() => fullConfig(store, instanceKeyFrom(Buffer.alloc(32, 2)), added), failure('store.damaged-value'));
});

test('a folder destination is opened, probed, and told when it is gone and back', async (context) => {
  const home = await temporaryFolder(context);
  const path = await temporaryFolder(context);
  const store = memoryStore();
  const clock = fixedClock(new Date());
  addDestination(store, instanceKey, { name: 'near', kind: 'folder', config: { path } }, clock);
  const destinations = { store, instanceKey, home, clock };
  const { result, destination } = await probeDestination(destinations, findDestination(store, 'near'));
  assert.equal(result.isUsable, true);
  assert.deepEqual([result.canRead, result.canList, result.canRemove], [true, true, true]);
  assert.ok((result.freeBytes ?? 0) > 0);
  assert.ok(Math.abs(result.clockDifferenceMs ?? 1e9) < 60_000);
  assert.notEqual(destination.state, 'untested');
  const backend = await openDestination(destinations, destination);
  await backend.save('system/config', Buffer.from('x'));
  await backend.close();
});

test('a place whose clock is wrong is usable with a worry', async () => {
  const clock = fixedClock(new Date('2026-11-23T05:00:00Z'));
  const slow = { ...memoryBackend(), modifiedAt: async () => new Date('2026-11-23T04:00:00Z') };
  const { result } = await probeBackend(slow, { clock });
  assert.equal(result.isUsable, true);
  assert.deepEqual(result.worries, [{ code: 'destination.clock-behind', facts: { differenceMs: 3_600_000 } }]);
  assert.equal(tellNotes(result.worries, 'pt'), 'seu relógio está 1 h 00 min atrasado em relação ao daqui');
});

test('a probe notices every way in which a place may go wrong', async () => {
  const cases: [Fault, 'save' | 'load' | 'list' | 'remove', string][] = [
    ['fail', 'save', 'backend.unreachable'],
    ['lie', 'save', 'backend.not-found'],
    ['lie', 'load', 'destinations.not-kept'],
    ['lie', 'list', 'destinations.not-listed'],
    ['fail', 'remove', 'backend.unreachable'],
  ];
  for (const [fault, method, code] of cases) {
    const { result } = await probeBackend(faultyBackend(memoryBackend(), always(fault, [method])));
    assert.equal(result.isUsable, false, `${fault} ${method}`);
    assert.equal(result.failure?.code, code, `${fault} ${method}`);
  }
});

test('a place that hangs is given up at the deadline, even when it ignores the abort', async () => {
  const hanging = { ...memoryBackend(), load: () => new Promise<never>(() => {}) };
  const { result } = await probeBackend(hanging, { timeoutMs: 30 });
  assert.equal(result.failure?.code, 'backend.timeout');
});

test('one passing failure degrades, the second loses, a lasting one loses at once, and back is told once', () => {
  const passing = { failure: unreachable('x'), worries: [] };
  const lasting = { failure: noSpace('x'), worries: [] };
  const good = { worries: [] };
  assert.deepEqual(nextState('reachable', passing), { state: 'degraded' });
  assert.deepEqual(nextState('degraded', passing), { state: 'lost', event: 'destination.lost' });
  assert.deepEqual(nextState('reachable', lasting), { state: 'lost', event: 'destination.lost' });
  assert.deepEqual(nextState('lost', passing), { state: 'lost' });
  assert.deepEqual(nextState('lost', good), { state: 'reachable', event: 'destination.back' });
  assert.deepEqual(nextState('degraded', good), { state: 'reachable' });
  assert.deepEqual(nextState('reachable', { worries: ['w'] }), { state: 'degraded', event: 'destination.degraded' });
});

test('a place that takes nothing twice is probed with one small object a day', async () => {
  const inner = memoryBackend();
  const no = async (): Promise<never> => {
    throw permissionDenied('x', 'do that');
  };
  const appendOnly: Backend = {
    ...inner,
    remove: no,
    save: (key, bytes, options) => (options?.ifExists === 'replace' ? no() : inner.save(key, bytes, options)),
  };
  for (let probe = 0; probe < 3; probe += 1) {
    const { result } = await probeBackend(appendOnly, { clock: fixedClock(new Date('2026-11-23T05:00:00Z')) });
    assert.deepEqual([result.isUsable, result.canReplace, result.canRemove], [true, false, undefined]);
  }
  assert.deepEqual([...inner.objects.keys()], ['probe/2026-11-23']);
  const proof = await proveAppendOnly(appendOnly, new Date(0));
  assert.deepEqual([proof.isDeletingRefused, proof.isOverwritingRefused], [true, true]);
});

test('a destination says itself below how many free bytes it is nearly full', async (context) => {
  const store = memoryStore();
  const opener = { store, instanceKey, home: await temporaryFolder(context) };
  const probed = async (name: string, lowSpaceMib?: number) => {
    const config = { path: await temporaryFolder(context), ...(lowSpaceMib === undefined ? {} : { lowSpaceMib }) };
    addDestination(store, instanceKey, { name, kind: 'folder', config });
    return (await probeDestination(opener, findDestination(store, name))).destination;
  };
  const strict = await probed('strict', 2 ** 40);
  const [worry] = strict.lastProbe?.worries ?? [];
  assert.equal(strict.state, 'degraded');
  assert.match(tellNotes(worry === undefined ? [] : [worry], 'en'), /^it is nearly full: .* are free$/);
  assert.deepEqual((await probed('careless', 0)).state, 'reachable');
  assert.equal((await probed('plain')).config['lowSpaceMib'], 2048);
});

test('a place where everything is allowed is not called append-only', async () => {
  const proof = await proveAppendOnly(memoryBackend(), new Date(0));
  assert.deepEqual([proof.isDeletingRefused, proof.isOverwritingRefused], [false, false]);
});

test('SSH keys are made once, kept sealed, and never shown', async () => {
  const store = memoryStore();
  const made = await ensureSshKey(store, instanceKey);
  assert.deepEqual(await ensureSshKey(store, instanceKey), made);
  await assert.rejects(
    createSshKey(store, instanceKey, { name: 'orbit', type: 'rsa' }),
    failure('destinations.ssh-key-exists'),
  );
  assert.throws(() => loadSshKey(store, instanceKey, 'other'), failure('destinations.ssh-key-unknown'));
  const loaded = loadSshKey(store, instanceKey, 'orbit');
  assert.equal(loaded.publicLine, made.publicLine);
  assert.equal(JSON.stringify([loaded, listSshKeys(store)]).includes('PRIVATE'), false);
  const row = store.database.prepare('SELECT * FROM ssh_key').get() ?? {};
  assert.equal(
    Object.values(row).some((value) => Buffer.from(value as Uint8Array | string).includes('PRIVATE KEY')),
    false,
  );
});

test('the line for authorized_keys quotes hostile folders for both of its readers', () => {
  const key = { publicLine: 'ssh-ed25519 AAAA c', path: `/a b/it's "x"`, from: '192.0.2.1' };
  const line = rrsyncLine(key, 'write');
  assert.equal(
    line,
    String.raw`restrict,from="192.0.2.1",command="/usr/bin/rrsync -wo -no-del '/a b/it'\''s \"x\"'" ssh-ed25519 AAAA c`,
  );
});

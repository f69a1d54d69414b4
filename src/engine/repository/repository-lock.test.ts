import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { test, type TestContext } from 'node:test';
import { failure } from '../../../test/support/failures.ts';
import { newRepository } from '../../../test/support/repositories.ts';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import type { Backend } from '../../backends/backend.ts';
import { always, faultyBackend } from '../../backends/faulty.ts';
import { heldBackend } from '../../backends/held.ts';
import { memoryBackend } from '../../backends/memory.ts';
import { fixedClock } from '../../base/clock.ts';
import { isFailure } from '../../base/failure.ts';
import { encodeLockFile, type LockFile } from '../format/lock-file.ts';
import { isLockKey } from '../format/layout.ts';
import type { LockId } from '../ids.ts';
import { isDead, thisOwner } from './lock-owner.ts';
import { removeStaleLocks, RepositoryLock, withLock } from './repository-lock.ts';
import type { Repository } from './repository.ts';
import { listFiles, saveSealedFile } from './sealed-files.ts';

const start = new Date('2026-01-02T03:04:05Z');
const minuteMs = 60_000;

const lockIds = async (repository: Repository): Promise<LockId[]> =>
  (await listFiles<LockId>(repository.backend, 'locks')).map(({ id }) => id);

function writeLock(repository: Repository, lock: Partial<LockFile>): Promise<LockId> {
  const { uid: _uid, gid: _gid, ...owner } = thisOwner();
  const file = { time: start.toISOString(), exclusive: false, ...owner, ...lock };
  return saveSealedFile<LockId>(repository, 'locks', encodeLockFile(file));
}

async function deadPid(): Promise<number> {
  const child = spawn('true');
  await once(child, 'exit');
  return child.pid ?? 0;
}

test('shared locks go together; an exclusive one goes with nobody, and the refusal names who holds it', async (context) => {
  const repository = await newRepository(context);
  const first = await RepositoryLock.acquire(repository);
  const second = await RepositoryLock.acquire(repository);
  await assert.rejects(
    RepositoryLock.acquire(repository, { exclusive: true }),
    failure('repository.locked', new RegExp(`@${hostname()}, process ${process.pid}`)),
  );
  await first.release();
  await second.release();
  const alone = await RepositoryLock.acquire(repository, { exclusive: true });
  await assert.rejects(RepositoryLock.acquire(repository), failure('repository.locked', /exclusively/));
  await alone.release();
  await alone.release();
  assert.deepEqual(await lockIds(repository), []);
});

test('whoever locks at the same moment sees the other and steps back', async (context) => {
  const repository = await newRepository(context);
  const tries = [1, 2].map(() => RepositoryLock.acquire(repository, { exclusive: true }));
  const results = await Promise.allSettled(tries);
  const held = results.filter(({ status }) => status === 'fulfilled').length;
  assert.ok(held <= 1);
  assert.equal((await lockIds(repository)).length, held);
  for (const result of results) if (result.status === 'fulfilled') await result.value.release();
});

// Work that begins while its lock settles: `events` tells what it did and what the others did, in order.
async function earlyWork(context: TestContext, work: (place: Backend, signal: AbortSignal) => Promise<unknown>) {
  const repository = await newRepository(context);
  const { backend, hold } = heldBackend(repository.backend, isLockKey);
  const { sealer, version } = repository;
  const outcome = withLock({ backend, sealer, version }, { startsEarly: hold }, (signal) => work(backend, signal));
  return { repository, outcome };
}

test('work that starts early reads at once and stores when the lock is granted', async (context) => {
  const events: string[] = [];
  const { repository, outcome } = await earlyWork(context, async (place) => {
    const stored = place.save('data/x', Buffer.from('x')).then(() => events.push('stored'));
    await place.load('config');
    events.push('read', `${(await lockIds(repository)).length} lock`);
    await stored;
    return 'done';
  });
  assert.equal(await outcome, 'done');
  assert.deepEqual(events, ['read', '1 lock', 'stored']);
  assert.deepEqual(await lockIds(repository), []);
});

test('work that starts early and whose lock is refused has stored nothing, and is told why', async (context) => {
  let told: unknown;
  let other: LockId | undefined;
  const { repository, outcome } = await earlyWork(context, async (place, signal) => {
    other = await writeLock(repository, { time: new Date().toISOString(), exclusive: true });
    const stored = place.save('data/x', Buffer.from('x'));
    const removed = place.remove('config');
    await assert.rejects(stored, failure('repository.locked'));
    await assert.rejects(removed, failure('repository.locked'));
    told = signal.reason;
    throw new Error('what the work makes of it');
  });
  await assert.rejects(outcome, failure('repository.locked', /exclusively/));
  assert.ok(isFailure(told, 'repository.locked'));
  await assert.rejects(repository.backend.stat('data/x'), failure('backend.not-found'));
  await repository.backend.stat('config');
  assert.deepEqual(await lockIds(repository), [other]);
});

test('what starts early and gives its result before the lock is refused gives nothing', async (context) => {
  const { repository, outcome } = await earlyWork(context, async () => {
    await writeLock(repository, { time: new Date().toISOString(), exclusive: true });
    return 'too early';
  });
  await assert.rejects(outcome, failure('repository.locked', /exclusively/));
});

test('a lock is renewed every five minutes by a new file, and the old one goes', async (context) => {
  const clock = fixedClock(start);
  const repository = await newRepository(context);
  const lock = await RepositoryLock.acquire(repository, { clock });
  const first = lock.id;
  clock.advance(4 * minuteMs);
  await lock.tend();
  assert.equal(lock.id, first);
  clock.advance(minuteMs);
  await lock.tend();
  assert.notEqual(lock.id, first);
  assert.deepEqual(await lockIds(repository), [lock.id]);
  await lock.release();
});

test('work is stopped when the lock could not be renewed for 22.5 minutes, and not before', async (context) => {
  const clock = fixedClock(start);
  const inner = memoryBackend();
  let fails = false;
  const backend = faultyBackend(inner, (call) => (fails ? always('fail', ['save'])(call) : undefined));
  const repository = await newRepository(context, { backend });
  const lock = await RepositoryLock.acquire(repository, { clock });
  fails = true;
  clock.advance(20 * minuteMs);
  await lock.tend();
  assert.equal(lock.signal.aborted, false);
  clock.advance(3 * minuteMs);
  await lock.tend();
  assert.equal(lock.signal.aborted, true);
  assert.ok(failure('repository.lock-lost')(lock.signal.reason));
  await lock.release();
});

// A place whose lock files can be kept from being stored, as a line does that says nothing any more; aborting ends the wait.
function waitingPlace() {
  const inner = memoryBackend();
  const gate = { isShut: false, open: (): void => {} };
  const backend: Backend = {
    ...inner,
    async save(key, bytes, options = {}) {
      if (gate.isShut && isLockKey(key))
        await new Promise<void>((resolve, reject) => {
          gate.open = resolve;
          options.signal?.addEventListener('abort', () => reject(options.signal?.reason as Error));
        });
      await inner.save(key, bytes, options);
    },
  };
  return { backend, gate };
}

// A lock in the middle of its first renewal, which waits for the place.
async function waitingRenewal(context: TestContext) {
  const clock = fixedClock(start);
  const { backend, gate } = waitingPlace();
  const repository = await newRepository(context, { backend });
  const lock = await RepositoryLock.acquire(repository, { clock });
  gate.isShut = true;
  clock.advance(5 * minuteMs);
  const renewing = lock.tend();
  return { clock, gate, repository, lock, renewing };
}

test('work is stopped after 22.5 minutes as well when the place never answers', async (context) => {
  const { clock, repository, lock, renewing } = await waitingRenewal(context);
  clock.advance(17 * minuteMs);
  await lock.tend();
  assert.equal(lock.signal.aborted, false);
  clock.advance(minuteMs);
  await lock.tend();
  assert.ok(failure('repository.lock-lost')(lock.signal.reason));
  await renewing;
  await lock.release();
  assert.deepEqual(await lockIds(repository), []);
});

test('a lock that somebody removed while the machine slept in the middle of renewing it is lost', async (context) => {
  const { clock, gate, repository, lock, renewing } = await waitingRenewal(context);
  await removeStaleLocks(repository, { all: true });
  clock.advance(60 * minuteMs);
  gate.open();
  await renewing;
  assert.ok(failure('repository.lock-lost')(lock.signal.reason));
  await lock.release();
  assert.deepEqual(await lockIds(repository), []);
});

test('a lock file that could not be removed when its lock was renewed goes with the lock', async (context) => {
  const clock = fixedClock(start);
  let fails = false;
  const backend = faultyBackend(memoryBackend(), (call) => (fails ? always('fail', ['remove'])(call) : undefined));
  const repository = await newRepository(context, { backend });
  const lock = await RepositoryLock.acquire(repository, { clock });
  fails = true;
  clock.advance(5 * minuteMs);
  await lock.tend();
  assert.equal((await lockIds(repository)).length, 2);
  fails = false;
  await lock.release();
  assert.deepEqual(await lockIds(repository), []);
});

test('after a long sleep the lock goes on when its file is still there, and is lost when somebody removed it', async (context) => {
  for (const isRemoved of [false, true]) {
    const clock = fixedClock(start);
    const repository = await newRepository(context);
    const lock = await RepositoryLock.acquire(repository, { clock });
    if (isRemoved) await removeStaleLocks(repository, { all: true });
    clock.advance(60 * minuteMs);
    await lock.tend();
    assert.equal(lock.signal.aborted, isRemoved);
    await lock.release();
    assert.deepEqual(await lockIds(repository), []);
  }
});

test('a lock whose very process is gone is cleared by itself; the same process id in another life is not taken for it', async (context) => {
  const repository = await newRepository(context);
  const own = thisOwner().process ?? assert.fail('needs /proc');
  const place = own.slice(0, own.lastIndexOf(`/${process.pid}/`));
  await writeLock(repository, { pid: await deadPid(), process: `${place}/1/1`, exclusive: true });
  const other = await writeLock(repository, { process: `${place}/${process.pid}/1` });
  const lock = await RepositoryLock.acquire(repository, { exclusive: true, clock: fixedClock(start) });
  assert.deepEqual(await lockIds(repository), [lock.id]);
  assert.notEqual(other, lock.id);
  await lock.release();
});

test('a process of this host that runs and that the system does not show is not taken for dead', async (context) => {
  const lock = { time: start.toISOString(), exclusive: true, ...thisOwner() };
  const nothingSeen = await temporaryFolder(context);
  assert.equal(isDead(lock, start, nothingSeen), false);
  assert.equal(isDead({ ...lock, pid: await deadPid() }, start, nothingSeen), true);
});

test('a lock of restic whose process is gone is cleared only after 30 minutes: host names are no proof', async (context) => {
  const repository = await newRepository(context);
  const clock = fixedClock(start);
  const { process: _process, ...byRestic } = { ...thisOwner(), pid: await deadPid() };
  const json = encodeLockFile({ time: start.toISOString(), exclusive: true, ...byRestic });
  await saveSealedFile<LockId>(repository, 'locks', json);
  await assert.rejects(RepositoryLock.acquire(repository, { clock }), failure('repository.locked'));
  clock.advance(31 * minuteMs);
  await (await RepositoryLock.acquire(repository, { clock })).release();
  assert.deepEqual(await lockIds(repository), []);
});

test('a lock of another host is never cleared by itself, however old; unlock removes it when it is stale', async (context) => {
  const repository = await newRepository(context);
  const clock = fixedClock(start);
  const foreign = { hostname: 'elsewhere', process: 'another-boot/ns/1/1', exclusive: true };
  const id = await writeLock(repository, foreign);
  clock.advance(29 * minuteMs);
  assert.deepEqual(await removeStaleLocks(repository, { clock }), []);
  clock.advance(24 * 60 * minuteMs);
  await assert.rejects(RepositoryLock.acquire(repository, { clock }), failure('repository.locked', /elsewhere/));
  assert.deepEqual(await removeStaleLocks(repository, { clock }), [id]);
});

test('an empty lock file says nothing; a damaged one is named', async (context) => {
  const backend = memoryBackend();
  const repository = await newRepository(context, { backend });
  backend.objects.set(`locks/${'00'.repeat(32)}`, Buffer.alloc(0));
  await (await RepositoryLock.acquire(repository, { exclusive: true })).release();
  backend.objects.set(`locks/${'11'.repeat(32)}`, Buffer.from('damaged'));
  await assert.rejects(RepositoryLock.acquire(repository), failure('repository.damaged-file', /locks\/1111/));
});

test('after a sleep the lock is looked at within a second, although timers stood still', async (context) => {
  context.mock.timers.enable({ apis: ['setInterval'] });
  const clock = fixedClock(start);
  const repository = await newRepository(context);
  const lock = await RepositoryLock.acquire(repository, { clock });
  context.after(() => lock.release());
  await removeStaleLocks(repository, { all: true });
  clock.advance(60 * minuteMs);
  const lost = new Promise((resolve) => lock.signal.addEventListener('abort', resolve));
  context.mock.timers.tick(1000);
  await lost;
  assert.ok(failure('repository.lock-lost')(lock.signal.reason));
});

test('work that ends after a sleep has succeeded only if its lock was still there', async (context) => {
  for (const isRemoved of [false, true]) {
    const clock = fixedClock(start);
    const repository = await newRepository(context);
    const work = withLock(repository, { clock }, async () => {
      clock.advance(60 * minuteMs);
      if (isRemoved) await removeStaleLocks(repository, { all: true });
      return 'stored';
    });
    if (isRemoved) await assert.rejects(work, failure('repository.lock-lost'));
    else assert.equal(await work, 'stored');
    assert.deepEqual(await lockIds(repository), []);
  }
});

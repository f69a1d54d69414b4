import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { suite, test, type TestContext } from 'node:test';
import { failure } from '../../../test/support/failures.ts';
import { randomBytesOf } from '../../../test/support/random-bytes.ts';
import { newRepository, saveFiles } from '../../../test/support/repositories.ts';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { memoryBackend } from '../../backends/memory.ts';
import { fixedClock } from '../../base/clock.ts';
import type { PackId } from '../ids.ts';
import { check } from './check.ts';
import { datesPath, parseShare, RollingReading, type RollingShare, verifyRolling } from './rolling.ts';

const dayMs = 24 * 3_600_000;
const start = new Date('2026-03-01T00:00:00Z');

// Each file is a pack of its own, and so is each root folder.
async function story(context: TestContext) {
  const backend = memoryBackend();
  const repository = await newRepository(context, { backend });
  const add = async (name: string): Promise<void> => {
    const indexed = await repository.loadIndex();
    await saveFiles(indexed, { [name]: [randomBytesOf(name, 10_000)] });
    await indexed.close();
  };
  const folder = await temporaryFolder(context);
  const clock = fixedClock(start);
  const path = datesPath(folder, repository);
  const turn = async (share: RollingShare) => {
    const reading = new RollingReading(path, share, { clock });
    const { result, problems } = await verifyRolling(repository, reading);
    return { ...result, errors: problems.filter(({ severity }) => severity === 'error').length };
  };
  const packs = (): PackId[] =>
    [...backend.objects.keys()].flatMap((key) => (key.startsWith('data/') ? [key.slice(8) as PackId] : []));
  return { backend, repository, add, clock, path, turn, packs };
}

suite('rolling verification', () => {
  test('reads what waited longest, and tells since when everything was read back', async (context) => {
    const { add, clock, turn } = await story(context);
    for (const name of ['a', 'b', 'c', 'd']) await add(name);
    const days: (string | undefined)[] = [];
    let packsRead = 0;
    for (let day = 0; day < 8; day += 1) {
      const { since, readNow, readBytes, bytes } = await turn({ of: 4 });
      packsRead += readNow.packs;
      assert.ok(readNow.bytes >= bytes / 4 && readNow.bytes < bytes / 2);
      assert.equal(readBytes === bytes, since !== undefined);
      days.push(since?.toISOString().slice(8, 10));
      clock.advance(dayMs);
    }
    assert.ok(packsRead >= 8);
    const first = days.findIndex((day) => day !== undefined);
    assert.ok(first > 0 && first <= 3, `everything is read after four turns at the latest: ${days.join()}`);
    const last = days.at(-1) ?? assert.fail();
    assert.ok(Number(last) >= 8 - 4, `nothing waits longer than four turns: ${days.join()}`);
  });

  test('new packs queue behind the old ones, however many come', async (context) => {
    const { add, clock, turn, path, packs } = await story(context);
    await add('old');
    await turn({ bytes: 1 });
    const old = packs();
    for (let day = 0; day < 3; day += 1) {
      clock.advance(dayMs);
      for (const name of ['x', 'y', 'z']) await add(`${name}${day}`);
      await turn({ bytes: 1 });
    }
    assert.equal(packs().length, 2 + 3 * 6);
    const dates = new RollingReading(path, { bytes: 1 }, { clock });
    dates.choose(old.map((id) => ({ id, size: 1 })));
    assert.equal(dates.result().readPacks, 2, 'both old packs had their turn');
  });

  test('a damaged pack is told in every turn, and never counts as read back', async (context) => {
    const { add, backend, repository, turn, clock, packs } = await story(context);
    for (const name of ['a', 'b', 'c']) await add(name);
    assert.notEqual((await turn({ of: 1 })).since, undefined);
    clock.advance(dayMs);
    const [pack] = packs();
    const bytes = backend.objects.get(`data/${pack?.slice(0, 2)}/${pack}`) ?? assert.fail();
    bytes[50] = (bytes[50] ?? 0) ^ 1;
    const found = await turn({ of: 1 });
    assert.deepEqual([found.damagedPacks, found.since, found.readPacks], [[pack], undefined, 5]);
    assert.ok(found.errors > 0);
    clock.advance(dayMs);
    assert.deepEqual((await turn({ bytes: 1 })).damagedPacks, [pack]);
    bytes[50] = (bytes[50] ?? 0) ^ 1;
    clock.advance(dayMs);
    assert.equal((await turn({ bytes: 1 })).since?.toISOString(), '2026-03-02T00:00:00.000Z');
    assert.deepEqual((await check(repository, { readData: true })).problems, []);
  });

  test('a lost, cut or damaged file of dates is made anew', async (context) => {
    const { add, turn, path } = await story(context);
    await add('a');
    await turn({ of: 1 });
    const whole = readFileSync(path);
    for (const bytes of [
      Buffer.alloc(0),
      whole.subarray(0, -1),
      whole.subarray(0, 60),
      Buffer.concat([whole, whole]),
    ]) {
      writeFileSync(path, bytes);
      assert.equal((await turn({ bytes: 1 })).readPacks, 1);
    }
    for (let at = 0; at < whole.length; at += 1) {
      const flipped = Buffer.from(whole);
      flipped[at] = (flipped[at] ?? 0) ^ 4;
      writeFileSync(path, flipped);
      const reading = new RollingReading(path, { of: 1 });
      reading.choose([]);
      assert.equal(reading.result().readPacks, 0, `byte ${at}`);
    }
  });

  test('a time is a share as well, and an interrupted run keeps what it has read', async (context) => {
    const { add, repository, path, clock } = await story(context);
    for (const name of ['a', 'b', 'c', 'd', 'e']) await add(name);
    const reading = new RollingReading(path, { ms: 1000 }, { clock });
    const problems = await check(repository, {
      readData: reading,
      report: (event) => event.type === 'pack-read' && clock.advance(400),
    });
    assert.deepEqual([problems.problems, problems.packsRead < 6], [[], true]);
    reading.save();
    const next = new RollingReading(path, { of: 1 }, { clock });
    const stop = new AbortController();
    let isFirst = true;
    await assert.rejects(
      verifyRolling(repository, next, {
        signal: stop.signal,
        isEnough: () => {
          if (!isFirst) stop.abort();
          isFirst = false;
          return false;
        },
      }),
    );
    const after = new RollingReading(path, { of: 1 }, { clock });
    after.choose([]);
    assert.equal(after.result().packs, 0);
    assert.ok(readFileSync(path).length > 40);
  });

  test('shares are read, and what is none is refused', () => {
    assert.deepEqual(['1/30', '5%', '20G', '30min', '2h', '500M'].map(parseShare), [
      { of: 30 },
      { of: 20 },
      { bytes: 20 * 1024 ** 3 },
      { ms: 1_800_000 },
      { ms: 7_200_000 },
      { bytes: 500 * 1024 ** 2 },
    ]);
    for (const text of ['', '2/30', '0', '1/0', '0min', '101%', '-5%', '1/99999', 'x'])
      assert.throws(() => parseShare(text), failure('check.bad-share'), text);
  });
});

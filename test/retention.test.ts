// Forget, prune, copy and repair against stock restic: it agrees with our policy, writes what we prune, and judges the result.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import fc from 'fast-check';
import { openFolderBackend } from '../src/backends/folder.ts';
import { fixedClock } from '../src/base/clock.ts';
import { SecretString } from '../src/base/secret-string.ts';
import { backendRefused } from './support/refusing-backend.ts';
import type { NamedSnapshot } from '../src/engine/format/snapshot-types.ts';
import type { SnapshotId } from '../src/engine/ids.ts';
import { applyRetention } from '../src/engine/maintain/apply-retention.ts';
import { formatSpan, type CalendarSpan } from '../src/engine/maintain/calendar-span.ts';
import { check } from '../src/engine/maintain/check.ts';
import { planForget } from '../src/engine/maintain/plan-forget.ts';
import { planPrune } from '../src/engine/maintain/plan-prune.ts';
import { prune, runPrune } from '../src/engine/maintain/prune.ts';
import { repairIndex } from '../src/engine/maintain/repair-index.ts';
import type { RetentionPolicy } from '../src/engine/maintain/retention-policy.ts';
import { surveyRepository } from '../src/engine/maintain/survey.ts';
import { Repository } from '../src/engine/repository/repository.ts';
import { RepositoryLock } from '../src/engine/repository/repository-lock.ts';
import { compareTrees } from './support/compare-trees.ts';
import { failure } from './support/failures.ts';
import { backendWith, judge, makeHistory, type Objects } from './support/history.ts';
import { newRepository, saveFiles, testPassword } from './support/repositories.ts';
import { resticFor, type Restic } from './support/restic.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { needs } from './support/tools.ts';

const everything = { maxUnused: { bytes: 0 }, graceMs: 0 };

async function inFolder(context: TestContext): Promise<{ folder: string; repository: Repository; restic: Restic }> {
  const folder = await temporaryFolder(context);
  const path = join(folder, 'repository');
  const backend = await openFolderBackend(path);
  context.after(() => backend.close());
  return { folder, repository: await newRepository(context, { backend }), restic: await resticFor(path, folder) };
}

async function openObjects(context: TestContext, objects: Objects) {
  const backend = backendWith(objects);
  const repository = await Repository.open(backend, testPassword);
  context.after(() => repository.close());
  return { backend, repository };
}

interface ResticGroup {
  keep: { id: string }[] | null;
  remove: { id: string }[] | null;
  reasons: { matches: string[] }[];
}

test('restic forget decides as our policy does, and for the same reasons', needs('restic'), async (context) => {
  const { repository, restic } = await inFolder(context);
  const { tree } = await saveFiles(await repository.loadIndex(), { file: [Buffer.from('content')] });
  const times = fc.record({
    ms: fc.integer({ min: Date.UTC(2023, 0), max: Date.UTC(2026, 6) }),
    fraction: fc.nat(999_999_998),
    zone: fc.constantFrom('Z', '+02:00', '-03:00', '+05:30'),
    tags: fc.constantFrom<(string[] | undefined)[]>(undefined, ['a'], ['b'], ['a', 'b']),
    paths: fc.constantFrom<string[][]>(['/etc'], ['/etc', '/srv']),
    hostname: fc.constantFrom('web', 'db'),
  });
  for (const { ms, fraction, zone, tags, paths, hostname } of fc.sample(times, { seed: 20261123, numRuns: 60 })) {
    const time = `${new Date(ms).toISOString().slice(0, 19)}.${fraction + 1}${zone}`;
    await repository.saveSnapshot({ time, tree, paths, hostname, ...(tags === undefined ? {} : { tags }) });
  }
  const snapshots = await repository.listSnapshots();
  const count = fc.nat(6);
  const span = fc.record({ years: fc.nat(1), months: fc.nat(13), days: fc.nat(40), hours: fc.nat(30) });
  // That the oldest snapshot fills a bucket came with 0.16.
  const [, minor = '0'] = /restic 0\.(\d+)/.exec(await restic.ok('version')) ?? [];
  const isKnown = (reason: string): boolean => Number(minor) >= 16 || !reason.startsWith('oldest ');
  const policies = fc.sample(
    fc.record(
      {
        last: count,
        hourly: count,
        daily: count,
        weekly: count,
        monthly: count,
        yearly: count,
        within: span,
        withinDaily: span,
        withinWeekly: span,
        withinMonthly: span,
        tags: fc.constantFrom<string[][][]>([['a']], [['a', 'b'], ['b']]),
      },
      { requiredKeys: [] },
    ),
    { seed: 20261123, numRuns: 12 },
  );
  for (const policy of policies) {
    const flags = flagsOf({ last: 1, ...policy });
    const groups = JSON.parse(await restic.ok('forget', '--json', '--dry-run', '--no-lock', ...flags)) as ResticGroup[];
    const plan = planForget(snapshots, { last: 1, ...policy }, { now: new Date(), policyOnly: true });
    const told = `restic forget ${flags.join(' ')}`;
    const stay = plan.groups
      .flatMap(({ keep }) => keep)
      .map(({ snapshot, reasons }) => ({ ...snapshot, reasons: reasons.filter(isKnown) }))
      .filter(({ reasons }) => reasons.length > 0);
    assert.deepEqual(
      stay.map(({ id }) => String(id)).sort(),
      groups.flatMap(({ keep }) => (keep ?? []).map(({ id }) => id)).sort(),
      told,
    );
    // restic 0.14 leaves the id out beside a reason; the order is that of `keep`.
    const theirs = new Map(
      groups.flatMap(({ keep, reasons }) => (keep ?? []).map(({ id }, at) => [id, reasons[at]?.matches])),
    );
    for (const { id, time, reasons } of stay) assert.deepEqual(reasons, theirs.get(id), `${told}: ${time}`);
  }
});

function flagsOf(policy: RetentionPolicy): string[] {
  return Object.entries(policy).flatMap(([rule, value]) => {
    if (rule === 'tags') return (value as string[][]).flatMap((list) => ['--keep-tag', list.join(',')]);
    const name = `--keep-${rule.replace(/[A-Z]/, (letter) => `-${letter.toLowerCase()}`)}`;
    if (typeof value === 'number') return value === 0 ? [] : [name, String(value)];
    const text = formatSpan(value as CalendarSpan);
    return text === '' ? [] : [name, text];
  });
}

test(
  'a repository that restic wrote is forgotten and pruned, step by step judged by restic',
  needs('restic'),
  async (context) => {
    const { folder, repository, restic } = await inFolder(context);
    const source = join(folder, 'source');
    mkdirSync(source);
    const states: string[] = [];
    for (let number = 0; number < 5; number += 1) {
      for (let file = 0; file < 8; file += 1) writeFileSync(join(source, `${number}-${file}`), randomBytes(30_000));
      for (let file = 0; file < 5; file += 1) rmSync(join(source, `${number - 1}-${file}`), { force: true });
      states.push(join(folder, `state-${number}`));
      execFileSync('cp', ['-a', source, states[number] ?? '']);
      await restic.ok('backup', source, '--host', 'host');
    }
    const sizeBefore = await storedBytes(repository);
    const dry = await applyRetention(repository, { last: 3 }, { ...everything, prune: 'always', dryRun: true });
    assert.equal(await storedBytes(repository), sizeBefore);
    assert.equal((await repository.listSnapshots()).length, 5);
    for (const last of [3, 1]) {
      const result = await applyRetention(repository, { last }, { ...everything, prune: 'always' });
      if (last === 3) assert.deepEqual(result.numbers, dry.numbers);
      assert.equal(result.keptSnapshots, last);
      assert.match(await restic.ok('check', '--read-data'), /no errors were found/);
      for (const [at, { id }] of (await repository.listSnapshots()).entries()) {
        const out = join(folder, `out-${last}-${at}`);
        await restic.ok('restore', id, '--target', out);
        assert.deepEqual(
          await compareTrees(states[5 - last + at] ?? '', join(out, source), { ignore: ['folder-mtime'] }),
          [],
        );
      }
      // What restic's own prune would still do after ours: nothing.
      assert.match(await restic.ok('prune', '--dry-run', '--max-unused', '0'), /total prune: +0 blobs/);
    }
    assert.ok((await storedBytes(repository)) < sizeBefore / 2);
    assert.match(await restic.ok('backup', source, '--host', 'host'), /0 new, +0 changed/);
  },
);

async function storedBytes({ backend }: Repository): Promise<number> {
  let bytes = 0;
  for await (const { size } of backend.list('data/')) bytes += size;
  return bytes;
}

suite('the repositories of restic’s own tests', { ...needs('restic'), concurrency: 4 }, () => {
  const fixtures = join(import.meta.dirname, 'fixtures', 'restic-maintenance');

  async function unpack(context: TestContext, name: string) {
    const folder = await temporaryFolder(context);
    execFileSync('tar', ['-xzf', join(fixtures, `${name}.tar.gz`), '-C', folder]);
    const path = join(folder, 'repo');
    execFileSync('chmod', ['-R', 'u+rwX', path]);
    const repository = await Repository.open(await openFolderBackend(path), new SecretString('geheim'));
    context.after(() => repository.close());
    const restic = await resticFor(path, folder);
    writeFileSync(restic.passwordFile, 'geheim');
    return { repository, restic };
  }

  for (const name of ['mixed', 'duplicates', 'obsolete-index', 'unreferenced-data', 'unused-data-missing'])
    test(`${name}: is pruned, and is clean afterwards`, async (context) => {
      const { repository, restic } = await unpack(context, `repo-${name}`);
      await prune(repository, everything);
      assert.match(await restic.ok('check', '--read-data', '--check-unused'), /no errors were found/);
      const again = await prune(repository, everything);
      assert.equal(again.plan.numbers.bytes.freed, 0);
    });

  for (const [name, code] of [
    ['data-missing', /^prune\.(packs-missing|unreadable)$/],
    ['index-missing', /^prune\.(blobs-missing|unreadable)$/],
    ['index-missing-blob', /^prune\.(blobs-missing|unreadable)$/],
  ] as const)
    test(`${name}: is refused, and nothing is removed`, async (context) => {
      const { repository } = await unpack(context, `repo-${name}`);
      const before = await storedBytes(repository);
      await assert.rejects(prune(repository, everything), (error: { code?: string }) => code.test(error.code ?? ''));
      assert.equal(await storedBytes(repository), before);
    });

  test('index-missing: is whole again after a repair of the index', async (context) => {
    const { repository, restic } = await unpack(context, 'repo-index-missing');
    assert.ok((await repairIndex(repository)).isChanged);
    assert.match(await restic.ok('check', '--read-data'), /no errors were found/);
    await prune(repository, everything);
    assert.match(await restic.ok('check', '--read-data', '--check-unused'), /no errors were found/);
  });
});

suite('nobody is hurt who works there too', { concurrency: 4 }, () => {
  test('prune and forget wait for locks of others, of restic as well as ours', needs('restic'), async (context) => {
    const { folder, repository, restic } = await inFolder(context);
    await saveFiles(await repository.loadIndex(), { file: [Buffer.from('content')] });
    const shared = await RepositoryLock.acquire(repository);
    await assert.rejects(prune(repository), failure('repository.locked'));
    await assert.rejects(applyRetention(repository, { last: 1 }), failure('repository.locked'));
    await shared.release();
    const backup = restic.start('backup', '--stdin');
    context.after(() => backup.kill('SIGKILL'));
    const isLocked = (): boolean =>
      existsSync(join(folder, 'repository', 'locks')) &&
      readdirSync(join(folder, 'repository', 'locks')).some((name) => /^[0-9a-f]{64}$/.test(name));
    while (!isLocked()) await new Promise((resolve) => setTimeout(resolve, 20));
    await assert.rejects(prune(repository), failure('repository.locked', new RegExp(`process ${backup.pid}`)));
  });

  test('a snapshot that appears without a lock stops prune before it removes anything', async (context) => {
    const { objects } = await makeHistory(context, 3);
    const { backend, repository } = await openObjects(context, objects);
    const without = new Set((await repository.listSnapshots()).slice(0, 2).map(({ id }) => id));
    const survey = await surveyRepository(repository, { without });
    const plan = planPrune(survey.usage, { ...everything, now: new Date() });
    // The forgotten ones are still there: as if somebody had made them meanwhile.
    await assert.rejects(runPrune(survey, plan), failure('prune.changed-meanwhile', /snapshot/));
    for (const key of objects.keys()) assert.ok(backend.objects.has(key), key);
  });

  test('an index that appears without a lock stops it too', async (context) => {
    const { objects } = await makeHistory(context, 2);
    const { backend, repository } = await openObjects(context, objects);
    const survey = await surveyRepository(repository);
    const plan = planPrune(survey.usage, { ...everything, now: new Date() });
    const writer = await repository.loadIndex();
    await writer.saveBlob('data', randomBytes(1000));
    await writer.flush();
    const keys = [...backend.objects.keys()];
    await assert.rejects(runPrune(survey, plan), failure('prune.changed-meanwhile', /index/));
    assert.deepEqual([...backend.objects.keys()], keys);
  });

  test('packs that no index names wait a day, because a writer may still be about to name them', async (context) => {
    const { repository } = await inFolder(context);
    await saveFiles(await repository.loadIndex(), { file: [Buffer.from('content')] });
    await saveUnindexedPack(repository);
    const clock = fixedClock(new Date());
    const first = await prune(repository, { clock });
    assert.deepEqual([first.plan.waiting.length, first.plan.leftovers.length], [1, 0]);
    clock.advance(25 * 3_600_000);
    const second = await prune(repository, { clock });
    assert.deepEqual([second.plan.waiting.length, second.plan.leftovers.length], [0, 1]);
    assert.deepEqual((await check(repository)).problems, []);
  });

  test('an append-only place lets nothing go, and says so', async (context) => {
    const { objects } = await makeHistory(context, 2);
    const backend = backendWith(objects);
    const repository = await Repository.open(backendRefused(backend, 'snapshots/'), testPassword);
    context.after(() => repository.close());
    const retention = applyRetention(repository, { last: 1 }, { ...everything, prune: 'always' });
    await assert.rejects(retention, failure('forget.stopped', /append-only/));
    for (const key of objects.keys()) assert.ok(backend.objects.has(key), key);
  });

  test('packs that the place does not let go are named, and the repository is whole', async (context) => {
    const { objects } = await makeHistory(context, 3);
    const backend = backendWith(objects);
    const repository = await Repository.open(backendRefused(backend, 'data/'), testPassword);
    context.after(() => repository.close());
    const result = await applyRetention(repository, { last: 1 }, { ...everything, prune: 'always' });
    assert.ok(result.leftBehind.length > 0);
    assert.equal(result.failure?.code, 'backend.refused');
    const { problems } = await check(repository, { readData: true });
    assert.deepEqual(
      problems.filter(({ severity }) => severity === 'error'),
      [],
    );
  });
});

async function saveUnindexedPack(repository: Repository): Promise<void> {
  const other = await repository.loadIndex();
  await other.saveBlob('data', randomBytes(1000));
  await other.flush();
  const { backend } = repository;
  const keys: string[] = [];
  for await (const { key } of backend.list('index/')) keys.push(key);
  const known = new Set(await indexKeysOfSnapshots(repository));
  for (const key of keys) if (!known.has(key)) await backend.remove(key);
}

// The index files that were there before: those whose packs snapshots need.
async function indexKeysOfSnapshots(repository: Repository): Promise<string[]> {
  const { decodeIndex } = await import('../src/engine/format/index-file.ts');
  const { loadSealedFile, listFiles } = await import('../src/engine/repository/sealed-files.ts');
  const kept: string[] = [];
  for (const { id } of await listFiles(repository.backend, 'index')) {
    const packs = decodeIndex(id, await loadSealedFile(repository, 'index', id));
    if (packs.some(({ blobs }) => blobs.some(({ type }) => type === 'tree'))) kept.push(`index/${id}`);
  }
  return kept;
}

suite('damage', { concurrency: 4 }, () => {
  const newest = async (repository: Repository): Promise<NamedSnapshot | undefined> =>
    (await repository.listSnapshots()).at(-1);

  test('a flipped byte in what must be rewritten makes prune refuse, before anything in use is removed', async (context) => {
    const { objects } = await makeHistory(context, 3);
    const { repository: sound } = await openObjects(context, objects);
    const survey = await surveyRepository(sound, {
      without: new Set((await sound.listSnapshots()).slice(0, 2).map(({ id }) => id)),
    });
    const plan = planPrune(survey.usage, { ...everything, now: new Date() });
    const indexed = await sound.loadIndex();
    const victim = [...plan.repack].map((pack) => `data/${pack.slice(0, 2)}/${pack}`);
    assert.ok(victim.length > 0);
    const damaged = new Map(objects);
    for (const key of victim) {
      const bytes = Buffer.from(objects.get(key) ?? '');
      for (let at = 0; at < bytes.length - 2000; at += 1000) bytes[at] = (bytes[at] ?? 0) ^ 1;
      damaged.set(key, bytes);
    }
    await indexed.close();
    const { backend, repository } = await openObjects(context, damaged);
    const retention = applyRetention(repository, { last: 1 }, { ...everything, prune: 'always' });
    await assert.rejects(retention, (error: { code?: string }) =>
      /^prune\.(damaged-pack|unreadable)$/.test(error.code ?? ''),
    );
    for (const key of objects.keys()) if (key.startsWith('data/')) assert.ok(backend.objects.has(key), key);
  });

  test('an unreadable snapshot stops everything before the first snapshot goes', async (context) => {
    const { objects } = await makeHistory(context, 3);
    const { backend, repository } = await openObjects(context, objects);
    const last = await newest(repository);
    const key = `snapshots/${last?.id}`;
    const bytes = backend.objects.get(key) ?? Buffer.alloc(0);
    bytes[40] = (bytes[40] ?? 0) ^ 1;
    await assert.rejects(prune(repository, everything), failure('prune.unreadable', /snapshots/));
    assert.equal([...backend.objects.keys()].filter((each) => each.startsWith('snapshots/')).length, 3);
  });

  test('a missing pack stops retention before the first snapshot goes', async (context) => {
    const { objects } = await makeHistory(context, 3);
    const { backend, repository } = await openObjects(context, objects);
    const indexed = await repository.loadIndex();
    const { tree = '' } = (await newest(repository)) ?? {};
    const pack = indexed.locateBlob('tree', tree as never)?.packId ?? '';
    backend.objects.delete(`data/${pack.slice(0, 2)}/${pack}`);
    const retention = applyRetention(repository, { last: 1 }, { ...everything, prune: 'always' });
    await assert.rejects(retention, (error: { code?: string }) => (error.code ?? '').startsWith('prune.'));
    assert.equal((await repository.listSnapshots()).length, 3);
  });

  test('every index file lost: repair index brings all back', needs('restic'), async (context) => {
    const history = await makeHistory(context, 3);
    const { backend, repository } = await openObjects(context, history.objects);
    for (const key of backend.objects.keys()) if (key.startsWith('index/')) backend.objects.delete(key);
    await assert.rejects(prune(repository, everything), failure('prune.blobs-missing', /repair index/));
    const dry = await repairIndex(repository, { dryRun: true });
    assert.ok(![...backend.objects.keys()].some((key) => key.startsWith('index/')));
    const result = await repairIndex(repository);
    assert.deepEqual(result, dry);
    assert.equal((await judge(history, backend.objects)).length, 3);
    assert.equal((await repairIndex(repository, { readAll: true })).isChanged, false);
  });

  test('an unreadable index file is replaced by what the packs say', needs('restic'), async (context) => {
    const history = await makeHistory(context, 2);
    const { backend, repository } = await openObjects(context, history.objects);
    const [key = ''] = [...backend.objects.keys()].filter((each) => each.startsWith('index/'));
    const bytes = backend.objects.get(key) ?? Buffer.alloc(0);
    bytes[50] = (bytes[50] ?? 0) ^ 1;
    const result = await repairIndex(repository);
    assert.equal(result.unreadableFiles.length, 1);
    assert.ok(!backend.objects.has(key));
    assert.equal((await judge(history, backend.objects)).length, 2);
  });

  test('of a pack that was cut short, repair index saves what is left', async (context) => {
    const backend = backendWith(new Map());
    const repository = await newRepository(context, { backend });
    const parts = Array.from({ length: 20 }, () => randomBytes(5000));
    const { blobs } = await saveFiles(await repository.loadIndex(), { file: parts });
    const packId = (await repository.loadIndex()).locateBlob('data', blobs[0] as never)?.packId ?? '';
    const key = `data/${packId.slice(0, 2)}/${packId}`;
    const bytes = backend.objects.get(key) ?? Buffer.alloc(0);
    backend.objects.set(key, bytes.subarray(0, bytes.length >> 1));
    const result = await repairIndex(repository);
    assert.equal(result.damaged.length, 1);
    assert.ok(result.rescuedBlobs > 0 && result.rescuedBlobs < parts.length);
    const indexed = await repository.loadIndex();
    const saved = blobs.filter((id) => indexed.hasBlob('data', id));
    assert.equal(saved.length, result.rescuedBlobs);
    for (const id of saved) assert.ok((await indexed.loadBlob('data', id)).length === 5000);
  });
});

test('retention is not worth it for a little, and says what it would have freed', async (context) => {
  const { objects } = await makeHistory(context, 2);
  const { repository } = await openObjects(context, objects);
  const indexed = await repository.loadIndex();
  await indexed.saveBlob('data', randomBytes(20_000_000));
  await indexed.close();
  const [oldest] = await repository.listSnapshots();
  const held = await applyRetention(
    repository,
    { last: 1 },
    { protect: [{ snapshot: oldest?.id as SnapshotId, reason: 'audit' }] },
  );
  assert.deepEqual([held.removedSnapshots, held.prune], [0, 'not-asked']);
  const never = await applyRetention(repository, { last: 1 }, { prune: 'never', dryRun: true });
  assert.deepEqual([never.removedSnapshots, never.prune, never.numbers], [1, 'not-asked', undefined]);
  const done = await applyRetention(repository, { last: 1 }, { graceMs: 0 });
  assert.equal(done.prune, 'done');
  assert.equal(done.freedBytes, done.numbers?.bytes.freed);
});

// Forget and prune against stock restic: it agrees with our policy, writes what we prune, and judges the result.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import type { SnapshotId } from '../src/engine/ids.ts';
import { applyRetention } from '../src/engine/maintain/apply-retention.ts';
import { formatSpan, type CalendarSpan } from '../src/engine/maintain/calendar-span.ts';
import { planForget } from '../src/engine/maintain/plan-forget.ts';
import type { RetentionPolicy } from '../src/engine/maintain/retention-policy.ts';
import { compareTrees } from './support/compare-trees.ts';
import { makeHistory } from './support/history.ts';
import { saveFiles } from './support/repositories.ts';
import { needs } from './support/tools.ts';
import { everything, inFolder, openObjects, storedBytes } from './support/pruned.ts';

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

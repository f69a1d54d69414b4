// Files taken out of snapshots: what is left is what a backup without them would have made, and nothing else is lost on the way.
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { eachAtOnce, statesAfter } from '../../../test/support/crash-states.ts';
import { failure } from '../../../test/support/failures.ts';
import { backendWith } from '../../../test/support/history.ts';
import { randomBytesOf } from '../../../test/support/random-bytes.ts';
import { fileNode, newRepository, testPassword } from '../../../test/support/repositories.ts';
import { resticFor } from '../../../test/support/restic.ts';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { needs } from '../../../test/support/tools.ts';
import { type Backend } from '../../backends/backend.ts';
import { openFolderBackend } from '../../backends/folder.ts';
import { memoryBackend } from '../../backends/memory.ts';
import { isFailure } from '../../base/failure.ts';
import { Exclusions } from '../backup/exclusions.ts';
import { ls } from '../browse/entries.ts';
import { encodeTree } from '../format/tree.ts';
import type { NamedSnapshot } from '../format/snapshot-types.ts';
import type { BlobId } from '../ids.ts';
import { Repository } from '../repository/repository.ts';
import { check } from './check.ts';
import { prune } from './prune.ts';
import { repairIndex } from './repair-index.ts';
import { type RewriteOptions, rewriteSnapshots } from './rewrite.ts';

const without = (...exclude: string[]): RewriteOptions => ({ unwanted: new Exclusions({ exclude }) });

test(
  'what is left is the very tree that stock restic makes of the source without them',
  needs('restic'),
  async (context) => {
    const folder = await temporaryFolder(context);
    const [path, source] = [join(folder, 'repository'), join(folder, 'source')];
    for (const name of ['etc/keys', 'etc/app', 'home/ana', 'empty']) mkdirSync(join(source, name), { recursive: true });
    for (const name of ['etc/keys/a.key', 'etc/app/settings', 'home/ana/Notes.KEY', 'home/ana/é ü.txt', 'b.key'])
      writeFileSync(join(source, name), randomBytesOf(name, 5000));
    symlinkSync('settings', join(source, 'etc/app/link.key'));
    const backend = await openFolderBackend(path);
    context.after(() => backend.close());
    const repository = await newRepository(context, { backend });
    const restic = await resticFor(path, folder);
    const backUp = async (...args: string[]) => {
      await restic.ok('backup', source, '--tag', 'mine', ...args);
      return (await repository.listSnapshots()).at(-1) ?? assert.fail();
    };
    const treeAt = async ({ tree }: NamedSnapshot): Promise<BlobId | undefined> => {
      const indexed = await repository.loadIndex();
      try {
        for await (const { path, node } of ls(indexed, { tree }, '/', { recursive: true }))
          if (path.toString() === source) return node.subtree ?? assert.fail();
        return assert.fail();
      } finally {
        await indexed.close();
      }
    };
    const cases: { exclude?: string[]; iexclude?: string[] }[] = [
      { exclude: ['*.key'] },
      { iexclude: ['*.key'] },
      { exclude: [`${source}/etc/keys`] },
      { exclude: ['*.key', '!b.key'] },
      { exclude: ['etc/**/settings', 'empty'] },
    ];
    for (const patterns of cases) {
      const whole = await backUp();
      const flags = Object.entries(patterns).flatMap(([flag, list]) => list.map((pattern) => `--${flag}=${pattern}`));
      const wanted = await backUp('--force', ...flags);
      const options = {
        unwanted: new Exclusions(patterns),
        isWanted: ({ id }: { id: string }) => id === whole.id,
      };
      const planned = await rewriteSnapshots(repository, { ...options, dryRun: true });
      assert.deepEqual(planned.replaced, planned.emptied.length > 0 ? [] : [{ from: whole.id, to: undefined }]);
      if (planned.emptied.length > 0) continue;
      const { replaced } = await rewriteSnapshots(repository, options);
      const made = (await repository.listSnapshots()).find(({ id }) => id === replaced[0]?.to) ?? assert.fail();
      // The folders above the source change while others use them.
      assert.equal(await treeAt(made), await treeAt(wanted), JSON.stringify(patterns));
      assert.deepEqual(made.tags, ['mine', 'rewrite']);
      assert.equal(made.original, whole.id);
      assert.equal(made.time, whole.time);
    }
    assert.match(await restic.ok('check', '--read-data'), /no errors were found/);
  },
);

// Two snapshots that share a folder `d` with `deep` and `kept`; `a` is only in the first, `b` in both.
async function story(context: TestContext) {
  const backend = memoryBackend();
  const repository = await newRepository(context, { backend });
  const indexed = await repository.loadIndex();
  const file = async (name: string) => {
    const { id } = await indexed.saveBlob('data', randomBytesOf(name, 500));
    return fileNode(name, [id], 500);
  };
  const tree = async (nodes: ReturnType<typeof fileNode>[]): Promise<BlobId> =>
    (await indexed.saveBlob('tree', encodeTree(nodes))).id;
  const [a, b, deep, kept] = [await file('a'), await file('b'), await file('deep'), await file('kept')];
  const subtree = await tree([deep, kept]);
  const d = { ...fileNode('d', [], 0), type: 'dir' as const, mode: 0x8000_01ed, content: null, subtree };
  const roots = [await tree([a, b, d]), await tree([b, d])];
  await indexed.flush();
  await indexed.close();
  for (const [at, root] of roots.entries())
    await repository.saveSnapshot({ time: `2026-01-0${at + 1}T00:00:00Z`, tree: root, paths: ['/'], hostname: 'h' });
  return { backend, repository, snapshots: await repository.listSnapshots() };
}

/** Every snapshot that can be read, by its time, with the paths in it. */
async function namesOf(repository: Repository): Promise<string[]> {
  const indexed = await repository.loadIndex();
  try {
    const lines: string[] = [];
    for (const { time, tree } of await repository.listSnapshots()) {
      const names: string[] = [];
      try {
        for await (const { path } of ls(indexed, { tree }, '/', { recursive: true })) names.push(path.toString());
        lines.push(`${time.slice(0, 10)} ${names.join(' ')}`);
      } catch (error) {
        if (!isFailure(error)) throw error;
      }
    }
    return lines.sort();
  } finally {
    await indexed.close();
  }
}

test('forgetting takes the old ones away, keeps what is held, and prune then frees the data', async (context) => {
  const { repository, snapshots, backend } = await story(context);
  const [first, second] = snapshots;
  assert.ok(first !== undefined && second !== undefined);
  const before = [...backend.objects.keys()];
  const dry = await rewriteSnapshots(repository, { ...without('deep'), dryRun: true, forget: true });
  assert.deepEqual([dry.entries, dry.replaced.length, dry.forgotten], [1, 2, []]);
  assert.deepEqual([...backend.objects.keys()], before, 'a dry run writes nothing');

  const heldOf = async () => new Set([first.id]);
  const done = await rewriteSnapshots(repository, { ...without('deep'), forget: true, heldOf });
  assert.deepEqual([done.entries, done.forgotten, done.kept], [1, [second.id], [first.id]]);
  assert.deepEqual(await namesOf(repository), [
    '2026-01-01 /a /b /d /d/deep /d/kept',
    '2026-01-01 /a /b /d /d/kept',
    '2026-01-02 /b /d /d/kept',
  ]);
  const again = await rewriteSnapshots(repository, { ...without('deep'), forget: true });
  assert.deepEqual([again.replaced, again.alreadyReplaced, again.forgotten], [[], [first.id], [first.id]]);
  const tags = (await repository.listSnapshots()).map((each) => each.tags);
  assert.deepEqual(tags, [undefined, undefined], 'no tag where the old one went');
  await prune(repository, { graceMs: 0, maxUnused: { bytes: 0 } });
  const left = await repository.loadIndex();
  const isThere = ['deep', 'kept'].map((name) =>
    left.hasBlob('data', hash('sha256', randomBytesOf(name, 500)) as BlobId),
  );
  await left.close();
  assert.deepEqual(isThere, [false, true], 'its bytes are gone');
  assert.deepEqual((await check(repository, { readData: true })).problems, []);
});

test('a snapshot of which nothing would be left stays, and one that holds nothing of it is not touched', async (context) => {
  const { repository, snapshots } = await story(context);
  const all = await rewriteSnapshots(repository, { ...without('*'), forget: true });
  assert.deepEqual([all.emptied, all.forgotten], [snapshots.map(({ id }) => id), []]);
  const one = await rewriteSnapshots(repository, { ...without('/a'), forget: true });
  assert.deepEqual([one.snapshots, one.forgotten], [2, [snapshots[0]?.id]]);
  const none = await rewriteSnapshots(repository, { ...without('/nothing'), forget: true });
  assert.deepEqual([none.entries, none.replaced, none.forgotten], [0, [], []]);
});

test('a folder with something that only a newer program knows is not written again without it', async (context) => {
  const { repository } = await story(context);
  const indexed = await repository.loadIndex();
  const text = encodeTree([fileNode('a', [], 0), fileNode('b', [], 0)]).toString();
  const newer = Buffer.from(text.replace('"name":"b"', '"name":"b","from_the_future":7'));
  const { id: tree } = await indexed.saveBlob('tree', newer);
  await indexed.flush();
  await indexed.close();
  await repository.saveSnapshot({ time: '2026-01-03T00:00:00Z', tree, paths: ['/'], hostname: 'h' });
  const before = await repository.listSnapshots();
  await assert.rejects(
    rewriteSnapshots(repository, { ...without('/a'), forget: true }),
    failure('rewrite.would-lose', /\//),
  );
  assert.deepEqual(await repository.listSnapshots(), before);
});

test('killed or failing at any call: each snapshot is there as it was or as it should be, and the next run finishes', async (context) => {
  const { backend } = await story(context);
  const work = async (place: Backend): Promise<void> => {
    const repository = await Repository.open(place, testPassword);
    try {
      await rewriteSnapshots(repository, { ...without('deep'), forget: true });
    } finally {
      repository.close();
    }
  };
  const whole = ['2026-01-01 /a /b /d /d/deep /d/kept', '2026-01-02 /b /d /d/deep /d/kept'];
  const left = ['2026-01-01 /a /b /d /d/kept', '2026-01-02 /b /d /d/kept'];
  for (const [fault, isDropping] of [
    ['crash', true],
    ['fail', false],
    ['lie', false],
  ] as const) {
    const states = await statesAfter(backend.objects, fault, isDropping, work);
    await eachAtOnce(4, [...states], async ([name, objects]) => {
      const place = backendWith(objects);
      const repository = await Repository.open(place, testPassword);
      const names = new Set(await namesOf(repository));
      for (const [at, line] of whole.entries())
        assert.ok(names.has(line) || names.has(left[at] ?? ''), `${fault}, ${name}: ${[...names].join('; ')}`);
      // Where a place lost what it accepted, the index has to be put right first, as everywhere.
      if (fault === 'lie') await repairIndex(repository);
      await work(place);
      assert.deepEqual(await namesOf(repository), left, `${fault}, ${name}`);
      const { problems } = await check(repository, { readData: true });
      assert.deepEqual(
        problems.filter(({ severity }) => severity === 'error'),
        [],
      );
      repository.close();
    });
  }
});

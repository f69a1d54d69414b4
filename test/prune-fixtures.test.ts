// Prune and repair on the repositories of restic’s own tests.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { openFolderBackend } from '../src/backends/folder.ts';
import { SecretString } from '../src/base/secret-string.ts';
import { prune } from '../src/engine/maintain/prune.ts';
import { repairIndex } from '../src/engine/maintain/repair-index.ts';
import { Repository } from '../src/engine/repository/repository.ts';
import { resticFor } from './support/restic.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { needs } from './support/tools.ts';
import { everything, storedBytes } from './support/pruned.ts';

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

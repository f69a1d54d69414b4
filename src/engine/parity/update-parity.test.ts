import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newRepository, saveFiles, testPassword } from '../../../test/support/repositories.ts';
import type { Backend } from '../../backends/backend.ts';
import { memoryBackend } from '../../backends/memory.ts';
import { Repository } from '../repository/repository.ts';
import { parityPrefix, saveParityShare } from './parity-backend.ts';
import { surveyParity, updateParity } from './update-parity.ts';

test('a file that a backup stores while side files are looked at keeps its side file', async (context) => {
  const inner = memoryBackend();
  await saveParityShare(inner, 10);
  let meanwhile = async (): Promise<void> => {};
  const backend: Backend = {
    ...inner,
    async *list(prefix, options) {
      if (prefix === parityPrefix) await meanwhile();
      yield* inner.list(prefix, options);
    },
  };
  await newRepository(context, { backend: inner });
  const repository = await Repository.open(inner, testPassword);
  context.after(() => repository.close());
  await updateParity(inner, 10);
  meanwhile = async () => {
    const indexed = await repository.loadIndex();
    await saveFiles(indexed, { one: [Buffer.from('stored meanwhile')] });
    await indexed.close();
  };
  const { removed } = await updateParity(backend, 10);
  assert.equal(removed, 0);
  const { uncovered, orphans } = await surveyParity(inner);
  assert.deepEqual([uncovered, orphans], [[], []]);
});

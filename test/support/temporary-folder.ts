// A folder of its own for each test, gone afterwards.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

/** Makes an empty folder that is removed when the test ends. */
export async function temporaryFolder(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'orbit-test-'));
  context.after(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}

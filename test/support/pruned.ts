// What tests of retention and prune begin with.
import { join } from 'node:path';
import { type TestContext } from 'node:test';
import { openFolderBackend } from '../../src/backends/folder.ts';
import { Repository } from '../../src/engine/repository/repository.ts';
import { backendWith, type Objects } from './history.ts';
import { newRepository, testPassword } from './repositories.ts';
import { resticFor, type Restic } from './restic.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** Prune frees all there is, at once. */
export const everything = { maxUnused: { bytes: 0 }, graceMs: 0 };

/** A new repository in a folder, and restic for it. */
export async function inFolder(
  context: TestContext,
): Promise<{ folder: string; repository: Repository; restic: Restic }> {
  const folder = await temporaryFolder(context);
  const path = join(folder, 'repository');
  const backend = await openFolderBackend(path);
  context.after(() => backend.close());
  return { folder, repository: await newRepository(context, { backend }), restic: await resticFor(path, folder) };
}

/** The repository that these stored files are. */
export async function openObjects(context: TestContext, objects: Objects) {
  const backend = backendWith(objects);
  const repository = await Repository.open(backend, testPassword);
  context.after(() => repository.close());
  return { backend, repository };
}

/** Bytes of its packs. */
export async function storedBytes({ backend }: Repository): Promise<number> {
  let bytes = 0;
  for await (const { size } of backend.list('data/')) bytes += size;
  return bytes;
}

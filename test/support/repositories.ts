// Repositories for tests: with a key that costs nothing, in memory unless a folder is wanted.
import type { TestContext } from 'node:test';
import type { Backend } from '../../src/backends/backend.ts';
import { memoryBackend } from '../../src/backends/memory.ts';
import { SecretString } from '../../src/base/secret-string.ts';
import { encodeTree, type TreeNode } from '../../src/engine/format/tree.ts';
import type { BlobId, SnapshotId } from '../../src/engine/ids.ts';
import type { IndexedRepository } from '../../src/engine/repository/indexed-repository.ts';
import { Repository, type InitOptions } from '../../src/engine/repository/repository.ts';

/** The password of every test repository. */
export const testPassword = new SecretString('correct horse battery staple');

/** restic's own tests use so cheap a key as well. */
export const cheapCost = { N: 128, r: 8, p: 1 };

/** Cuts files at the same places in every run of a test. One of restic's own tests uses it as well. */
const chunkerPolynomial = 0x3da3358b4dc173n;

/** Makes a repository that is closed when the test ends. */
export async function newRepository(
  context: TestContext,
  options: InitOptions & { backend?: Backend } = {},
): Promise<Repository> {
  const backend = options.backend ?? memoryBackend();
  const repository = await Repository.init(backend, testPassword, { cost: cheapCost, chunkerPolynomial, ...options });
  context.after(() => repository.close());
  return repository;
}

/** A plain file's node. */
export function fileNode(name: string, content: BlobId[], size: number): TreeNode {
  const time = { ns: 1_700_000_000_123_456_789n, offsetMinutes: 0 };
  return {
    name: Buffer.from(name),
    type: 'file',
    mode: 0o644,
    mtime: time,
    atime: time,
    ctime: time,
    uid: 0,
    gid: 0,
    inode: 1n,
    deviceId: 1n,
    size: BigInt(size),
    links: 1n,
    device: 0n,
    extendedAttributes: [],
    content,
  };
}

/** Stores files (name → content, cut into the given blobs) as one folder with a snapshot. */
export async function saveFiles(
  indexed: IndexedRepository,
  files: Record<string, Buffer[]>,
): Promise<{ snapshot: SnapshotId; blobs: BlobId[]; tree: BlobId }> {
  const blobs: BlobId[] = [];
  const nodes: TreeNode[] = [];
  for (const [name, parts] of Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const content: BlobId[] = [];
    for (const part of parts) content.push((await indexed.saveBlob('data', part)).id);
    blobs.push(...content);
    nodes.push(fileNode(name, content, Buffer.concat(parts).length));
  }
  const { id: tree } = await indexed.saveBlob('tree', encodeTree(nodes));
  await indexed.flush();
  const snapshot = await indexed.repository.saveSnapshot({
    time: '2026-01-02T03:04:05.678901234Z',
    tree,
    paths: ['/files'],
    hostname: 'test',
    username: 'tester',
  });
  return { snapshot, blobs, tree };
}

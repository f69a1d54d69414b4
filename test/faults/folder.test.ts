// A folder of this machine: every fault of docs/destinations.md that its disk can have, made by the kernel.
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openFolderBackend } from '../../src/backends/folder.ts';
import { type SmallDisk, fillDisk, onlyRoot, quotaDisk, btrfsSkip, smallDisk } from '../support/small-disk.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { needs } from '../support/tools.ts';
import { judgeFolder } from './judge.ts';
import { type Fault, storyAt } from './story.ts';

const withinSeconds = 10;

type Row = Omit<Fault, 'withinSeconds' | 'strike' | 'mend'> & Record<'strike' | 'mend', (disk: SmallDisk) => unknown>;

const faults: Record<string, Row> = {
  'the folder is gone': {
    codes: ['backend.place-missing'],
    says: /Is it mounted\? Was it moved or removed/,
    strike: ({ path }) => rename(join(path, 'orbit'), join(path, 'moved')),
    mend: ({ path }) => rename(join(path, 'moved'), join(path, 'orbit')),
  },
  'the disk is full': {
    codes: ['backend.no-space'],
    says: /Free space there/,
    strike: ({ path }) => fillDisk(path, 300_000),
    mend: ({ path }) => rm(join(path, 'filler')),
  },
  'the disk is read-only': {
    codes: ['backend.read-only'],
    says: /goes read-only by itself when its disk fails/,
    strike: (disk) => disk.remountReadOnly(),
    mend: (disk) => disk.remountWritable(),
  },
};

const tools = { skip: needs('restic').skip || onlyRoot.skip };

test('folder: no fault harms the repository', tools, async (context) => {
  const disk = await smallDisk(context, '32m');
  const story = await storyOn(context, join(disk.path, 'orbit'));
  for (const [name, { strike, mend, ...fault }] of Object.entries(faults)) {
    await context.test(`folder: ${name}`, async () => {
      await story.suffers({ ...fault, withinSeconds, strike: () => strike(disk), mend: () => mend(disk) });
    });
  }
});

test('folder: the quota is used up', { skip: tools.skip || btrfsSkip }, async (context) => {
  const disk = await quotaDisk(context);
  const story = await storyOn(context, disk.path);
  await story.suffers({
    codes: ['backend.quota'],
    says: /Raise the quota/,
    withinSeconds,
    strike: () => disk.limit(2_500_000),
    mend: () => disk.limit('none'),
  });
});

async function storyOn(context: TestContext, path: string) {
  await openFolderBackend(path); // Makes it.
  const judge = judgeFolder(join(path, 'system'), await temporaryFolder(context));
  return await storyAt({ open: () => openFolderBackend(path, { ifMissing: 'require' }), judge });
}

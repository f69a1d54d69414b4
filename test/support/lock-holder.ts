// Holds a shared lock of the repository in argv[2], for a test that stops this process and wakes it again. Its clock is ahead by the
// milliseconds that the file argv[3] tells. Says `held`, then `renewed` after every renewal, or `lost` and ends.
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { openFolderBackend } from '../../src/backends/folder.ts';
import { Repository } from '../../src/engine/repository/repository.ts';
import { RepositoryLock } from '../../src/engine/repository/repository-lock.ts';
import { testPassword } from './repositories.ts';

const [, , path = '', aheadFile = ''] = process.argv;
const clock = {
  now: () => new Date(Date.now() + (existsSync(aheadFile) ? Number(readFileSync(aheadFile, 'utf8')) : 0)),
};
const repository = await Repository.open(await openFolderBackend(path), testPassword);
const lock = await RepositoryLock.acquire(repository, { clock });
let { id } = lock;
console.log('held');
while (!lock.signal.aborted) {
  await sleep(20);
  await lock.tend();
  if (lock.id !== id) console.log('renewed');
  id = lock.id;
}
console.log(`lost ${(lock.signal.reason as { code?: string }).code}`);
process.exit(0);

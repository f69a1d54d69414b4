// A repository and a folder that is backed up into it, for tests of what becomes of files.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { BackupIntoOptions } from '../../src/engine/backup/backup-into.ts';
import { type TestRepository, testRepository } from './repository.ts';

/** The folder `source` is empty at first; `target` is not there. */
export interface SourceStory {
  repository: TestRepository;
  source: string;
  target: string;
  /** Writes a file below the source (its own name, unless something else is given) and gives its path. */
  write(name: string, content?: string | Buffer): string;
  /** Backs up the source. */
  backup(options?: BackupIntoOptions): ReturnType<TestRepository['backup']>;
}

/** Both go away with the test. */
export async function sourceStory(t: TestContext): Promise<SourceStory> {
  const repository = await testRepository(t);
  const source = join(repository.folder, 'source');
  mkdirSync(source);
  return {
    repository,
    source,
    target: join(repository.folder, 'target'),
    write(name, content = name) {
      const path = join(source, name);
      mkdirSync(join(path, '..'), { recursive: true });
      writeFileSync(path, content);
      return path;
    },
    backup: (options = {}) => repository.backup([source], options),
  };
}

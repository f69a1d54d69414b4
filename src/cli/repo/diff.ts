// `orbit repo diff`
import { Command } from 'commander';
import { formatBytes, formatCount } from '../../base/quantities.ts';
import { type ChangeKind, diffSnapshots, type SnapshotChange } from '../../engine/browse/diff.ts';
import { CachedTrees } from '../../engine/browse/cached-trees.ts';
import { findFolder, type TreeReader } from '../../engine/browse/entries.ts';
import { quote } from '../../engine/format/go-text.ts';
import type { Repository } from '../../engine/repository/repository.ts';
import type { CliContext } from '../context.ts';
import { printJson, printLine } from '../output.ts';
import { withCacheFlag, withLockedRepository, withRepositoryFlags, type RepositoryFlags } from './open.ts';
import { splitSnapshot } from './restore.ts';

interface DiffFlags extends RepositoryFlags {
  metadata?: boolean;
}

/** `orbit repo diff`: what changed from one snapshot to another, with restic's letters. */
export function diffCommand(context: CliContext): Command {
  const command = new Command('diff')
    .description('what changed from one snapshot to another: + added, - removed, M content, T type, U only metadata')
    .argument('<before[:folder]>', 'the earlier snapshot; with a folder only what lies in it')
    .argument('<after[:folder]>', 'the later snapshot, or latest')
    .option('--metadata', 'tell entries of which only owner, permissions or times differ, too');
  return withCacheFlag(withRepositoryFlags(command))
    .addHelpText('after', '\nExample: orbit repo diff 3f9a12cd latest -r /srv/backup -p backup.password')
    .action(async (before: string, after: string, flags: DiffFlags) => {
      await withLockedRepository(context, flags, { startsEarly: true }, async (repository, signal, granted) => {
        const reader = new CachedTrees(repository, { signal });
        const treeOf = (which: string) => treeIn(repository, reader, which, signal);
        try {
          const trees = [await treeOf(before), await treeOf(after)] as const;
          await granted;
          const sums = new Sums();
          const options = { signal, metadata: flags.metadata === true };
          for await (const change of diffSnapshots(reader, ...trees, options)) {
            sums.add(change);
            const isFolder = (change.after ?? change.before)?.type === 'dir';
            const path = `${quote(change.path)}${isFolder ? '/' : ''}`;
            if (flags.json) printJson(context, { message_type: 'change', path, modifier: change.kind });
            else printLine(context, `${change.kind}    ${path}`);
          }
          if (flags.json) printJson(context, { message_type: 'statistics', ...sums.numbers });
          else printSums(context, sums);
        } finally {
          await reader.close();
        }
      });
    });
}

async function treeIn(repository: Repository, reader: TreeReader, which: string, signal: AbortSignal) {
  const { snapshotName, folder } = splitSnapshot(which);
  const snapshot = await repository.loadSnapshot(snapshotName, { signal });
  return folder === undefined ? snapshot : { tree: await findFolder(reader, snapshot, folder, { signal }) };
}

class Sums {
  readonly numbers = { added: 0, removed: 0, changed: 0, bytesAdded: 0, bytesRemoved: 0 };

  add({ kind, before, after }: SnapshotChange): void {
    const { numbers } = this;
    numbers[kindNames[kind]] += 1;
    if (kind === 'U') return;
    numbers.bytesAdded += Number(after?.size ?? 0n);
    numbers.bytesRemoved += Number(before?.size ?? 0n);
  }
}

const kindNames = { '+': 'added', '-': 'removed', M: 'changed', T: 'changed', U: 'changed' } as const satisfies Record<
  ChangeKind,
  string
>;

function printSums(context: CliContext, { numbers }: Sums): void {
  const { added, removed, changed, bytesAdded, bytesRemoved } = numbers;
  printLine(
    context,
    `${formatCount(added)} added, ${formatCount(removed)} removed, ${formatCount(changed)} changed; ` +
      `${formatBytes(bytesAdded)} came, ${formatBytes(bytesRemoved)} went`,
  );
}

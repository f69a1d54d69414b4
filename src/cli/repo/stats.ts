// `orbit repo stats`
import { Command, Option } from 'commander';
import { formatBytes, formatCount } from '../../base/quantities.ts';
import { rawDataSize, restoreSize } from '../../engine/maintain/stats.ts';
import type { CliContext } from '../context.ts';
import { printJson, printLine } from '../output.ts';
import { withLockedRepository, withRepositoryFlags, type RepositoryFlags } from './open.ts';
import { passesFilter, withSnapshotFilter, type SnapshotFilter } from './snapshots.ts';

/** `orbit repo stats`: how much a restore would write, or how much the data takes. */
export function statsCommand(context: CliContext): Command {
  const command = new Command('stats')
    .description('count files and bytes')
    .argument('[ids...]', 'only these snapshots')
    .addOption(
      new Option('--mode <mode>', 'what to count').choices(['restore-size', 'raw-data']).default('restore-size'),
    );
  return withSnapshotFilter(withRepositoryFlags(command))
    .addHelpText(
      'after',
      '\nExample: orbit repo stats -r /srv/backup --password-file /root/backup.password --mode raw-data',
    )
    .action(async (ids: string[], flags: RepositoryFlags & SnapshotFilter & { mode: string }) => {
      await withLockedRepository(context, flags, { startsEarly: true }, async (repository, signal, granted) => {
        const all =
          ids.length === 0
            ? await repository.listSnapshots({ signal })
            : await Promise.all(ids.map((id) => repository.loadSnapshot(id, { signal })));
        const snapshots = all.filter((snapshot) => passesFilter(snapshot, flags));
        const indexed = await repository.loadIndex({ signal });
        await granted;
        if (flags.mode === 'raw-data') {
          const { blobs, storedSize, uncompressedSize } = await rawDataSize(indexed, snapshots, { signal });
          const ratio = storedSize === 0 ? 1 : uncompressedSize / storedSize;
          const json = {
            snapshots_count: snapshots.length,
            total_blob_count: blobs,
            total_size: storedSize,
            total_uncompressed_size: uncompressedSize,
            compression_ratio: ratio,
          };
          if (flags.json) return printJson(context, json);
          printLine(context, `${formatCount(snapshots.length)} snapshot(s), ${formatCount(blobs)} blobs`);
          printLine(context, `${formatBytes(storedSize)} stored, ${formatBytes(uncompressedSize)} before compression`);
          return printLine(context, `compression 1 : ${ratio.toFixed(2)}`);
        }
        const { totalFiles, totalSize } = await restoreSize(indexed, snapshots, { signal });
        const json = { snapshots_count: snapshots.length, total_size: totalSize, total_file_count: totalFiles };
        if (flags.json) return printJson(context, json);
        printLine(
          context,
          `${formatCount(snapshots.length)} snapshot(s), ${formatCount(totalFiles)} files and folders`,
        );
        printLine(context, `${formatBytes(totalSize)} when restored`);
      });
    });
}

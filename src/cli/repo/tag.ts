// `orbit repo tag`
import { Command } from 'commander';
import { retag, type TagChange } from '../../engine/maintain/retag.ts';
import type { CliContext } from '../context.ts';
import { printJson, printLine } from '../output.ts';
import { usageFailure } from '../usage.ts';
import { refuseUnlocked, withLockedRepository, withRepositoryFlags, type RepositoryFlags } from './open.ts';
import { passesFilter, withSnapshotFilter, type SnapshotFilter } from './snapshots.ts';

interface TagFlags extends RepositoryFlags, SnapshotFilter {
  set?: string[];
  add?: string[];
  remove?: string[];
}

/** `orbit repo tag`: changes the tags of snapshots, with restic's flags. Their ids change, too. */
export function tagCommand(context: CliContext): Command {
  const collect = (value: string, all: string[] = []): string[] => [...all, ...value.split(',')];
  const command = new Command('tag')
    .description('change the tags of snapshots; their ids change by that')
    .argument('[ids...]', 'only these snapshots, or latest; without it all that pass the filter')
    .option('--set <tag,…>', "these tags and no others; '' for none", collect)
    .option('--add <tag,…>', 'these, too (may be repeated)', collect)
    .option('--remove <tag,…>', 'not these (may be repeated)', collect);
  return withSnapshotFilter(withRepositoryFlags(command))
    .addHelpText('after', '\nExample: orbit repo tag latest --add before-upgrade -r /srv/backup -p backup.password')
    .action(async (ids: string[], flags: TagFlags) => {
      refuseUnlocked(flags);
      const change = tagChange(flags);
      const changed = await withLockedRepository(context, flags, { exclusive: true }, async (repository, signal) => {
        const all =
          ids.length === 0
            ? await repository.listSnapshots({ signal })
            : await Promise.all(ids.map((id) => repository.loadSnapshot(id, { signal })));
        return retag(
          repository,
          all.filter((snapshot) => passesFilter(snapshot, flags)),
          change,
          { signal },
        );
      });
      if (flags.json) return printJson(context, { changed });
      for (const { from, to } of changed) printLine(context, `snapshot ${from.slice(0, 8)} is now ${to.slice(0, 8)}`);
      printLine(context, `changed the tags of ${changed.length} snapshot(s)`);
    });
}

function tagChange({ set, add, remove }: TagFlags): TagChange {
  if (set === undefined && add === undefined && remove === undefined)
    throw usageFailure('nothing is to be changed', 'Give --set, --add or --remove.');
  if (set !== undefined && (add !== undefined || remove !== undefined))
    throw usageFailure('--set replaces all tags', 'Give it alone, or use --add and --remove.');
  if (set !== undefined) return { set };
  return { ...(add === undefined ? {} : { add }), ...(remove === undefined ? {} : { remove }) };
}

// `orbit repo find`
import { Command, Option } from 'commander';
import { CachedTrees } from '../../engine/browse/cached-trees.ts';
import { Finder, type FindOptions } from '../../engine/browse/find.ts';
import type { NodeType } from '../../engine/format/file-mode.ts';
import type { CliContext } from '../context.ts';
import { printJson, printLine } from '../output.ts';
import { usageFailure } from '../usage.ts';
import { entryJson, entryLine } from './ls.ts';
import { withCacheFlag, withLockedRepository, withRepositoryFlags, type RepositoryFlags } from './open.ts';
import { passesFilter, withSnapshotFilter, type SnapshotFilter } from './snapshots.ts';

interface FindFlags extends RepositoryFlags, SnapshotFilter {
  snapshot?: string[];
  ignoreCase?: boolean;
  long?: boolean;
  type?: NodeType;
  oldest?: string;
  newest?: string;
}

/** `orbit repo find`: where in which snapshot something lies. */
export function findCommand(context: CliContext): Command {
  const collect = (value: string, all: string[] = []): string[] => [...all, value];
  const command = new Command('find')
    .description('search snapshots by name or path')
    .argument('<patterns...>', 'such as "*.conf" or "/etc/*"')
    .option('-s, --snapshot <id>', 'only in this snapshot (may be repeated)', collect)
    .option('-i, --ignore-case', 'upper and lower case alike')
    .option('-l, --long', 'with type, permissions, owner, size and time')
    .addOption(new Option('--type <type>', 'only entries of this type').choices(['file', 'dir', 'symlink']))
    .option('-O, --oldest <time>', 'modified at or after this time')
    .option('-N, --newest <time>', 'modified at or before this time');
  return withSnapshotFilter(withCacheFlag(withRepositoryFlags(command)))
    .addHelpText('after', '\nExample: orbit repo find "*.conf" -l -r /srv/backup -p backup.password')
    .action(async (patterns: string[], flags: FindFlags) => {
      await withLockedRepository(context, flags, { startsEarly: true }, async (repository, signal, granted) => {
        const all =
          flags.snapshot === undefined
            ? await repository.listSnapshots({ signal })
            : await Promise.all(flags.snapshot.map((id) => repository.loadSnapshot(id, { signal })));
        const trees = new CachedTrees(repository, { signal });
        const finder = new Finder(trees, patterns, { ...findOptions(flags), signal });
        const found: { snapshot: string; matches: Record<string, unknown>[] }[] = [];
        try {
          for (const snapshot of all.filter((each) => passesFilter(each, flags)).reverse()) {
            const matches: Record<string, unknown>[] = [];
            for await (const entry of finder.in(snapshot)) {
              await granted;
              if (!flags.json && matches.length === 0)
                printLine(
                  context,
                  `snapshot ${snapshot.id.slice(0, 8)} of ${snapshot.time.slice(0, 19).replace('T', ' ')}`,
                );
              if (!flags.json) printLine(context, entryLine(entry, flags.long === true));
              matches.push(flags.json ? entryJson(entry) : {});
            }
            if (matches.length > 0) found.push({ snapshot: snapshot.id, matches });
          }
        } finally {
          await trees.close();
        }
        await granted;
        if (flags.json)
          printJson(
            context,
            found.map((each) => ({ ...each, hits: each.matches.length })),
          );
        else if (found.length === 0) printLine(context, 'nothing was found');
      });
    });
}

function findOptions(flags: FindFlags): FindOptions {
  return {
    ...(flags.ignoreCase === undefined ? {} : { ignoreCase: flags.ignoreCase }),
    ...(flags.type === undefined ? {} : { type: flags.type }),
    ...(flags.oldest === undefined ? {} : { oldest: parseTime(flags.oldest) }),
    ...(flags.newest === undefined ? {} : { newest: parseTime(flags.newest) }),
  };
}

function parseTime(text: string): Date {
  const time = new Date(text.replace(' ', 'T'));
  if (Number.isNaN(time.getTime())) throw usageFailure(`'${text}' is no time`, 'Write it as 2026-01-31 12:00:00.');
  return time;
}

// `orbit repo`: the engine by itself, on any restic repository in a folder. Each command is one file in ../repo/ and is
// loaded only when it is asked for: reading all of them takes longer than most of them run.
import { Command } from 'commander';
import type { SetExitCode } from '../commands.ts';
import type { CliContext } from '../context.ts';

type Load = (context: CliContext, setExitCode: SetExitCode) => Promise<Command>;

// In the order of the help text.
const commands: Record<string, Load> = {
  init: async (context) => (await import('../repo/init.ts')).initCommand(context),
  backup: async (context, setExitCode) => (await import('../repo/backup.ts')).backupCommand(context, setExitCode),
  snapshots: async (context) => (await import('../repo/snapshots.ts')).snapshotsCommand(context),
  ls: async (context) => (await import('../repo/ls.ts')).lsCommand(context),
  find: async (context) => (await import('../repo/find.ts')).findCommand(context),
  diff: async (context) => (await import('../repo/diff.ts')).diffCommand(context),
  dump: async (context) => (await import('../repo/dump.ts')).dumpCommand(context),
  cat: async (context) => (await import('../repo/cat.ts')).catCommand(context),
  serve: async (context) => (await import('../repo/serve.ts')).serveCommand(context),
  restore: async (context, setExitCode) => (await import('../repo/restore.ts')).restoreCommand(context, setExitCode),
  stats: async (context) => (await import('../repo/stats.ts')).statsCommand(context),
  check: async (context, setExitCode) => (await import('../repo/check.ts')).checkCommand(context, setExitCode),
  forget: async (context, setExitCode) => (await import('../repo/forget.ts')).forgetCommand(context, setExitCode),
  prune: async (context, setExitCode) => (await import('../repo/prune.ts')).pruneCommand(context, setExitCode),
  copy: async (context, setExitCode) => (await import('../repo/copy.ts')).copyCommand(context, setExitCode),
  repair: async (context, setExitCode) => (await import('../repo/repair.ts')).repairCommand(context, setExitCode),
  parity: async (context) => (await import('../repo/parity.ts')).parityCommand(context),
  rewrite: async (context, setExitCode) => (await import('../repo/rewrite.ts')).rewriteCommand(context, setExitCode),
  tag: async (context) => (await import('../repo/tag.ts')).tagCommand(context),
  key: async (context) => (await import('../repo/key.ts')).keyCommand(context),
  rekey: async (context) => (await import('../repo/rekey.ts')).rekeyCommand(context),
  cache: async (context) => (await import('../repo/cache.ts')).cacheCommand(context),
  unlock: async (context) => (await import('../repo/unlock.ts')).unlockCommand(context),
};

/** `orbit repo …`, with restic's names for commands and flags where the meaning is the same. All of it without `wanted`. */
export async function repoCommand(context: CliContext, setExitCode: SetExitCode, wanted = ''): Promise<Command> {
  const only = Object.hasOwn(commands, wanted) ? commands[wanted] : undefined;
  const repo = new Command('repo')
    .description('work on a repository in the restic format')
    .addHelpText('after', '\nExample: orbit repo snapshots -r /srv/backup --password-file /root/backup.password');
  for (const load of only === undefined ? Object.values(commands) : [only])
    repo.addCommand(await load(context, setExitCode));
  return repo;
}

// `orbit repo ls`
import { Command } from 'commander';
import { CachedTrees } from '../../engine/browse/cached-trees.ts';
import { ls, type SnapshotEntry } from '../../engine/browse/entries.ts';
import { permissionBits } from '../../engine/format/file-mode.ts';
import { quote } from '../../engine/format/go-text.ts';
import { formatNodeTime } from '../../engine/format/node-time.ts';
import type { CliContext } from '../context.ts';
import { printJson, printLine } from '../output.ts';
import { withCacheFlag, withLockedRepository, withRepositoryFlags, type RepositoryFlags } from './open.ts';

interface LsFlags extends RepositoryFlags {
  long?: boolean;
  recursive?: boolean;
}

/** `orbit repo ls`: what a snapshot holds. */
export function lsCommand(context: CliContext): Command {
  const command = new Command('ls')
    .description('list what a snapshot holds')
    .argument('<snapshot>', 'the snapshot, or latest')
    .argument('[path]', 'only this folder; without it everything')
    .option('-l, --long', 'with type, permissions, owner, size and time')
    .option('--recursive', 'everything below the folder, too');
  return withCacheFlag(withRepositoryFlags(command))
    .addHelpText('after', '\nExample: orbit repo ls latest /etc -l -r /srv/backup -p backup.password')
    .action(async (which: string, path: string | undefined, flags: LsFlags) => {
      await withLockedRepository(context, flags, { startsEarly: true }, async (repository, signal, granted) => {
        const snapshot = await repository.loadSnapshot(which, { signal });
        const trees = new CachedTrees(repository, { signal });
        const recursive = flags.recursive === true || path === undefined;
        try {
          const entries = ls(trees, snapshot, path ?? '/', { signal, recursive });
          let next = await entries.next();
          await granted;
          if (flags.json) printJson(context, { ...snapshot, message_type: 'snapshot', struct_type: 'snapshot' });
          for (; next.done !== true; next = await entries.next()) {
            const entry = next.value;
            if (flags.json) printJson(context, entryJson(entry));
            else printLine(context, entryLine(entry, flags.long === true));
          }
        } finally {
          await trees.close();
        }
      });
    });
}

/** An entry as restic's `ls --json` has it; `path` and `name` are escaped where they are not plain text. */
export function entryJson({ path, node }: SnapshotEntry): Record<string, unknown> {
  return {
    name: quote(node.name),
    type: node.type,
    path: quote(path),
    uid: node.uid,
    gid: node.gid,
    ...(node.type === 'file' ? { size: Number(node.size) } : {}),
    mode: node.mode,
    permissions: permissionText(node),
    mtime: formatNodeTime(node.mtime),
    atime: formatNodeTime(node.atime),
    ctime: formatNodeTime(node.ctime),
    ...(node.linkTarget === undefined ? {} : { linktarget: quote(node.linkTarget) }),
    message_type: 'node',
    struct_type: 'node',
  };
}

/** An entry for people. Control characters are escaped: a name must not write to the terminal. */
export function entryLine({ path, node }: SnapshotEntry, isLong: boolean): string {
  if (!isLong) return quote(path);
  const owner = `${node.user ?? node.uid}:${node.group ?? node.gid}`.padEnd(15);
  const time = formatNodeTime(node.mtime).slice(0, 19).replace('T', ' ');
  const target = node.linkTarget === undefined ? '' : ` -> ${quote(node.linkTarget)}`;
  return `${permissionText(node)} ${owner} ${String(node.size).padStart(12)} ${time} ${quote(path)}${target}`;
}

const typeLetters = {
  file: '-',
  dir: 'd',
  symlink: 'l',
  dev: 'b',
  chardev: 'c',
  fifo: 'p',
  socket: 's',
  irregular: '?',
} as const;

// As ls(1) writes it: s and t stand where setuid, setgid and sticky meet execution, capital where it is missing.
function permissionText({ type, mode }: SnapshotEntry['node']): string {
  const bits = permissionBits(mode);
  const three = (shift: number, special: number, letter: string): string => {
    const part = bits >> shift;
    const runs = (part & 1) !== 0;
    const last = (bits & special) !== 0 ? (runs ? letter : letter.toUpperCase()) : runs ? 'x' : '-';
    return `${part & 4 ? 'r' : '-'}${part & 2 ? 'w' : '-'}${last}`;
  };
  return `${typeLetters[type]}${three(6, 0o4000, 's')}${three(3, 0o2000, 's')}${three(0, 0o1000, 't')}`;
}

// The flags every `orbit repo` command has, and the repository they name.
import type { Command } from 'commander';
import type { Backend } from '../../backends/backend.ts';
import { openFolderBackend } from '../../backends/folder.ts';
import { type HeldBackend, heldBackend } from '../../backends/held.ts';
import { limitedBackend } from '../../backends/limited.ts';
import { isFailure } from '../../base/failure.ts';
import { isLockKey } from '../../engine/format/layout.ts';
import { notFound } from '../../engine/repository/key-store.ts';
import { Repository } from '../../engine/repository/repository.ts';
import { withLock } from '../../engine/repository/repository-lock.ts';
import { cacheFolder, type CliContext } from '../context.ts';
import { readPassword } from '../password.ts';
import { usageFailure } from '../usage.ts';

/** The flags as commander gives them. */
export interface RepositoryFlags {
  repo?: string;
  passwordFile?: string;
  keyHint?: string;
  /** False with `--no-lock`. */
  lock?: boolean;
  retryLock?: string;
  limitRate?: string;
  json?: boolean;
  /** True for commands that may use what was fetched before (`withCacheFlag`), unless `--no-cache` is given. */
  cache?: boolean;
}

/** Adds the flags to a command. */
export function withRepositoryFlags(command: Command): Command {
  return command
    .option('-r, --repo <path>', 'folder of the repository (default: $ORBIT_REPOSITORY, $RESTIC_REPOSITORY)')
    .option(
      '-p, --password-file <file>',
      'file with the password (default: $ORBIT_PASSWORD_FILE, $RESTIC_PASSWORD_FILE)',
    )
    .option('--key-hint <id>', 'key to try first')
    .option('--no-lock', 'do not lock: for places that cannot be written to')
    .option('--retry-lock <duration>', 'wait so long for a locked repository, for example 30s, 5m or 1h')
    .option('--limit-rate <size>', 'store and fetch at most so much a second, for example 10M')
    .option('--json', 'print JSON');
}

/** Adds the flag of commands that look around: they may take snapshots and trees out of the cache. */
export function withCacheFlag(command: Command): Command {
  return command.option('--no-cache', 'fetch everything anew, and keep nothing of it');
}

/** The folder that `-r` or the environment names. @throws Failure `cli.usage` when neither does */
export function repositoryName({ env }: CliContext, { repo }: RepositoryFlags): string {
  const path = repo ?? env['ORBIT_REPOSITORY'] ?? env['RESTIC_REPOSITORY'];
  if (!path) throw usageFailure('no repository was named', 'Name its folder with -r PATH.');
  return path;
}

/** Opens the place that `-r` names. `make` makes the folder when its parent is there. */
export async function openPlace(context: CliContext, flags: RepositoryFlags, make = false): Promise<Backend> {
  const path = repositoryName(context, flags);
  try {
    const backend = await openFolderBackend(path, { ifMissing: make ? 'make' : 'require' });
    return flags.limitRate === undefined ? backend : limitedBackend(backend, parseRate(flags.limitRate));
  } catch (error) {
    if (isFailure(error, 'backend.place-missing') && !make) throw notFound(path);
    throw error;
  }
}

/** Opens the repository, runs `work`, and closes everything whatever happens. */
export async function withRepository<Result>(
  context: CliContext,
  flags: RepositoryFlags,
  work: (repository: Repository, hold: HeldBackend['hold']) => Promise<Result>,
): Promise<Result> {
  const { backend, hold } = heldBackend(await openPlace(context, flags), isLockKey);
  try {
    const password = await readRepositoryPassword(context, flags);
    const { keyHint } = flags;
    const { signal } = context;
    const cache = flags.cache === true ? cacheFolder(context.env) : undefined;
    const repository = await Repository.open(backend, password, {
      signal,
      ...(keyHint === undefined ? {} : { keyHint }),
      ...(cache === undefined ? {} : { cacheFolder: cache }),
    });
    try {
      return await work(repository, hold);
    } finally {
      repository.close();
    }
  } finally {
    await backend.close();
  }
}

/**
 * As `withRepository`, with a lock held meanwhile. `work` stops when the signal it gets is aborted. With `startsEarly` it begins while
 * the lock is not certain yet, and what it stores waits. What it does to the world beside that, such as to write files here, print, or
 * run a program, it does after it has waited for `granted`.
 */
export function withLockedRepository<Result>(
  context: CliContext,
  flags: RepositoryFlags,
  options: { exclusive?: boolean; startsEarly?: boolean },
  work: (repository: Repository, signal: AbortSignal, granted: Promise<void>) => Promise<Result>,
): Promise<Result> {
  return withRepository(context, flags, (repository, hold) => {
    let granted = Promise.resolve();
    if (flags.lock === false) return work(repository, context.signal, granted);
    const { exclusive = false, startsEarly = false } = options;
    const retryMs = parseDuration(flags.retryLock ?? '0s');
    const early = (until: Promise<void>): void => {
      granted = until;
      hold(until);
    };
    const lock = { exclusive, signal: context.signal, retryMs, ...(startsEarly ? { startsEarly: early } : {}) };
    return withLock(repository, lock, (signal) => work(repository, signal, granted));
  });
}

/** What removes data never works without a lock. @throws Failure `cli.usage` */
export function refuseUnlocked(flags: RepositoryFlags): void {
  if (flags.lock === false)
    throw usageFailure('without a lock nothing may be removed', 'Leave out --no-lock, or add --dry-run.');
}

/** The password from the flags, the environment or the terminal. */
export function readRepositoryPassword(context: CliContext, flags: RepositoryFlags, isNew = false) {
  return readPassword(context, {
    file: flags.passwordFile,
    variables: ['ORBIT_PASSWORD_FILE', 'RESTIC_PASSWORD_FILE'],
    prompt: isNew ? 'new password of the repository' : 'password of the repository',
    repeat: isNew,
    flag: '--password-file',
  });
}

// Bytes a second.
function parseRate(text: string): number {
  const match = /^(\d{1,12})([KMG]?)$/i.exec(text);
  const rate = match === null ? 0 : Number(match[1]) * 1024 ** ' KMG'.indexOf(match[2]?.toUpperCase() || ' ');
  if (rate > 0) return rate;
  throw usageFailure(`'${text}' is no rate`, 'Use bytes a second, such as 500K or 10M.');
}

const unitMs: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000 };

/** Reads `30s`, `5m` or `1h`; milliseconds. @throws Failure `cli.usage` */
export function parseDuration(text: string): number {
  const match = /^(\d{1,6})([smh])$/.exec(text);
  const unit = unitMs[match?.[2] ?? ''];
  if (match === null || unit === undefined) throw usageFailure(`'${text}' is no duration`, 'Use 30s, 5m or 1h.');
  return Number(match[1]) * unit;
}

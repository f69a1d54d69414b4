// The flags of pruning, with restic's names, and what pruning says.
import type { Command } from 'commander';
import { formatBytes, formatCount } from '../../base/quantities.ts';
import type { MaxUnused, PruneNumbers, PruneOptions } from '../../engine/maintain/plan-prune.ts';
import type { PruneResult } from '../../engine/maintain/prune.ts';
import type { SetExitCode } from '../commands.ts';
import type { CliContext } from '../context.ts';
import { exitCodes, printLine } from '../output.ts';
import { usageFailure } from '../usage.ts';
import { parseDuration } from './open.ts';

/** The flags as commander gives them. */
export interface PruneFlags {
  maxUnused?: string;
  maxRepackSize?: string;
  grace?: string;
}

/** Adds the flags to a command. */
export function withPruneFlags(command: Command): Command {
  return command
    .option('--max-unused <limit>', "unused data that may stay: 5%, 200M, 0 or 'unlimited'", '5%')
    .option(
      '--max-repack-size <size>',
      'rewrite at most so much, such as 2G; 0 rewrites nothing and needs no free space',
    )
    .option('--grace <duration>', 'leave packs alone that no index names and that are younger than this', '24h');
}

/** What the flags ask for. @throws Failure `cli.usage` */
export function pruneOptionsOf(flags: PruneFlags): Omit<PruneOptions, 'now'> {
  return {
    maxUnused: parseMaxUnused(flags.maxUnused ?? '5%'),
    graceMs: parseDuration(flags.grace ?? '24h'),
    ...(flags.maxRepackSize === undefined ? {} : { maxRepackBytes: parseSize(flags.maxRepackSize) }),
  };
}

function parseMaxUnused(text: string): MaxUnused {
  if (text === 'unlimited') return 'unlimited';
  const percent = /^(\d{1,3}(?:\.\d+)?)%$/.exec(text);
  if (percent !== null && Number(percent[1]) <= 100) return { share: Number(percent[1]) / 100 };
  return { bytes: parseSize(text) };
}

const units: Record<string, number> = { '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 };

function parseSize(text: string): number {
  const match = /^(\d{1,15})([KMGT]?)$/i.exec(text);
  const unit = units[match?.[2]?.toUpperCase() ?? '-'];
  if (match === null || unit === undefined)
    throw usageFailure(`'${text}' is no size`, 'Use bytes, or a number with K, M, G or T.');
  return Number(match[1]) * unit;
}

/** Says in a few lines what a plan does or did. */
export function printPruneNumbers(context: CliContext, { packs, blobs, bytes }: PruneNumbers, isDone: boolean): void {
  const would = isDone ? '' : 'would ';
  printLine(context, `in use: ${formatCount(blobs.used)} blobs, ${formatBytes(bytes.used)}`);
  const copies = blobs.duplicate === 0 ? '' : `, of them ${formatCount(blobs.duplicate)} further copies`;
  printLine(
    context,
    `unused: ${formatCount(blobs.unused + blobs.duplicate)} blobs, ${formatBytes(bytes.unused)}${copies}`,
  );
  if (packs.leftovers > 0)
    printLine(
      context,
      `${would}remove ${formatCount(packs.leftovers)} pack(s) that no index names, ${formatBytes(bytes.leftovers)}`,
    );
  if (packs.waiting > 0)
    printLine(
      context,
      `leave ${formatCount(packs.waiting)} pack(s) that no index names yet: too young, somebody may be writing`,
    );
  if (packs.remove > 0) printLine(context, `${would}remove ${formatCount(packs.remove)} pack(s) that nobody needs`);
  if (packs.repack > 0)
    printLine(context, `${would}rewrite ${formatCount(packs.repack)} pack(s), ${formatBytes(bytes.repack)}`);
  if (packs.forgotten > 0)
    printLine(context, `${would}take ${formatCount(packs.forgotten)} missing, unneeded pack(s) out of the index`);
  const { freed, unusedAfter, total } = bytes;
  printLine(
    context,
    `${isDone ? 'freed' : 'would free'} ${formatBytes(freed)} of ${formatBytes(total)}; ${formatBytes(unusedAfter)} unused stay`,
  );
}

/** Says what the place did not remove, and makes the command end as partial. */
export function printLeftBehind(
  context: CliContext,
  { leftBehind, failure }: Pick<PruneResult, 'leftBehind' | 'failure'>,
  setExitCode: SetExitCode,
): void {
  if (leftBehind.length === 0) return;
  setExitCode(exitCodes.partial);
  context.stderr.write(
    `${formatCount(leftBehind.length)} pack(s) were not removed: ${failure?.message ?? 'the place refused'}; the next prune tries again\n`,
  );
}

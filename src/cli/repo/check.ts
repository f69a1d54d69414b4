// `orbit repo check`
import { join } from 'node:path';
import { Command } from 'commander';
import { orbitEvent } from '../../base/event.ts';
import { formatBytes, formatCount } from '../../base/quantities.ts';
import { adviseOn, type Advice } from '../../engine/maintain/advice.ts';
import { check, type CheckEvent, type CheckResult } from '../../engine/maintain/check.ts';
import { datesPath, describeReadBack, parseShare, RollingReading } from '../../engine/maintain/rolling.ts';
import { type MendResult, mendPlace } from '../../engine/parity/mend.ts';
import { loadParityShare } from '../../engine/parity/parity-backend.ts';
import { parseSubset } from '../../engine/maintain/subset.ts';
import type { SetExitCode } from '../commands.ts';
import type { CliContext } from '../context.ts';
import { exitCodes, printJson, printLine } from '../output.ts';
import { tellHome } from '../tell-home.ts';
import { openPlace, refuseUnlocked, withLockedRepository, withRepositoryFlags, type RepositoryFlags } from './open.ts';
import { printMended } from './repair-bytes.ts';

interface CheckFlags extends RepositoryFlags {
  readData?: boolean;
  readDataSubset?: string;
  rolling?: string;
  datesIn?: string;
  repair?: boolean;
}

/** `orbit repo check`: proves that every snapshot can be restored. Exit code 1 when one cannot. */
export function checkCommand(context: CliContext, setExitCode: SetExitCode): Command {
  const command = new Command('check')
    .description('prove that every snapshot can be restored')
    .option('--read-data', 'read every byte of every pack')
    .option('--read-data-subset <subset>', 'read a part of the packs: n/t, x% or a size such as 500M')
    .option('--rolling <share>', 'read the packs that were not read back for longest: 1/30, x%, 20G or 30min')
    .option(
      '--dates-in <folder>',
      'where --rolling keeps the date of each pack (default: read-back in the data folder)',
    );
  command.option('--repair', 'first let the side files of `orbit repo parity` give back what is damaged');
  return withRepositoryFlags(command)
    .addHelpText(
      'after',
      '\nExample: orbit repo check -r /srv/backup --password-file /root/backup.password --read-data',
    )
    .action(async (flags: CheckFlags) => {
      const readData = flags.readDataSubset === undefined ? flags.readData === true : parseSubset(flags.readDataSubset);
      const share = flags.rolling === undefined ? undefined : parseShare(flags.rolling);
      // Before the repository is opened: its config and its keys may be what is damaged.
      const mended = flags.repair === true ? await mendFirst(context, flags) : undefined;
      const progress = progressLine(context, flags);
      // Exclusive, as stock restic: what a prune removes meanwhile would look lost.
      let location = '';
      let hasSideFiles = false;
      let reading: RollingReading | undefined;
      const result = await withLockedRepository(
        context,
        flags,
        { exclusive: true, startsEarly: true },
        async (repository, signal) => {
          location = repository.backend.location;
          hasSideFiles = (await loadParityShare(repository.backend, { signal })) !== undefined;
          const dates = datesPath(flags.datesIn ?? join(context.home, 'read-back'), repository);
          reading = share === undefined ? undefined : new RollingReading(dates, share);
          return check(repository, { readData: reading ?? readData, signal, report: progress.report }).finally(() =>
            reading?.save(),
          );
        },
      );
      const readBack = reading?.result();
      progress.end();
      const errors = result.problems.filter(({ severity }) => severity === 'error').length;
      if (errors > 0) {
        setExitCode(exitCodes.failed);
        const first = result.problems.find(({ severity }) => severity === 'error')?.message ?? '';
        const facts = { destination: location, reason: `${formatCount(errors)} error(s), the first: ${first}` };
        await tellHome(context, () => [orbitEvent('check.failed', facts, new Date())]);
      }
      const advice = adviseOn(result.problems, { hasSideFiles });
      if (flags.json)
        return printJson(context, {
          ...result,
          ...(readBack && { readBack }),
          ...(mended && { mended }),
          errors,
          advice,
        });
      printResult(context, result, errors);
      if (readBack !== undefined) printLine(context, describeReadBack(readBack));
      printAdvice(context, advice);
    });
}

async function mendFirst(context: CliContext, flags: CheckFlags): Promise<MendResult> {
  refuseUnlocked(flags);
  const backend = await openPlace(context, flags);
  try {
    const mended = await mendPlace(backend, { signal: context.signal });
    if (flags.json !== true) printMended(context, mended, { dryRun: false });
    return mended;
  } finally {
    await backend.close();
  }
}

function printResult(context: CliContext, result: CheckResult, errors: number): void {
  for (const { severity, message } of result.problems) printLine(context, `${severity}: ${message}`);
  const { snapshots, trees, files, packs, blobs, packsRead, bytesRead } = result;
  printLine(
    context,
    `checked ${formatCount(snapshots)} snapshot(s), ${formatCount(trees)} folders, ${formatCount(files)} files, ` +
      `${formatCount(packs)} packs, ${formatCount(blobs)} blobs`,
  );
  if (packsRead > 0) printLine(context, `read ${formatCount(packsRead)} packs, ${formatBytes(bytesRead)}`);
  printLine(context, errors === 0 ? 'no errors were found' : `${formatCount(errors)} error(s) were found`);
}

// A list that scrolls away helps nobody; --json has it whole.
const lostShown = 50;

function printAdvice(context: CliContext, { lost, steps }: Advice): void {
  if (steps.length === 0) return;
  printLine(context);
  if (lost.length > 0) printLine(context, `What is lost: ${formatCount(lost.length)} file(s) or folder(s)`);
  for (const { path, snapshot } of lost.slice(0, lostShown))
    printLine(context, `  ${path} (snapshot ${snapshot.slice(0, 8)})`);
  if (lost.length > lostShown) printLine(context, `  … and ${formatCount(lost.length - lostShown)} more (--json)`);
  printLine(context, 'What to do, in this order (docs/repair.md):');
  for (const [at, { text, command }] of steps.entries()) {
    printLine(context, `  ${at + 1}. ${text}`);
    if (command !== undefined) printLine(context, `     ${command}`);
  }
}

function progressLine(context: CliContext, flags: CheckFlags): { report(event: CheckEvent): void; end(): void } {
  if (!context.isTerminal || flags.json === true) return { report: () => {}, end: () => {} };
  let total = 0;
  let done = 0;
  return {
    report(event) {
      if (event.type === 'packs-chosen') total = event.bytes;
      if (event.type !== 'pack-read') return;
      done += event.bytes;
      context.stderr.write(`\rread ${formatBytes(done)} of ${formatBytes(total)}   `);
    },
    end: () => {
      if (total > 0) context.stderr.write('\n');
    },
  };
}

// `orbit repo repair bytes`
import { Command } from 'commander';
import { formatBytes, formatCount } from '../../base/quantities.ts';
import { mendPlace, type MendResult } from '../../engine/parity/mend.ts';
import type { SetExitCode } from '../commands.ts';
import type { CliContext } from '../context.ts';
import { exitCodes, printJson, printLine } from '../output.ts';
import { openPlace, type RepositoryFlags } from './open.ts';

interface RepairBytesFlags extends Pick<RepositoryFlags, 'repo' | 'json'> {
  dryRun?: boolean;
}

/** `orbit repo repair bytes`: gives damaged bytes back from side files. Exit code 3 when some cannot be. */
export function repairBytesCommand(context: CliContext, setExitCode: SetExitCode): Command {
  return new Command('bytes')
    .description('give back damaged bytes from the side files of `orbit repo parity`; needs no password')
    .option('-r, --repo <path>', 'folder of the repository (default: $ORBIT_REPOSITORY, $RESTIC_REPOSITORY)')
    .option('-n, --dry-run', 'find out, change nothing')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample: orbit repo repair bytes -r /srv/backup')
    .action(async (flags: RepairBytesFlags) => {
      const dryRun = flags.dryRun === true;
      const backend = await openPlace(context, flags);
      try {
        const result = await mendPlace(backend, { dryRun, signal: context.signal });
        if (result.beyond.length > 0 || result.refused.length > 0) setExitCode(exitCodes.partial);
        if (flags.json) printJson(context, { ...result, dryRun });
        else printMended(context, result, { dryRun });
      } finally {
        await backend.close();
      }
    });
}

/** What was mended, and what stays damaged. */
export function printMended(context: CliContext, result: MendResult, { dryRun }: { dryRun: boolean }): void {
  const { files, bytes, mended, beyond, refused, sideFilesMended, withoutFile } = result;
  const done = dryRun ? 'can be mended' : 'mended';
  for (const { key, blocks } of mended) printLine(context, `${done}: ${key}, ${formatCount(blocks)} damaged block(s)`);
  for (const { key, reason } of beyond) printLine(context, `error: ${key} stays damaged: ${reason}`);
  for (const { key, failure } of refused)
    printLine(context, `error: ${key} can be mended, but the place does not let it be overwritten: ${failure.message}`);
  if (sideFilesMended > 0) printLine(context, `${done}: ${formatCount(sideFilesMended)} side file(s)`);
  if (withoutFile.length > 0)
    printLine(
      context,
      `${formatCount(withoutFile.length)} side file(s) have no file beside them; orbit repo parity update removes them`,
    );
  printLine(context, `read ${formatCount(files)} file(s) with side files, ${formatBytes(bytes)}`);
}

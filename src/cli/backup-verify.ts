// `orbit backup verify`: reads repositories back from their destinations, share by share, and says how much was and since when.
import { Command } from 'commander';
import { formatBytes, formatCount } from '../base/quantities.ts';
import { describeReadBack, parseShare } from '../engine/maintain/rolling.ts';
import { listVerifications, nextVerification, type VerificationStatus, verify } from '../jobs/verification.ts';
import { saveVerificationPlan, verificationPlan } from '../jobs/verification-plan.ts';
import type { SetExitCode } from './commands.ts';
import type { CliContext } from './context.ts';
import { deliverNow } from './deliver-now.ts';
import { withHome } from './open-home.ts';
import { exitCodes, printJson, printLine } from './output.ts';
import { usageFailure } from './usage.ts';
import { type WhichOptions, whichRepositories, withWhich } from './which-repositories.ts';

interface RunOptions extends WhichOptions {
  share?: string;
  json?: boolean;
}

interface PlanOptions {
  schedule?: string;
  share?: string;
  on?: boolean;
  off?: boolean;
  json?: boolean;
}

/** `orbit backup verify run|status|plan`. */
export function backupVerifyCommand(context: CliContext, setExitCode: SetExitCode): Command {
  const command = new Command('verify').description(
    'read repositories back from their destinations, the packs first that were not read for longest',
  );
  withWhich(command.command('run').description('read one share of each repository back now'))
    .option('--share <share>', 'how much: 1/30, 5%, 20G or 30min (default: the share of the plan)')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample: orbit backup verify run --destination vault-b --share 1/1')
    .action((options: RunOptions) => run(context, options, setExitCode));
  command
    .command('status')
    .description('how much was read back, and since when everything was')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample: orbit backup verify status')
    .action((options: { json?: boolean }) =>
      withHome(context, (app) => {
        const all = listVerifications(app.store);
        if (options.json) return printJson(context, all);
        for (const status of all) printLine(context, verificationLine(status));
        if (all.length === 0) printLine(context, 'nothing was read back yet');
        const next = nextVerification(app);
        if (next !== undefined) printLine(context, `next: ${next.toISOString()}`);
        return undefined;
      }),
    );
  command
    .command('plan')
    .description('show or change when and how much is read back by itself')
    .option('--schedule <cron>', 'minute hour day month weekday')
    .option('--share <share>', 'how much each turn reads of each repository: 1/30, 5%, 20G or 30min')
    .option('--on', 'read back by the schedule')
    .option('--off', 'read nothing back by itself')
    .option('--json', 'print JSON')
    .addHelpText('after', "\nExample: orbit backup verify plan --schedule '0 3 * * *' --share 1/90")
    .action((options: PlanOptions) => plan(context, options));
  return command.addHelpText('after', '\nExample: orbit backup verify status');
}

/** One line: what was read back, and what is wrong. */
export function verificationLine(status: VerificationStatus): string {
  const { kind, destination, readNow, errors, trouble } = status;
  const now = readNow.packs === 0 ? '' : `; read ${formatBytes(readNow.bytes)} in ${formatCount(readNow.packs)} packs`;
  const wrong = trouble === undefined ? '' : errors > 0 ? `; ${errors} error(s): ${trouble}` : `; ${trouble}`;
  return `${trouble === undefined ? '✓' : '✗'} ${kind} ← ${destination}  ${describeReadBack(withDate(status))}${now}${wrong}`;
}

function withDate({ since, ...status }: VerificationStatus) {
  return since === undefined ? status : { ...status, since: new Date(since) };
}

async function run(context: CliContext, options: RunOptions, setExitCode: SetExitCode): Promise<void> {
  await withHome(context, async (app) => {
    const targets = whichRepositories(app.store, options);
    const share = parseShare(options.share ?? verificationPlan(app.store).share);
    const read: VerificationStatus[] = [];
    for (const target of targets) {
      const status = await verify(app, target, { share, signal: context.signal });
      if (status === undefined) continue;
      read.push(status);
      if (status.trouble !== undefined) setExitCode(exitCodes.failed);
      if (options.json !== true) printLine(context, verificationLine(status));
    }
    await deliverNow(context, app);
    if (options.json) printJson(context, read);
    else if (read.length === 0) printLine(context, 'there is no repository at a destination yet');
  });
}

async function plan(context: CliContext, options: PlanOptions): Promise<void> {
  await withHome(context, (app) => {
    const before = verificationPlan(app.store);
    const after = {
      schedule: options.schedule ?? before.schedule,
      share: options.share ?? before.share,
      enabled: options.off === true ? false : options.on === true ? true : before.enabled,
    };
    if (options.on && options.off) throw usageFailure('--on and --off exclude each other', 'Give one of them.');
    saveVerificationPlan(app.store, after);
    if (options.json) return printJson(context, after);
    const when = after.enabled ? `by the schedule '${after.schedule}'` : 'never by itself';
    printLine(context, `each repository is read back ${when}, ${after.share} of it each time`);
    return undefined;
  });
}

// `orbit destination renew-locks`: locks what lies at a destination anew, before the locks it was stored with end.
import { Command } from 'commander';
import { formatCount, formatMinute } from '../base/quantities.ts';
import { findDestination } from '../destinations/destination.ts';
import { countLockable, type LockRenewal, renewLocks } from '../jobs/lock-renewal.ts';
import type { CliContext } from './context.ts';
import { deliverNow } from './deliver-now.ts';
import { liveLine } from './live-line.ts';
import { withHome } from './open-home.ts';
import { printJson, printLine } from './output.ts';

/** `orbit destination renew-locks NAME [--dry-run] [--json]`. */
export function renewLocksCommand(context: CliContext): Command {
  return new Command('renew-locks')
    .description(
      'lock everything at a destination with object lock anew now; the service does it when a quarter of the term is over',
    )
    .argument('<name>')
    .option('-n, --dry-run', 'say how much would be locked, change nothing')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample: orbit destination renew-locks cloud')
    .action((name: string, { dryRun, json }: { dryRun?: boolean; json?: boolean }) =>
      withHome(context, async (app) => {
        const { signal } = context;
        if (dryRun) {
          const objects = await countLockable(app, name, { signal });
          const { lockDays } = findDestination(app.store, name).config;
          if (json) return printJson(context, { destination: name, objects, dryRun });
          return printLine(
            context,
            `${formatCount(objects)} objects at ${name} would be locked for ${String(lockDays)} days from now on`,
          );
        }
        const line = liveLine(context);
        try {
          const renewal = await renewLocks(app, name, {
            signal,
            report: ({ objects }) => line.show(`${formatCount(objects)} objects locked`),
          });
          line.clear();
          if (json) printJson(context, renewal);
          else printLine(context, renewalLine(renewal));
        } finally {
          line.clear();
          await deliverNow(context, app);
        }
        return undefined;
      }),
    );
}

/** One line: what is locked until when. */
export function renewalLine({ destination, done, lockedUntil }: LockRenewal): string {
  const until = lockedUntil === undefined ? '' : ` until ${formatMinute(lockedUntil)} UTC at least`;
  return `${formatCount(done?.objects ?? 0)} objects at ${destination} are locked${until}`;
}

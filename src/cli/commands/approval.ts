// `orbit approval`: what waits for a second administrator. On the machine itself that administrator proves who they are by
// the password of their account: whoever asked as the machine's user cannot approve as the same.
import { Command } from 'commander';
import { accountOf, findAccount } from '../../accounts/account.ts';
import {
  type Approval,
  decideApproval,
  listApprovals,
  readApprovalSettings,
  saveApprovalSettings,
} from '../../accounts/approval.ts';
import { hasCodes } from '../../accounts/one-time-code.ts';
import { Failure } from '../../base/failure.ts';
import { formatMinute } from '../../base/quantities.ts';
import type { CliContext } from '../context.ts';
import { actor } from '../actor.ts';
import { deliverNow } from '../deliver-now.ts';
import { withHome } from '../open-home.ts';
import { printJson, printLine, table } from '../output.ts';
import { readPassword } from '../password.ts';
import { usageFailure } from '../usage.ts';

interface DecideOptions {
  account: string;
  passwordFile?: string;
  reason: string;
}

/** `orbit approval list|on|off|approve|refuse`. */
export function approvalCommand(context: CliContext): Command {
  const command = new Command('approval').description('four eyes: what waits for a second administrator');
  command
    .command('list')
    .description('list the requests, the newest first')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample: orbit approval list')
    .action((options: { json?: boolean }) =>
      withHome(context, (app) => {
        const [rules, approvals] = [readApprovalSettings(app.store), listApprovals(app)];
        if (options.json) return printJson(context, { rules, approvals });
        printLine(context, rules.isOn ? `Four eyes are on for: ${rules.actions.join(', ')}` : 'Four eyes are off.');
        if (approvals.length === 0) return;
        for (const line of table(['ID', 'STATE', 'WHAT', 'ASKED BY', 'UNTIL (UTC)'], approvals.map(rowOf)))
          printLine(context, line);
      }),
    );
  command
    .command('on')
    .description('let what cannot be taken back wait for a second administrator')
    .option('--recordings', 'also before a recording is watched or taken out')
    .option('--no-recordings', 'recordings no longer; asks for that too')
    .option('--view-hours <hours>', 'how long an approved recording can be seen, 1 to 720; 8 unless told otherwise')
    .addHelpText('after', '\nExample: orbit approval on --recordings --view-hours 4')
    .action((options: { recordings?: boolean; viewHours?: string }) => switchTo(context, true, options));
  command
    .command('off')
    .description('no longer; asks for that too')
    .addHelpText('after', '\nExample: orbit approval off')
    .action(() => switchTo(context, false, {}));
  for (const verdict of ['approve', 'refuse'] as const) {
    command
      .command(`${verdict} <id>`)
      .description(`${verdict} what somebody else asked for`)
      .requiredOption('--account <name>', 'the administrator who decides')
      .option('--password-file <file>', 'their password; asked for when it is not given')
      .requiredOption('--reason <text>', 'why, for the record')
      .addHelpText(
        'after',
        `\nExample: orbit approval ${verdict} 3f2a91bc --account rui --reason "agreed with the owner"`,
      )
      .action((id: string, options: DecideOptions) =>
        withHome(context, async (app) => {
          const account = findAccount(app.store, options.account);
          const request = {
            file: options.passwordFile,
            variables: [],
            prompt: `Password of ${account.name}`,
            flag: '--password-file',
          };
          const known = await accountOf(app, account.name, await readPassword(context, request));
          // An account that signs in with codes decides in the console, where they are asked for.
          if (known === undefined || known.role !== 'administrator' || hasCodes(app, known))
            throw notProved(account.name);
          const by = { user: known.name, role: known.role, method: 'CLI' };
          const verdictOf = { approve: 'approved', refuse: 'refused' } as const;
          const done = decideApproval(app, id, { verdict: verdictOf[verdict], reason: options.reason }, by);
          printLine(context, `${done.id} (${done.action}, ${done.subject}) is ${done.state}.`);
          await deliverNow(context, app);
        }),
      );
  }
  return command;
}

function switchTo(
  context: CliContext,
  isOn: boolean,
  { recordings, viewHours }: { recordings?: boolean; viewHours?: string },
): Promise<void> {
  if (viewHours !== undefined && !(/^\d{1,3}$/.test(viewHours) && Number(viewHours) >= 1 && Number(viewHours) <= 720))
    throw usageFailure(`--view-hours ${viewHours} is not between 1 and 720`, 'Use a whole number, such as 8.');
  return withHome(context, async (app) => {
    const before = readApprovalSettings(app.store);
    const others = before.actions.filter((action) => action !== 'recording.view');
    const actions =
      recordings === undefined ? before.actions : [...others, ...(recordings ? (['recording.view'] as const) : [])];
    const hours = viewHours === undefined ? before.viewHours : Number(viewHours);
    saveApprovalSettings(app, { ...before, isOn, actions, viewHours: hours }, actor());
    printLine(context, isOn ? `Four eyes are on for: ${actions.join(', ')}` : 'Four eyes are off.');
    await deliverNow(context, app);
  });
}

function rowOf({ id, state, action, subject, askedBy, expiresAt }: Approval): string[] {
  return [id, state, `${action} ${subject}`, askedBy, formatMinute(expiresAt)];
}

function notProved(name: string): Failure {
  return new Failure('approvals.not-proved', {
    message: `${name} did not prove to be an administrator`,
    hint: 'The password of an administrator is needed. Accounts with one-time codes decide in the console.',
  });
}

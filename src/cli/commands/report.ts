// `orbit report`: reports by mail on a schedule, sent now, or printed.
import { languageOf } from '../../base/language.ts';
import { tellNote } from '../../base/note.ts';
import { Command, Option } from 'commander';
import { nextRun } from '../../jobs/schedule.ts';
import { makeTable } from '../../reports/make-report.ts';
import { csvLines } from '../../reports/csv.ts';
import { reportPlan } from '../../reports/report-fields.ts';
import { type ReportKind, reportKinds } from '../../reports/report-kinds.ts';
import { addReport, changeReport, findReport, listReports, removeReport } from '../../reports/scheduled-report.ts';
import { refuseInTheClear, sendReport } from '../../reports/send-report.ts';
import { listSendings } from '../../reports/sending.ts';
import { textTable } from '../../reports/text-table.ts';
import { actor } from '../actor.ts';
import type { SetExitCode } from '../commands.ts';
import { addConfigFlags, configFromFlags } from '../config-flags.ts';
import type { CliContext } from '../context.ts';
import { deliverNow } from '../deliver-now.ts';
import { withHome } from '../open-home.ts';
import { exitCodes, printJson, printLine, table } from '../output.ts';
import { addSwitchCommands } from '../switch-commands.ts';
import { reportLines, sendingText } from '../report-view.ts';

interface JsonOption {
  json?: boolean;
}

const json = ['--json', 'print JSON'] as const;

/** `orbit report add|set|list|show|send|print|enable|disable|remove`. */
export function reportCommand(context: CliContext, setExitCode: SetExitCode): Command {
  const command = new Command('report')
    .description('reports by mail on a schedule, sent now, or printed')
    .addHelpText('after', '\nExample: orbit report send weekly');
  const add = command
    .command('add <name>')
    .description('send a report by mail from now on')
    .addHelpText(
      'after',
      "\nExample: orbit report add weekly --report runs --schedule 'every monday at 07:00' --channel ops --to audit@example.org",
    )
    .action(async (name: string, flags: Record<string, unknown>) => {
      const values = await configFromFlags(context, reportPlan, flags);
      await withHome(context, (app) => {
        const report = addReport(app, name, values);
        try {
          refuseInTheClear(app.notifier, report);
        } catch (error) {
          removeReport(app.store, name);
          throw error;
        }
        if (flags['json'] === true) return printJson(context, report);
        const next = nextRun(report.plan.schedule, app.clock.now(), report.plan.timeZone);
        return printLine(
          context,
          `${name} is added; it comes next ${next.toISOString()}. Try it: orbit report send ${name}`,
        );
      });
    });
  addConfigFlags(add, reportPlan);
  add.option(...json);
  const set = command
    .command('set <name>')
    .description('change a report; what is not named stays')
    .addHelpText('after', '\nExample: orbit report set weekly --format text')
    .action(async (name: string, flags: Record<string, unknown>) => {
      const plan = await configFromFlags(context, reportPlan, flags);
      await withHome(context, (app) => {
        const before = findReport(app.store, name);
        refuseInTheClear(app.notifier, { plan: { ...before.plan, ...plan } });
        const report = changeReport(app, name, { plan });
        if (flags['json'] === true) return printJson(context, report);
        return printLine(context, `${name} is changed.`);
      });
    });
  addConfigFlags(set, reportPlan);
  set.option(...json);
  command
    .command('list')
    .description('list the reports and what became of the last one')
    .option(...json)
    .addHelpText('after', '\nExample: orbit report list')
    .action((options: JsonOption) =>
      withHome(context, ({ store, clock }) => {
        const rows = listReports(store).map((report) => ({ ...report, last: listSendings(store, report.name, 1)[0] }));
        if (options.json) return printJson(context, { reports: rows });
        const lines = rows.map(({ name, plan, isEnabled, last }) => {
          const next = isEnabled ? nextRun(plan.schedule, clock.now(), plan.timeZone).toISOString() : 'off';
          return [name, plan.report, next, last === undefined ? 'never' : sendingText(last)];
        });
        for (const line of table(['NAME', 'REPORT', 'NEXT', 'LAST'], lines)) printLine(context, line);
      }),
    );
  command
    .command('show <name>')
    .description('show one report: settings and what became of each sending')
    .option(...json)
    .addHelpText('after', '\nExample: orbit report show weekly')
    .action((name: string, options: JsonOption) =>
      withHome(context, ({ store }) => {
        const report = findReport(store, name);
        const sendings = listSendings(store, name);
        if (options.json) return printJson(context, { ...report, sendings });
        const [head = [], ...rows] = reportLines(report);
        for (const line of table(head, rows)) printLine(context, line);
        for (const sending of sendings) printLine(context, `  ${sendingText(sending)}`);
      }),
    );
  command
    .command('send <name>')
    .description('send a report now and say what really happened')
    .option(...json)
    .addHelpText('after', '\nExample: orbit report send weekly')
    .action((name: string, options: JsonOption) =>
      withHome(context, async (app) => {
        const report = findReport(app.store, name);
        const sending = await sendReport(
          app,
          report,
          { askedBy: actor().user },
          {
            signal: context.signal,
            report: (event) => {
              if (!options.json) printLine(context, `  ${tellNote(event.note, languageOf(context.env))}`);
            },
          },
        );
        if (options.json) printJson(context, sending);
        else printLine(context, sendingText(sending));
        if (sending.failure !== undefined) setExitCode(exitCodes.failed);
        else if (sending.refused.length > 0) setExitCode(exitCodes.partial);
        await deliverNow(context, app);
      }),
    );
  command
    .command('print')
    .description('print a report here instead of sending it')
    .addOption(new Option('--report <word>', 'which report').choices(reportKinds).makeOptionMandatory())
    .option('--days <number>', 'how far back', '31')
    .addOption(new Option('--language <word>', 'of titles and words').choices(['en', 'pt']).default('en'))
    .option('--csv', 'as CSV')
    .addHelpText('after', '\nExample: orbit report print --report runs --csv > runs.csv')
    .action((options: { report: ReportKind; days: string; language: 'en' | 'pt'; csv?: boolean }) =>
      withHome(context, async (app) => {
        const days = Math.max(1, Math.trunc(Number(options.days)) || 31);
        const made = await makeTable(app, { ...options, days });
        if (options.csv) for (const line of csvLines(made)) context.stdout.write(line);
        else printLine(context, textTable(made, Infinity).text);
      }),
    );
  addSwitchCommands(command, context, {
    enable: 'send this report again',
    disable: 'do not send this report for now',
    example: 'weekly',
    turn: (name, isEnabled) => withHome(context, (app) => changeReport(app, name, { isEnabled })),
  });
  command
    .command('remove <name>')
    .description('send a report no more, and forget what became of it')
    .option(...json)
    .addHelpText('after', '\nExample: orbit report remove weekly')
    .action((name: string, options: JsonOption) =>
      withHome(context, ({ store }) => {
        removeReport(store, name);
        if (options.json) return printJson(context, { report: name });
        return printLine(context, `${name} is removed.`);
      }),
    );
  return command;
}

// `orbit profile`: ready-made knowledge of what a machine has, and how it is taken and comes back.
import { Command } from 'commander';
import { openApp, type App } from '../../app.ts';
import { languageOf } from '../../base/language.ts';
import { configFields } from '../../base/secret-schema.ts';
import type { JobOf } from '../../jobs/job.ts';
import {
  addProfile,
  detectProfiles,
  missingCompanions,
  profilesOf,
  removeProfile,
  systemJobOf,
} from '../../jobs/system-profiles.ts';
import type { ProfileKind } from '../../sources/trees/profiles/profile.ts';
import { profileKind, profileKinds } from '../../sources/trees/profiles/profiles.ts';
import { addConfigFlags, configFromFlags } from '../config-flags.ts';
import type { CliContext } from '../context.ts';
import { printJson, printLine, table } from '../output.ts';

/** `orbit profile list|show|detect|add|remove`. */
export function profileCommand(context: CliContext): Command {
  const command = new Command('profile').description('what the system backup knows how to take consistently');
  command
    .command('list')
    .description('list every profile there is')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample: orbit profile list')
    .action((options: { json?: boolean }) => {
      const language = languageOf(context.env);
      if (options.json) return printJson(context, profileKinds.map(described));
      const rows = profileKinds.map(({ kind, title, about }) => [kind, title, about.takes[language]]);
      for (const line of table(['PROFILE', 'FOR', 'TAKES'], rows)) printLine(context, line);
    });
  command
    .command('show <kind>')
    .description('say what a profile takes, consistent how, and how it comes back')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample: orbit profile show postgresql')
    .action((kind: string, options: { json?: boolean }) => show(context, kind, options.json === true));
  command
    .command('detect')
    .description('look which of them this machine needs')
    .option('--add', 'add them to the system job')
    .option('--job <name>', 'the job', 'system')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample: orbit profile detect --add')
    .action((options: { add?: boolean; job: string; json?: boolean }) => detect(context, options));
  command.addCommand(addCommand(context));
  command
    .command('remove <name>')
    .description('take it no longer; snapshots keep what they have')
    .option('--job <name>', 'the job', 'system')
    .addHelpText('after', '\nExample: orbit profile remove vaultwarden')
    .action((name: string, options: { job: string }) =>
      withApp(context, (app) => {
        const job = removeProfile(app, options.job, name);
        printLine(context, `${job.name}: ${name} is taken no longer`);
      }),
    );
  return command;
}

function addCommand(context: CliContext): Command {
  const add = new Command('add')
    .description('take it with every run of the system job')
    .addHelpText('after', '\nExample: orbit profile add postgresql --order mt4 senhasegura');
  for (const kind of profileKinds) {
    const command = add.command(kind.kind).description(kind.title);
    addConfigFlags(command, kind.config);
    command
      .option('--name <name>', 'its name, when there are several of the kind', kind.kind)
      .option('--job <name>', 'the job', 'system')
      .addHelpText('after', `\nExample: orbit profile add ${kind.kind}`)
      .action(async (options: Record<string, unknown>) => {
        const config = await configFromFlags(context, kind.config, options);
        const name = String(options['name']);
        withApp(context, (app) => {
          const job = addProfile(app, String(options['job']), { name, kind: kind.kind, values: config });
          printLine(context, `${job.name}: ${name} is taken with every run`);
          tellMissing(context, job, kind);
        });
      });
  }
  return add;
}

function show(context: CliContext, name: string, json: boolean): void {
  const kind = profileKind(name);
  if (json) return printJson(context, described(kind));
  const language = languageOf(context.env);
  const pick = (en: string, pt: string): string => (language === 'en' ? en : pt);
  printLine(context, kind.title);
  printLine(context, `${pick('takes', 'leva')}: ${kind.about.takes[language]}`);
  printLine(context, `${pick('consistent', 'consistência')}: ${kind.about.consistent[language]}`);
  printLine(context, `${pick('comes back', 'volta')}: ${kind.about.back[language]}`);
  for (const { name: field, title } of configFields(kind.config)) printLine(context, `  ${field}: ${title}`);
}

async function detect(context: CliContext, options: { add?: boolean; job: string; json?: boolean }): Promise<void> {
  const found = await detectProfiles({ signal: context.signal });
  if (options.add === true) {
    withApp(context, (app) => {
      const has = new Set(profilesOf(systemJobOf(app.store, options.job)).map((profile) => profile.kind));
      for (const { kind, config } of found)
        if (!has.has(kind.kind)) addProfile(app, options.job, { name: kind.kind, kind: kind.kind, values: config });
    });
  }
  if (options.json)
    return printJson(context, { found: found.map(({ kind }) => kind.kind), added: options.add === true });
  for (const { kind } of found) printLine(context, `${kind.kind}: ${kind.title}`);
  if (options.add !== true) printLine(context, 'Take them all: orbit profile detect --add');
}

function tellMissing(context: CliContext, job: JobOf<'system'>, kind: ProfileKind<unknown>): void {
  const missing = missingCompanions(job, kind);
  if (missing.length === 0) return;
  printLine(context, `But the database of ${kind.title} is not taken yet. Add one of: ${missing.join(', ')}`);
}

function described({ kind, title, about, companions, config }: ProfileKind<unknown>) {
  return { kind, title, about, companions: companions ?? [], fields: configFields(config) };
}

function withApp(context: CliContext, work: (app: App) => void): void {
  const app = openApp(context.home);
  try {
    work(app);
  } finally {
    app.close();
  }
}

// `orbit source`: where the secrets of kits come from. What a source signs in with is kept in the vault, never in the job.
import { Command } from 'commander';
import { formatCount, formatDuration } from '../../base/quantities.ts';
import { configFields } from '../../base/secret-schema.ts';
import {
  addSource,
  findSource,
  refuseTakenSource,
  removeSource,
  secretsJob,
  testSource,
} from '../../jobs/secret-sources.ts';
import { secretSourceKinds } from '../../sources/secrets/kinds.ts';
import { addConfigFlags, configFromFlags } from '../config-flags.ts';
import type { CliContext } from '../context.ts';
import { withHome } from '../open-home.ts';
import { printJson, printLine, table } from '../output.ts';
import { setSourceCommand } from '../set-source.ts';

interface Shared {
  job: string;
  json?: boolean;
}

/** `orbit source kinds|list|add|set|test|remove`. */
export function sourceCommand(context: CliContext): Command {
  return new Command('source')
    .description('where the secrets of kits come from')
    .helpCommand(false)
    .addCommand(kindsCommand(context))
    .addCommand(listCommand(context))
    .addCommand(addCommand(context))
    .addCommand(setSourceCommand(context))
    .addCommand(testCommand(context))
    .addCommand(removeCommand(context))
    .addHelpText('after', '\nExample: orbit source test team-vault');
}

function kindsCommand(context: CliContext): Command {
  return new Command('kinds')
    .description('say which kinds of source there are, and their settings')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample: orbit source kinds --json')
    .action(({ json }: { json?: boolean }) => {
      const kinds = secretSourceKinds.map(({ kind, title, config }) => ({ kind, title, fields: configFields(config) }));
      if (json) return printJson(context, { kinds });
      const rows = kinds.map(({ kind, title, fields }) => [kind, title, fields.map((each) => each.name).join(', ')]);
      for (const line of table(['KIND', 'TITLE', 'SETTINGS'], rows)) printLine(context, line);
    });
}

function listCommand(context: CliContext): Command {
  return shared(new Command('list').description('list the sources of a job'))
    .addHelpText('after', '\nExample: orbit source list')
    .action(({ job, json }: Shared) =>
      withHome(context, ({ store }) => {
        const { sources } = secretsJob(store, job).plan;
        if (json) return printJson(context, { job, sources });
        const rows = sources.map(({ name, kind, config }) => [name, kind, settingsText(config)]);
        for (const line of table(['NAME', 'KIND', 'SETTINGS'], rows)) printLine(context, line);
      }),
    );
}

function addCommand(context: CliContext): Command {
  const command = new Command('add')
    .description('let a job read a further source')
    .addHelpText(
      'after',
      '\nExample: orbit source add openbao team-vault --address https://bao.example:8200 --token-file token',
    );
  for (const { kind, title, config } of secretSourceKinds) {
    const add = shared(command.command(kind).argument('<name>').description(title));
    addConfigFlags(add, config);
    add
      .option('--replace', 'take the place of a source of that name')
      .addHelpText('after', `\nExample: orbit source add ${kind} ${kind}-1 …`)
      .action((name: string, flags: Shared & { replace?: boolean } & Record<string, unknown>) =>
        withHome(context, async ({ store, vault }) => {
          const before = secretsJob(store, flags.job);
          if (flags.replace !== true) refuseTakenSource(before, name);
          const values = await configFromFlags(context, config, flags);
          const source = addSource({ store, vault }, flags.job, { name, kind, values });
          if (flags.json) printJson(context, { job: flags.job, source });
          else printLine(context, `${flags.job} reads ${name} (${title}) too; orbit source test ${name}`);
        }),
      );
  }
  return command;
}

function testCommand(context: CliContext): Command {
  return shared(new Command('test').description('sign in and count; values are read only with --read'))
    .argument('<name>')
    .option('--read', 'read everything as a run would, count it, and keep nothing')
    .addHelpText('after', '\nExample: orbit source test team-vault --read')
    .action((name: string, options: Shared & { read?: boolean }) =>
      withHome(context, async (app) => {
        const source = findSource(secretsJob(app.store, options.job), name);
        const reads = options.read === true;
        const { held, read, tookMs } = await testSource(app, source, { signal: context.signal, reads });
        if (options.json) printJson(context, { source: name, kind: source.kind, held, read: read ?? null, tookMs });
        else {
          const all = read === undefined ? 'not read (--read does)' : `${formatCount(read)} read, none missing`;
          printLine(context, `${name} holds ${formatCount(held)} secrets; ${all}; ${formatDuration(tookMs)}`);
        }
      }),
    );
}

function removeCommand(context: CliContext): Command {
  return shared(new Command('remove').description('no longer read a source; what it signed in with leaves the kits'))
    .argument('<name>')
    .addHelpText('after', '\nExample: orbit source remove team-vault')
    .action((name: string, { job, json }: Shared) =>
      withHome(context, ({ store, vault }) => {
        removeSource({ store, vault }, job, name);
        if (json) printJson(context, { job, removed: name });
        else printLine(context, `${job} no longer reads ${name}; kits that hold its secrets stay as they are.`);
      }),
    );
}

function shared(command: Command): Command {
  return command.option('--job <name>', 'the secrets job', 'secrets').option('--json', 'print JSON');
}

function settingsText(config: unknown): string {
  if (typeof config !== 'object' || config === null) return '';
  return Object.entries(config)
    .filter(([, value]) => value !== undefined && String(value) !== '')
    .map(([name, value]) => `${name}=${String(value).replace(/\s+/g, ' ').slice(0, 40)}`)
    .join(' ');
}

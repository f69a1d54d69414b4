// `orbit source set`: other settings for a secret source that is there, such as a token that was renewed.
import { Command } from 'commander';
import { orbitEvent } from '../base/event.ts';
import { formatCount } from '../base/quantities.ts';
import { configFields } from '../base/secret-schema.ts';
import { addSource, changedSource, findSource, secretsJob, testSource } from '../jobs/secret-sources.ts';
import { secretSourceKinds } from '../sources/secrets/kinds.ts';
import type { SecretSourceKind } from '../sources/secrets/secret-source.ts';
import { shownSourceSettings } from '../sources/secrets/source-settings.ts';
import { actor } from './actor.ts';
import { addChangeFlags, changeFromFlags, flagName } from './config-flags.ts';
import type { CliContext } from './context.ts';
import { withHome } from './open-home.ts';
import { refuseOtherKind } from './other-kind.ts';
import { printJson, printLine } from './output.ts';

interface Flags extends Record<string, unknown> {
  job: string;
  test: boolean;
  json?: boolean;
}

/** One command for each kind that has settings, with its flags. */
export function setSourceCommand(context: CliContext): Command {
  const set = new Command('set')
    .description('change settings of a source: it is read once, and they are kept when that works')
    .addHelpText('after', '\nExample: orbit source set openbao team-vault --token-file -');
  for (const kind of secretSourceKinds) {
    if (configFields(kind.config).length === 0) continue;
    const command = set.command(`${kind.kind} <name>`).description(kind.title);
    addChangeFlags(command, kind.config);
    command
      .option('--job <name>', 'the secrets job', 'secrets')
      .option('--no-test', 'only keep them; contact nothing')
      .option('--json', 'print JSON')
      .addHelpText('after', `\nExample: orbit source set ${kind.kind} ${kind.kind}-1 ${exampleFlags(kind)}`)
      .action((name: string, flags: Flags) => change(context, kind, name, flags));
  }
  return set;
}

function exampleFlags({ config }: SecretSourceKind<unknown>): string {
  const secret = configFields(config).find(({ isSecret }) => isSecret);
  return secret === undefined ? '…' : `--${flagName(secret.name)}-file -`;
}

async function change(
  context: CliContext,
  kind: SecretSourceKind<unknown>,
  name: string,
  { job, test, json, ...flags }: Flags,
): Promise<void> {
  await withHome(context, async (app) => {
    const before = findSource(secretsJob(app.store, job), name);
    refuseOtherKind('source', name, before.kind, kind.kind);
    const { config } = shownSourceSettings(app.vault, before.config);
    const changed = changedSource(app, job, name, await changeFromFlags(context, kind.config, config, flags));
    const tested = test ? await testSource(app, changed, { signal: context.signal, reads: true }) : undefined;
    const source = addSource(app, job, { ...changed, values: changed.config });
    const facts = { ...actor(), setting: 'secret source changed', subject: name };
    app.tell(orbitEvent('settings.changed', facts, app.clock.now()));
    if (json === true) return printJson(context, { job, source, test: tested ?? null });
    const found = tested === undefined ? 'not tested' : `${formatCount(tested.read ?? tested.held)} secrets read`;
    printLine(context, `${name} is changed: ${found}.`);
  });
}

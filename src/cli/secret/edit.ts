// `orbit secret edit`
import { Command } from 'commander';
import type { SecretField } from '../../sources/secrets/secret-record.ts';
import type { SecretChanges, VaultSecret } from '../../sources/secrets/vault/vault-types.ts';
import type { CliContext } from '../context.ts';
import { withHome } from '../open-home.ts';
import { printJson, printLine } from '../output.ts';
import { usageFailure } from '../usage.ts';
import { type DraftOptions, addDraftOptions, draftFrom, passwordFrom } from './draft-options.ts';

interface EditOptions extends DraftOptions {
  title?: string;
  password?: boolean;
  clear?: string[];
  force?: boolean;
  json?: boolean;
}

/** `orbit secret edit SECRET …`: changes what is named; what it was stays as an earlier version. */
export function editCommand(context: CliContext): Command {
  const command = new Command('edit')
    .description('change a secret; what it was stays as an earlier version')
    .argument('<secret>', 'its title, group and title (Servers/db01), or id')
    .option('--title <TITLE>', 'a new title')
    .option('--password', 'ask for a new password');
  return addDraftOptions(command)
    .option('--clear <NAME...>', 'empty these: password, notes, totp, a field or an attachment by its name')
    .option('--force', "change one of Orbit's own secrets all the same")
    .option('--json', 'print JSON')
    .addHelpText('after', "\nExample: orbit secret edit 'Core switch' --generate --length 32")
    .action((wanted: string, options: EditOptions) =>
      withHome(context, async ({ vault }) => {
        const { id } = vault.find(wanted);
        const before = vault.show(id);
        const given = draftFrom(options, before.title);
        const password = await passwordFrom(context, options, options.password === true);
        const changes: SecretChanges = {
          ...given,
          ...(options.title === undefined ? {} : { title: options.title }),
          ...(password === undefined ? {} : { password }),
          ...(options.expires === '' ? { expiresAt: null } : {}),
        };
        mergeLists(changes, before, options.clear ?? []);
        const isChanged = vault.edit(id, changes, { force: options.force === true, ifRevision: before.revision });
        const { revision, title } = vault.show(id);
        if (options.json) printJson(context, { id, title, revision, isChanged });
        else printLine(context, isChanged ? `changed '${title}': version ${revision}` : `'${title}' is already so`);
      }),
    );
}

// Fields and attachments that are named replace those of the same name; the others stay.
function mergeLists(changes: SecretChanges, before: VaultSecret, clear: string[]): void {
  const known = [
    'password',
    'notes',
    'totp',
    ...before.fields.map((f) => f.name),
    ...before.attachments.map((a) => a.name),
  ];
  for (const name of clear) {
    if (!known.includes(name)) throw usageFailure(`'${before.title}' has no '${name}'`, `It has: ${known.join(', ')}.`);
    if (name === 'password' || name === 'notes' || name === 'totp') changes[name] = null;
  }
  const merged = <Item extends { name: string }>(old: Item[], fresh: Item[] | null | undefined): Item[] => {
    const names = new Set([...(fresh ?? []).map((item) => item.name), ...clear]);
    return [...old.filter((item) => !names.has(item.name)), ...(fresh ?? [])];
  };
  changes.fields = merged<SecretField>(before.fields, changes.fields);
  changes.attachments = merged(before.attachments, changes.attachments);
}

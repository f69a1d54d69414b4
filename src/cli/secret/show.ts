// `orbit secret show`
import { Command } from 'commander';
import type { SecretString } from '../../base/secret-string.ts';
import type { VaultSecret, VaultVersion } from '../../sources/secrets/vault/vault-types.ts';
import type { CliContext } from '../context.ts';
import { withHome } from '../open-home.ts';
import { printJson, printLine } from '../output.ts';
import { usageFailure } from '../usage.ts';
import { writeNewFile } from './new-file.ts';
import { secretJson, secretLines } from './print-secret.ts';

interface ShowOptions {
  reveal?: string;
  version?: string;
  saveAttachment?: string;
  to?: string;
  json?: boolean;
}

/** `orbit secret show SECRET`: everything but the values; `--reveal FIELD` prints that one value and nothing else. */
export function showCommand(context: CliContext): Command {
  return new Command('show')
    .description('show a secret without its values, or one value of it')
    .argument('<secret>', 'its title, group and title (Servers/db01), or id')
    .option('--reveal <FIELD>', 'print this value only: password, notes, totp or a field of its own')
    .option('--version <N>', 'as it was in this version')
    .option('--save-attachment <NAME>', 'write this attachment to the file named by --to')
    .option('--to <FILE>', 'a file that does not exist yet; made with mode 0600')
    .option('--json', 'print JSON')
    .addHelpText('after', "\nExample: orbit secret show 'Core switch' --reveal password")
    .action((wanted: string, options: ShowOptions) =>
      withHome(context, ({ vault }) => {
        const secret = vault.show(vault.find(wanted, { removed: 'with' }).id);
        const look = lookAt(secret, options.version);
        if (options.saveAttachment !== undefined) {
          saveAttachment(look, options.saveAttachment, options.to);
          printLine(context, `wrote ${options.to}`);
          return;
        }
        const value = options.reveal === undefined ? undefined : valueOf(look, options.reveal);
        if (options.json) {
          printJson(context, secretJson(secret, look, value && { name: options.reveal ?? '', value }));
        } else if (value !== undefined) context.stdout.write(`${value.reveal()}\n`);
        else for (const line of secretLines(secret, look)) printLine(context, line);
      }),
    );
}

function lookAt(secret: VaultSecret, version: string | undefined): VaultVersion {
  if (version === undefined || Number(version) === secret.revision) return secret;
  const past = secret.history.find((each) => each.revision === Number(version));
  if (past !== undefined) return past;
  throw usageFailure(
    `'${secret.title}' has no version ${version}`,
    `It has versions 1 to ${secret.revision}; the newest is shown without --version.`,
  );
}

function valueOf(look: VaultVersion, name: string): SecretString {
  const field = look.fields.find((each) => each.name === name);
  if (field !== undefined) return field.value;
  if (name === 'password' || name === 'notes') return look[name];
  if (name === 'totp' && look.totp !== undefined) return look.totp;
  const names = ['password', 'notes', ...(look.totp ? ['totp'] : []), ...look.fields.map((each) => each.name)];
  throw usageFailure(`'${look.title}' has no value called '${name}'`, `It has: ${names.join(', ')}.`);
}

function saveAttachment(look: VaultVersion, name: string, file: string | undefined): void {
  const attachment = look.attachments.find((each) => each.name === name);
  if (attachment === undefined || file === undefined) {
    throw usageFailure(
      file === undefined ? '--save-attachment needs --to FILE' : `'${look.title}' has no attachment '${name}'`,
      `Its attachments: ${look.attachments.map((each) => each.name).join(', ') || 'none'}.`,
    );
  }
  writeNewFile(file, attachment.bytes);
}

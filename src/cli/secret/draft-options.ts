// The options that say what a secret is to look like, shared by add and edit. Values come from files, pipes or questions.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { type Command, Option } from 'commander';
import { Failure } from '../../base/failure.ts';
import { SecretString } from '../../base/secret-string.ts';
import { characterClasses, type CharacterClass, generatePassword } from '../../sources/secrets/generate-password.ts';
import type { SecretAttachment, SecretField, SecretType } from '../../sources/secrets/secret-record.ts';
import { totpUri } from '../../sources/secrets/totp.ts';
import type { SecretDraft } from '../../sources/secrets/vault/vault-types.ts';
import type { CliContext } from '../context.ts';
import { readSecret } from '../prompt.ts';
import { usageFailure } from '../usage.ts';

/** The kinds of thing a secret can be. */
export const secretTypes: SecretType[] = ['login', 'ssh-key', 'api-key', 'certificate', 'note', 'database', 'other'];

/** What add and edit are given. */
export interface DraftOptions {
  username?: string;
  url?: string;
  group?: string;
  tag?: string[];
  type?: SecretType;
  expires?: string;
  passwordFile?: string;
  generate?: boolean;
  notesFile?: string;
  totpFile?: string;
  attach?: string[];
  fieldFile?: string[];
  field?: string[];
  length?: string;
  class?: CharacterClass[];
  readable?: boolean;
}

const collect = (value: string, all: string[] = []): string[] => [...all, value];

/** Adds the options of a password recipe. */
export function addRecipeOptions(command: Command): Command {
  return command
    .option('--length <N>', 'characters of a generated password (24 unless told)')
    .addOption(
      new Option('--class <NAME...>', 'what it is made of (lower upper digits unless told)').choices(characterClasses),
    )
    .option('--readable', 'leave out characters that look alike on paper');
}

/** Adds the options that describe a secret. */
export function addDraftOptions(command: Command): Command {
  command
    .option('--username <NAME>', 'who signs in with it')
    .option('--url <URL>', 'where it is used')
    .option('--group <PATH>', "where it lies, such as Servers/Databases; '' for the top")
    .option('--tag <TAG>', 'a tag; may be given again', collect)
    .addOption(new Option('--type <TYPE>', 'what it is (login unless told)').choices(secretTypes))
    .option('--expires <DATE>', "when it expires, such as 2027-01-31; '' for never")
    .option('--password-file <FILE>', 'take the password from a file, or - for standard input')
    .option('--generate', 'make a random password')
    .option('--notes-file <FILE>', 'take the notes from a file')
    .option('--totp-file <FILE>', 'take the second factor from a file: an otpauth:// URI or a base32 secret')
    .option('--attach <FILE>', 'keep this file with it; may be given again', collect)
    .option('--field-file <NAME=FILE>', 'a protected field, its value taken from a file; may be given again', collect)
    .option('--field <NAME=VALUE>', 'a field that is no secret; may be given again', collect);
  return addRecipeOptions(command);
}

/** The draft that the options describe; only what was given is in it. Asks for nothing. */
export function draftFrom(options: DraftOptions, title: string): Omit<SecretDraft, 'title'> {
  return {
    ...(options.username === undefined ? {} : { username: options.username }),
    ...(options.url === undefined ? {} : { url: options.url }),
    ...(options.group === undefined ? {} : { groups: groupPath(options.group) }),
    ...(options.tag === undefined ? {} : { tags: options.tag.filter(Boolean) }),
    ...(options.type === undefined ? {} : { type: options.type }),
    ...(options.expires ? { expiresAt: dateOf(options.expires) } : {}),
    ...(options.notesFile === undefined ? {} : { notes: textOf(options.notesFile) }),
    ...(options.totpFile === undefined ? {} : { totp: totpUri(textOf(options.totpFile), title) }),
    ...(options.attach === undefined ? {} : { attachments: options.attach.map(attachmentOf) }),
    ...(options.field === undefined && options.fieldFile === undefined ? {} : { fields: fieldsOf(options) }),
  };
}

/** A password by `--generate`, by `--password-file`, or by asking, when `isAsked`. */
export async function passwordFrom(
  context: CliContext,
  options: DraftOptions,
  isAsked: boolean,
): Promise<SecretString | undefined> {
  if (options.generate && options.passwordFile !== undefined) {
    throw usageFailure('--generate and --password-file contradict each other', 'Give one of them.');
  }
  if (options.generate) return generatePassword(recipeFrom(options));
  if (options.passwordFile === undefined && !isAsked) return undefined;
  return await readSecret(context, 'Password: ', { file: options.passwordFile, confirm: true });
}

/** The recipe that `--length`, `--class` and `--readable` describe. */
export function recipeFrom(options: Pick<DraftOptions, 'length' | 'class' | 'readable'>) {
  return {
    ...(options.length === undefined ? {} : { length: Number(options.length) }),
    ...(options.class === undefined ? {} : { classes: options.class }),
    isReadable: options.readable === true,
  };
}

/** `Servers/Databases` → both names; empty for the top. */
export function groupPath(path: string): string[] {
  return path.split('/').filter((name) => name !== '');
}

function dateOf(text: string): Date {
  const date = new Date(text);
  if (!Number.isNaN(date.getTime())) return date;
  throw usageFailure(`'${text}' is not a date`, 'Write it as 2027-01-31 or 2027-01-31T18:00:00Z.');
}

function fieldsOf(options: DraftOptions): SecretField[] {
  const split = (pair: string): [string, string] => {
    const at = pair.indexOf('=');
    if (at > 0) return [pair.slice(0, at), pair.slice(at + 1)];
    // What was given may be a value in the wrong place: it is not repeated.
    throw usageFailure('a field has no name', 'Write --field NAME=VALUE or --field-file NAME=FILE.');
  };
  const open = (options.field ?? []).map(split);
  const hidden = (options.fieldFile ?? []).map(split);
  return [
    ...open.map(([name, value]) => ({ name, value: new SecretString(value), isProtected: false })),
    ...hidden.map(([name, file]) => ({ name, value: textOf(file), isProtected: true })),
  ];
}

function attachmentOf(file: string): SecretAttachment {
  return { name: basename(file), bytes: bytesOf(file) };
}

function textOf(file: string): SecretString {
  return new SecretString(
    bytesOf(file)
      .toString('utf8')
      .replace(/\r?\n$/, ''),
  );
}

/** The content of a file named on the command line. @throws Failure `cli.unreadable-file` */
export function bytesOf(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new Failure('cli.unreadable-file', {
      message: `the file ${file} cannot be read`,
      hint: 'Check its name and that you may read it.',
      cause: error,
    });
  }
}

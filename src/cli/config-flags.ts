// Command-line flags for any configuration, read off its schema. A secret is never a flag's value: it comes from a file,
// standard input, or a question.
import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import type { ZodType } from 'zod';
import { type ConfigField, configFields } from '../base/secret-schema.ts';
import type { CliContext } from './context.ts';
import { readSecret } from './prompt.ts';
import { usageFailure } from './usage.ts';

/**
 * Adds a flag for each field: `--host <text>`, `--to <text...>`, `--ca <file>`, `--password-file <file>`.
 * `defaults` are named in the help instead of the schema's.
 */
export function addConfigFlags(command: Command, config: ZodType, defaults: Record<string, unknown> = {}): void {
  for (const field of configFields(config)) {
    const standard = defaults[field.name] ?? field.default;
    for (const option of optionsOf({ ...field, default: standard })) command.addOption(option);
  }
}

/** Flags for changing what is there: none is needed, nothing has a default, and `--unset` gives a field its default again. */
export function addChangeFlags(command: Command, ...configs: ZodType[]): void {
  const all = configs.flatMap(configFields);
  const fields = all.map((field) => ({ ...field, isRequired: false, default: undefined }));
  for (const field of fields) for (const option of optionsOf(field)) command.addOption(option);
  const names = all.flatMap((field) => (field.isRequired ? [] : [flagName(field.name)]));
  command.addOption(new Option('--unset <name...>', 'give these their defaults again').choices(names));
}

/**
 * The settings as they are to be: `before` with what was given, and without what is unset. Of secrets, only those that were given,
 * and null for those that are unset.
 * @throws as `configFromFlags`
 */
export async function changeFromFlags(
  context: CliContext,
  config: ZodType,
  before: Record<string, unknown>,
  flags: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  const unset = new Set((flags['unset'] as string[] | undefined) ?? []);
  const fields = configFields(config).map((field) => ({ ...field, isRequired: false }));
  const given = await valuesOf(context, fields, flags);
  const left = Object.entries({ ...before, ...given }).filter(([name]) => !unset.has(flagName(name)));
  const givenUp = fields.filter(({ name, isSecret }) => isSecret && unset.has(flagName(name)));
  return Object.fromEntries([...left, ...givenUp.map(({ name }) => [name, null])]);
}

/**
 * The values that were given, by field, for the schema to read; fields that were not given are absent.
 * A required secret without a flag is asked for. @throws Failure `cli.usage`, `cli.unreadable-secret`, `cli.no-terminal`.
 */
export async function configFromFlags(
  context: CliContext,
  config: ZodType,
  flags: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  return await valuesOf(context, configFields(config), flags);
}

async function valuesOf(
  context: CliContext,
  fields: readonly ConfigField[],
  flags: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  const values: Record<string, unknown> = {};
  for (const field of fields) {
    const value = field.isSecret ? await secretOf(context, field, flags) : plainOf(field, flags[field.name]);
    if (value !== undefined) values[field.name] = value;
  }
  return values;
}

/** `signingSecret` → `signing-secret` */
export function flagName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function optionsOf(field: ConfigField): Option[] {
  const flag = flagName(field.name);
  const about = [field.title, field.description].filter((text) => text !== '').join(': ');
  if (field.isSecret) {
    return [
      new Option(`--${flag}-file <file>`, `${about}; taken from this file, - for standard input`),
      new Option(`--ask-${flag}`, `${field.title}: asked for on the terminal`),
    ];
  }
  const end = field.isRequired ? ' (needed)' : '';
  const standard = field.type === 'yes-no' ? '' : String(field.default ?? '').replaceAll(',', ' ');
  const otherwise = standard === '' ? '' : ` (else: ${standard})`;
  const option = new Option(`--${flag}${argument[field.type]}`, `${about}${end}${otherwise}`);
  return [field.type === 'choice' ? option.choices(field.choices) : option];
}

const argument: Record<ConfigField['type'], string> = {
  text: ' <text>',
  choice: ' <word>',
  number: ' <number>',
  file: ' <file>',
  list: ' <text...>',
  'yes-no': '',
};

async function secretOf(
  context: CliContext,
  field: ConfigField,
  flags: Record<string, unknown>,
): Promise<string | undefined> {
  const file = flags[`${field.name}File`];
  const isAsked = flags[`ask${field.name.charAt(0).toUpperCase()}${field.name.slice(1)}`] === true;
  if (file === undefined && !isAsked && !field.isRequired) return undefined;
  const secret = await readSecret(context, `${field.title}: `, typeof file === 'string' ? { file } : {});
  return secret.reveal();
}

function plainOf(field: ConfigField, value: unknown): unknown {
  if (value === undefined) return undefined;
  const flag = `--${flagName(field.name)}`;
  if (field.type === 'number') {
    const number = Number(value);
    if (value === '' || Number.isNaN(number)) throw usageFailure(`${flag} is not a number`, `Write ${flag} 25.`);
    return number;
  }
  if (field.type !== 'file') return value;
  try {
    return readFileSync(String(value), 'utf8');
  } catch {
    throw usageFailure(`${flag}: the file ${String(value)} cannot be read`, 'Check its name and that you may read it.');
  }
}

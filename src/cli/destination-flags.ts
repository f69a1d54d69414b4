// Flags made from a schema: a field `readKey` becomes `--read-key`, a secret one takes a file instead of a value.
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { ConfigField } from '../backends/kinds/kind.ts';
import { usageFailure } from './usage.ts';

const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
const flagOf = (field: ConfigField): string => `--${kebab(field.name)}${field.isSecret ? '-file' : ''}`;

/** Adds a flag for each field. None is marked as mandatory: the schema says what is missing, all at once. */
export function addConfigFlags(command: Command, fields: ConfigField[]): void {
  for (const field of fields) {
    const value =
      field.type === 'boolean' ? '' : field.isSecret ? ' <file>' : field.type === 'number' ? ' <number>' : ' <text>';
    const note = field.isSecret ? ', read from a file' : '';
    command.option(`${flagOf(field)}${value}`, `${field.title}${field.isRequired ? ' (required)' : ''}${note}`);
  }
}

/** The settings that were given. @throws Failure `cli.usage` for a number that is none or a secret's file that cannot be read. */
export async function configFromFlags(
  fields: ConfigField[],
  options: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  const config: Record<string, unknown> = {};
  for (const field of fields) {
    const given = options[field.isSecret ? `${field.name}File` : field.name];
    if (given === undefined) continue;
    if (field.isSecret) config[field.name] = await secretFromFile(String(given));
    else config[field.name] = field.type === 'number' ? numberFrom(field, String(given)) : given;
  }
  return config;
}

function numberFrom(field: ConfigField, text: string): number {
  if (/^-?\d+$/.test(text)) return Number(text);
  throw usageFailure(`${flagOf(field)} wants a number, not '${text}'`, 'Give digits only.');
}

// One line break at the end belongs to the editor, not to the secret.
async function secretFromFile(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).replace(/\r?\n$/, '');
  } catch (error) {
    throw usageFailure(
      `the file ${file} cannot be read: ${error instanceof Error ? error.message : ''}`,
      'Give a readable file.',
    );
  }
}

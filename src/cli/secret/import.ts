// `orbit secret import`
import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { Command, Option } from 'commander';
import { Failure, isFailure } from '../../base/failure.ts';
import { formatCount } from '../../base/quantities.ts';
import type { SecretString } from '../../base/secret-string.ts';
import { type CsvMapping, type CsvPart, csvParts } from '../../sources/secrets/import/csv-columns.ts';
import type { ImportNote, ImportOptions, SecretImporter } from '../../sources/secrets/import/importer.ts';
import { importerFor, importers } from '../../sources/secrets/import/importers.ts';
import type { SecretRecord } from '../../sources/secrets/secret-record.ts';
import type { ImportOutcome } from '../../sources/secrets/vault/vault-types.ts';
import type { CliContext } from '../context.ts';
import { withHome } from '../open-home.ts';
import { printJson, printLine } from '../output.ts';
import { promptSecret, readSecret, standardInput } from '../prompt.ts';
import { usageFailure } from '../usage.ts';
import { bytesOf, groupPath } from './draft-options.ts';
import { printable } from '../printable.ts';

interface Options {
  format?: string;
  map?: string[];
  passwordFile?: string;
  keyFile?: string;
  into?: string;
  update?: boolean;
  includeRecycled?: boolean;
  dryRun?: boolean;
  json?: boolean;
}

const fileBytesMax = 1024 * 1024 * 1024;
const shownMax = 20;

/** `orbit secret import FILE …`: takes in another program's secrets, all or none, and says what could not be taken. */
export function importCommand(context: CliContext): Command {
  const kinds = importers.map(({ kind }) => kind);
  return new Command('import')
    .description("take in another program's secrets")
    .argument('<file>', importers.map(({ title }) => title).join('; '))
    .addOption(new Option('--format <KIND>', 'what the file is; seen by itself as a rule').choices(kinds))
    .option('--map <COLUMN=PART...>', `which CSV column is what: ${csvParts.join(', ')}`)
    .option('--password-file <FILE>', "take the file's password from here, or - for standard input")
    .option('--key-file <FILE>', 'the key file of a KeePass database')
    .option('--into <PATH>', 'put all into this group')
    .option('--update', 'change secrets that are in the vault with another value; their past stays')
    .option('--include-recycled', 'also take what lies in the recycle bin')
    .option('--dry-run', 'say what would be taken, and take nothing')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExample: orbit secret import old-vault.kdbx --dry-run\n' +
        "Example: orbit secret import switches.csv --map 'Login Name=username' Device=title --into Network",
    )
    .action(async (file: string, options: Options) => {
      const bytes = await contentOf(file);
      const importer = importerFor(bytes, basename(file), options.format);
      const notes: ImportNote[] = [];
      const read = {
        ...(await importOptions(context, importer, options)),
        note: (note: ImportNote) => notes.push(note),
      };
      const records = await recordsOf(context, importer, bytes, read);
      bytes.fill(0);
      const into = groupPath(options.into ?? '');
      await withHome(context, ({ vault }) => {
        const outcome = vault.importAll(
          records.map((record) => ({ ...record, groups: [...into, ...record.groups] })),
          { update: options.update === true, dryRun: options.dryRun === true },
        );
        const result = {
          file,
          format: importer.kind,
          read: records.length,
          ...outcome,
          notes,
          isDryRun: options.dryRun === true,
        };
        if (options.json) printJson(context, result);
        else for (const line of outcomeLines(importer, outcome, notes, options)) printLine(context, line);
      });
    });
}

// A password is asked for only when the file turns out to need one and none was given.
async function recordsOf(
  context: CliContext,
  importer: SecretImporter,
  bytes: Buffer,
  options: ImportOptions,
): Promise<SecretRecord[]> {
  try {
    return await Array.fromAsync(importer.read(bytes, options));
  } catch (error) {
    const isAskable = isFailure(error, 'import.password-needed') && standardInput(context).isTTY === true;
    if (!isAskable) throw error;
    const password = await promptSecret(context, 'Password of the file: ');
    return await Array.fromAsync(importer.read(bytes, { ...options, password }));
  }
}

async function importOptions(context: CliContext, importer: SecretImporter, options: Options): Promise<ImportOptions> {
  const password = await passwordOf(context, importer, options);
  return {
    now: new Date(),
    signal: context.signal,
    includeRecycled: options.includeRecycled === true,
    ...(options.map === undefined ? {} : { mapping: mappingOf(options.map) }),
    ...(options.keyFile === undefined ? {} : { keyFile: bytesOf(options.keyFile) }),
    ...(password === undefined || password.length === 0 ? {} : { password }),
  };
}

async function passwordOf(
  context: CliContext,
  importer: SecretImporter,
  options: Options,
): Promise<SecretString | undefined> {
  const { passwordFile: file, keyFile } = options;
  if (file !== undefined) return await readSecret(context, 'Password: ', { file });
  if (importer.kind !== 'kdbx') return undefined;
  if (standardInput(context).isTTY === true) {
    return await promptSecret(context, keyFile === undefined ? 'Password: ' : 'Password (empty: key file only): ');
  }
  return keyFile === undefined ? await readSecret(context, 'Password: ') : undefined;
}

function mappingOf(pairs: string[]): CsvMapping {
  const mapping: CsvMapping = {};
  for (const pair of pairs) {
    const at = pair.lastIndexOf('=');
    const part = csvParts.find((each) => each === pair.slice(at + 1));
    if (at < 1 || part === undefined) {
      throw usageFailure(`'${pair}' maps no column`, `Write COLUMN=PART, with one of ${csvParts.join(', ')}.`);
    }
    mapping[part satisfies CsvPart] = pair.slice(0, at);
  }
  return mapping;
}

async function contentOf(file: string): Promise<Buffer> {
  try {
    const { size } = await stat(file);
    if (size > fileBytesMax) throw new Error(`it has ${size} bytes; ${fileBytesMax} is the most`);
    return await readFile(file);
  } catch (error) {
    throw new Failure('cli.unreadable-file', {
      message: `the file ${file} cannot be read`,
      hint: 'Check its name and that you may read it.',
      cause: error,
    });
  }
}

function outcomeLines(
  importer: SecretImporter,
  outcome: ImportOutcome,
  notes: ImportNote[],
  options: Options,
): string[] {
  const { added, duplicates, updated, differing } = outcome;
  const would = options.dryRun === true ? 'would be ' : '';
  const lines = [`${importer.title}: ${formatCount(added)} ${would}taken in`];
  if (updated > 0) lines.push(`${formatCount(updated)} ${would}changed; their earlier values stay as versions`);
  if (duplicates > 0) lines.push(`${formatCount(duplicates)} were in the vault already`);
  if (differing.length > 0) {
    lines.push(
      `${formatCount(differing.length)} are in the vault with other values (or removed) and were left alone; --update takes the file's:`,
    );
    lines.push(...differing.slice(0, shownMax).map(({ id, title }) => `  ${printable(title)} (${printable(id)})`));
    if (differing.length > shownMax) lines.push(`  and ${differing.length - shownMax} more (--json lists all)`);
  }
  if (notes.length > 0) {
    lines.push('not taken, or in another form:');
    lines.push(
      ...notes
        .slice(0, shownMax)
        .map(({ title, message }) => `  ${title === '' ? '' : `${printable(title)}: `}${printable(message)}`),
    );
    if (notes.length > shownMax) lines.push(`  and ${notes.length - shownMax} more (--json lists all)`);
  }
  return lines;
}

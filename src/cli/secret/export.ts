// `orbit secret export`
import { closeSync, fsyncSync, rmSync, writeSync } from 'node:fs';
import { Command, Option } from 'commander';
import { formatCount } from '../../base/quantities.ts';
import { exportCsv, lostInCsv } from '../../sources/secrets/export/csv-export.ts';
import { exportJson } from '../../sources/secrets/export/json-export.ts';
import { exportKdbx } from '../../sources/secrets/export/kdbx-export.ts';
import type { SecretRecord } from '../../sources/secrets/secret-record.ts';
import type { Vault } from '../../sources/secrets/vault/vault.ts';
import type { SecretFilter } from '../../sources/secrets/vault/vault-types.ts';
import type { CliContext } from '../context.ts';
import { withHome } from '../open-home.ts';
import { printJson, printLine } from '../output.ts';
import { readSecret, standardInput } from '../prompt.ts';
import { bytesOf, groupPath } from './draft-options.ts';
import { openNewFile } from './new-file.ts';

interface Options {
  format: 'kdbx' | 'csv' | 'json';
  passwordFile?: string;
  keyFile?: string;
  group?: string;
  tag?: string;
  json?: boolean;
}

interface Counted {
  secrets: number;
  /** Secrets of which the format leaves something out. */
  shortened: number;
}

/** `orbit secret export FILE --format …`: a new file with mode 0600; nothing is ever overwritten. */
export function exportCommand(context: CliContext): Command {
  return new Command('export')
    .description('write secrets to a new file, readable by you only')
    .argument('<file>', 'a file that does not exist yet')
    .addOption(
      new Option('--format <FORMAT>', 'kdbx is encrypted; csv and json are in clear')
        .choices(['kdbx', 'csv', 'json'])
        .makeOptionMandatory(),
    )
    .option('--password-file <FILE>', 'the password of the KeePass file, or - for standard input')
    .option('--key-file <FILE>', 'a key file for it, besides the password or instead')
    .option('--group <PATH>', 'only this group and below')
    .option('--tag <TAG>', 'only with this tag')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample: orbit secret export --format kdbx vault.kdbx')
    .action(async (file: string, options: Options) => {
      const credentials = options.format === 'kdbx' ? await kdbxCredentials(context, options) : {};
      await withHome(context, async ({ vault }) => {
        const counted: Counted = { secrets: 0, shortened: 0 };
        const records = counting(chosen(vault, options), counted, options.format);
        await writeWhole(file, async (write) => {
          if (options.format === 'kdbx')
            return write(await exportKdbx(records, credentials, { name: 'Orbit', signal: context.signal }));
          const pieces = options.format === 'csv' ? exportCsv(records) : exportJson(records);
          for await (const piece of pieces) write(Buffer.from(piece, 'utf8'));
        });
        if (options.format !== 'kdbx') {
          context.stderr.write(`orbit: ${file} holds every value in clear. Delete it as soon as it was used.\n`);
        }
        if (counted.shortened > 0) {
          const many = formatCount(counted.shortened);
          context.stderr.write(
            `orbit: CSV leaves out fields, attachments or history of ${many} secrets; kdbx and json do not.\n`,
          );
        }
        if (options.json) printJson(context, { file, format: options.format, ...counted });
        else printLine(context, `wrote ${formatCount(counted.secrets)} secrets to ${file}`);
      });
    });
}

async function kdbxCredentials(context: CliContext, options: Options) {
  const isPasswordWanted =
    options.passwordFile !== undefined || options.keyFile === undefined || standardInput(context).isTTY === true;
  const password = isPasswordWanted
    ? await readSecret(context, 'Password of the new file: ', { file: options.passwordFile, confirm: true })
    : undefined;
  return {
    ...(password === undefined || password.length === 0 ? {} : { password }),
    ...(options.keyFile === undefined ? {} : { keyFile: bytesOf(options.keyFile) }),
  };
}

function* chosen(vault: Vault, options: Options): Generator<SecretRecord> {
  if (options.group === undefined && options.tag === undefined) {
    yield* vault.records();
    return;
  }
  const filter: SecretFilter = {
    ...(options.group === undefined ? {} : { groups: groupPath(options.group) }),
    ...(options.tag === undefined ? {} : { tag: options.tag }),
  };
  for (const { id } of vault.list(filter)) yield vault.show(id);
}

function* counting(records: Iterable<SecretRecord>, counted: Counted, format: string): Generator<SecretRecord> {
  for (const record of records) {
    counted.secrets += 1;
    if (format === 'csv' && lostInCsv(record).length > 0) counted.shortened += 1;
    yield record;
  }
}

// A file that could not be written to its end is removed: half an export looks like a whole one.
async function writeWhole(file: string, work: (write: (bytes: Buffer) => void) => Promise<void>): Promise<void> {
  const descriptor = openNewFile(file);
  try {
    await work((bytes) => {
      for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
      bytes.fill(0);
    });
    fsyncSync(descriptor);
  } catch (error) {
    rmSync(file, { force: true });
    throw error;
  } finally {
    closeSync(descriptor);
  }
}

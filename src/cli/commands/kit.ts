// `orbit kit`: opens, searches, shows, exports, verifies and compares kits. Needs no server, no database, no network.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { systemClock } from '../../base/clock.ts';
import { formatBytes, formatCount } from '../../base/quantities.ts';
import { diffClosedKits, diffOpenKits, type OpenDifference } from '../../breakglass/kit/diff-kits.ts';
import { exportCsv, exportJson, exportKdbx } from '../../breakglass/kit/export-kit.ts';
import { findSecret, searchSecrets, secretPath } from '../../breakglass/kit/find-secrets.ts';
import { folderFiles } from '../../breakglass/kit/kit-files.ts';
import type { KitSecret, OpenKit } from '../../breakglass/kit/open-kit.ts';
import { checkKitFiles, readKitManifest } from '../../breakglass/kit/verify-kit.ts';
import type { CliContext } from '../context.ts';
import { canAsk } from '../ask.ts';
import { browseKit, seenName } from '../kit-browser.ts';
import { openedCommand } from '../kit-opened-command.ts';
import {
  finishedKits,
  kitFilesAt,
  type OpeningOptions,
  openKitAt,
  openKitsAt,
  withOpeningOptions,
} from '../kit-opening.ts';
import { askWhoAndWhy, OpeningLog, type RecordOptions, withRecordOptions } from '../opening-log.ts';
import { printJson, printLine, table } from '../output.ts';
import { printable } from '../printable.ts';
import { readSecret } from '../prompt.ts';
import { describeSecret, revealField, summarizeSecret } from '../secret-view.ts';
import { usageFailure } from '../usage.ts';

type Options = OpeningOptions & RecordOptions & { json?: boolean };

/** `orbit kit open|list|search|show|export|verify|diff|opened`. A path is a kit's folder, or a destination: its newest kit. */
export function kitCommand(context: CliContext): Command {
  const command = new Command('kit').description('open, search, verify and compare break-glass kits');
  command.addHelpText('after', '\nExample: orbit kit open /mnt/backup/secrets/2026-11-23T05-00-00.000Z');
  const opening = (name: string, description: string): Command =>
    withOpeningOptions(command.command(name).description(description)).option('--json', 'print JSON');
  const recorded = (name: string, description: string): Command => withRecordOptions(opening(name, description));
  recorded('open <path>', 'open a kit and search it on this terminal')
    .addHelpText('after', '\nExample: orbit kit open /mnt/backup')
    .action((path: string, options: Options) => open(context, path, options));
  opening('list <path>', 'list the secrets of a kit; of a destination, its kits')
    .option('--kits', 'list the kits of a destination, opening none')
    .addHelpText('after', '\nExample: orbit kit list /mnt/backup --kits')
    .action((path: string, options: Options & { kits?: boolean }) =>
      options.kits ? listKits(context, path, options) : search(context, path, '', options),
    );
  opening('search <path> <words...>', 'find secrets by name, user, address or tag')
    .addHelpText('after', '\nExample: orbit kit search /mnt/backup web root')
    .action((path: string, words: string[], options: Options) => search(context, path, words.join(' '), options));
  recorded('show <path> <entry>', 'show one secret, by its path, id or title')
    .option('--reveal <field>', 'print only this value: password, notes, totp, totp-uri, or the name of a field')
    .option('--back <n>', 'reveal it as it was n versions ago')
    .option('--attachment <name>', 'write this attachment to --output')
    .option('--output <file>', 'the file to write, which must not exist')
    .addHelpText('after', "\nExample: orbit kit show /mnt/backup 'Servers/web-01' --reveal password")
    .action((path: string, entry: string, options: ShowOptions) => show(context, path, entry, options));
  recorded('export <path> <output>', 'write all secrets to a new file, readable by you only')
    .requiredOption('--format <format>', 'kdbx (under a password that is asked), csv or json')
    .option('--export-password-file <file>', 'the file with the password of the exported kdbx')
    .addHelpText('after', '\nExample: orbit kit export /mnt/backup all.kdbx --format kdbx')
    .action((path: string, output: string, options: ExportOptions) => exportAll(context, path, output, options));
  command
    .command('verify <path>')
    .description('check every file of a kit against its signed manifest, without opening it')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample: orbit kit verify /mnt/backup')
    .action((path: string, options: { json?: boolean }) => verify(context, path, options));
  opening('diff <before> <after>', 'what changed between two kits; names only with --open')
    .option('--open', 'open both (with one password or key) and tell names')
    .addHelpText('after', '\nExample: orbit kit diff secrets/2026-11-22T05-00-00.000Z secrets/2026-11-23T05-00-00.000Z')
    .action((before: string, after: string, options: Options & { open?: boolean }) =>
      diff(context, before, after, options),
    );
  command.addCommand(openedCommand(context));
  return command;
}

async function open(context: CliContext, path: string, options: Options): Promise<void> {
  const isBrowsed = !options.json && canAsk(context);
  const { kit, log } = isBrowsed
    ? await openRecorded(context, path, options)
    : { kit: await openKitAt(context, path, options), log: undefined };
  if (options.json)
    return printJson(context, {
      kit: kit.manifest.kit,
      secrets: kit.secrets.length,
      signerKnown: kit.isSignerKnown,
      ...(kit.envelopes === undefined ? {} : { envelopes: kit.envelopes }),
    });
  printLine(context, `Kit ${kit.manifest.kit}: ${formatCount(kit.secrets.length)} secrets, all files intact.`);
  if (kit.envelopes !== undefined)
    printLine(
      context,
      `This key opens of it: envelope ${kit.envelopes.join(', ')}; the whole kit has ${formatCount(kit.manifest.records)} secrets.`,
    );
  printLine(
    context,
    `${kit.isSignerKnown ? 'Signed by your Orbit' : 'Signed, by a key nobody vouched for'}: ${kit.manifest.signer.fingerprint}`,
  );
  if (isBrowsed) await browseKit(context, kit, log);
}

// Opens a kit whose values will be given away: first who and why, then the key, then the record.
async function openRecorded(
  context: CliContext,
  path: string,
  options: Options,
): Promise<{ kit: OpenKit; log: OpeningLog }> {
  await kitFilesAt(path);
  const saidBy = await askWhoAndWhy(context, options);
  const kit = await openKitAt(context, path, { ...options, ...saidBy });
  return { kit, log: await OpeningLog.begin(context, { path, kit, options }, saidBy) };
}

async function listKits(context: CliContext, path: string, options: Options): Promise<void> {
  const manifests = [];
  for (const name of await finishedKits(path))
    manifests.push(await readKitManifest(folderFiles(join(path, 'secrets', name))));
  if (options.json) return printJson(context, manifests);
  const rows = manifests.map((kit) => [
    kit.kit,
    formatCount(kit.records),
    kit.recoveryKey.id,
    kit.recoveryKey.ways.join(', '),
  ]);
  for (const line of table(['KIT', 'SECRETS', 'RECOVERY KEY', 'OPENS WITH'], rows)) printLine(context, line);
}

async function search(context: CliContext, path: string, words: string, options: Options): Promise<void> {
  const found = searchSecrets((await openKitAt(context, path, options)).secrets, words);
  if (options.json) return printJson(context, found.map(summarizeSecret));
  const rows = found.map((secret) => [secretPath(secret), secret.record.username, secret.record.url].map(printable));
  for (const line of table(['NAME', 'USER', 'ADDRESS'], rows)) printLine(context, line);
}

type ShowOptions = Options & { reveal?: string; back?: string; attachment?: string; output?: string };

async function show(context: CliContext, path: string, entry: string, options: ShowOptions): Promise<void> {
  const age = Number(options.back ?? 0);
  if (!Number.isInteger(age) || age < 0)
    throw usageFailure(`--back ${options.back} is not a number of versions`, 'Such as --back 1.');
  if (options.attachment === undefined && options.reveal === undefined) {
    const secret = findSecret((await openKitAt(context, path, options)).secrets, entry);
    if (options.json) return printJson(context, summarizeSecret(secret));
    for (const line of describeSecret(secret)) printLine(context, line);
    return;
  }
  const { kit, log } = await openRecorded(context, path, options);
  const secret = findSecret(kit.secrets, entry);
  if (options.reveal === undefined) return await saveAttachment(context, secret, options, log);
  const value = revealField(secret, options.reveal, systemClock.now(), age);
  await log.seen(
    secret,
    age === 0 ? seenName(options.reveal) : `history: ${age} back, ${seenName(options.reveal)}`,
    'shown',
  );
  if (options.json) printJson(context, { path: secretPath(secret), field: options.reveal, value });
  else printLine(context, value);
}

async function saveAttachment(
  context: CliContext,
  secret: KitSecret,
  options: ShowOptions,
  log: OpeningLog,
): Promise<void> {
  const file = secret.record.attachments.find((one) => one.name === options.attachment);
  if (file === undefined || options.output === undefined) {
    const names = secret.record.attachments.map((one) => one.name).join(', ') || 'none';
    throw usageFailure(`--attachment needs the name of one and --output`, `This secret has: ${names}.`);
  }
  await log.seen(secret, file.name, 'downloaded');
  await writeNew(options.output, file.bytes);
  printLine(context, `${options.output}: ${formatBytes(file.bytes.length)}`);
}

type ExportOptions = Options & { format: string; exportPasswordFile?: string };

async function exportAll(context: CliContext, path: string, output: string, options: ExportOptions): Promise<void> {
  const { format } = options;
  if (!['kdbx', 'csv', 'json'].includes(format))
    throw usageFailure(`--format ${format} is unknown`, 'Give kdbx, csv or json.');
  refuseExisting(output);
  const { kit, log } = await openRecorded(context, path, options);
  await log.seen(undefined, `export of ${kit.secrets.length}`, 'downloaded');
  await writeNew(output, await exported(context, kit, options));
  const result = { output, format, secrets: kit.secrets.length };
  if (options.json) printJson(context, result);
  else
    printLine(
      context,
      `${output}: ${formatCount(kit.secrets.length)} secrets${format === 'kdbx' ? '' : ', in the clear'}`,
    );
}

async function exported(context: CliContext, kit: OpenKit, options: ExportOptions): Promise<Buffer> {
  if (options.format === 'csv') return Buffer.from(exportCsv(kit.secrets));
  if (options.format === 'json') return Buffer.from(exportJson(kit));
  const input = { file: options.exportPasswordFile, confirm: true };
  return await exportKdbx(kit, await readSecret(context, 'Password of the new file: ', input));
}

async function verify(context: CliContext, path: string, options: { json?: boolean }): Promise<void> {
  const files = await kitFilesAt(path);
  const { manifest, bytes } = await checkKitFiles(files);
  const facts = {
    kit: manifest.kit,
    files: manifest.files.length,
    bytes,
    records: manifest.records,
    signer: manifest.signer.fingerprint,
    recoveryKey: manifest.recoveryKey.id,
  };
  if (options.json) return printJson(context, facts);
  printLine(
    context,
    `Kit ${facts.kit}: ${facts.files} files, ${formatBytes(bytes)}, as they were written; ${formatCount(facts.records)} secrets.`,
  );
  printLine(context, `Opens with recovery key ${facts.recoveryKey}. Signed by ${facts.signer}`);
}

async function diff(
  context: CliContext,
  before: string,
  after: string,
  options: Options & { open?: boolean },
): Promise<void> {
  if (!options.open) {
    const counts = await diffClosedKits(await kitFilesAt(before), await kitFilesAt(after));
    if (options.json) return printJson(context, counts);
    return printLine(
      context,
      `${counts.added} added, ${counts.removed} removed, ${counts.changed} changed, ${counts.unchanged} unchanged`,
    );
  }
  const [earlier, later] = await openKitsAt(context, [before, after], options);
  assert(earlier !== undefined && later !== undefined);
  const difference = diffOpenKits(earlier, later);
  if (options.json) return printJson(context, difference);
  printDifference(context, difference);
}

function printDifference(context: CliContext, difference: OpenDifference): void {
  for (const [mark, paths] of [
    ['+', difference.added],
    ['-', difference.removed],
    ['~', difference.changed],
    ['expired', difference.expired],
  ] as const) {
    for (const path of paths) printLine(context, printable(`${mark} ${path}`));
  }
  printLine(
    context,
    `${difference.added.length} added, ${difference.removed.length} removed, ${difference.changed.length} changed, ${difference.expired.length} expired, ${difference.unchanged} unchanged`,
  );
}

// Said before a password is asked for; `wx` below keeps the promise.
function refuseExisting(output: string): void {
  if (existsSync(output)) throw usageFailure(`${output} exists already`, 'Name a new file: nothing is overwritten.');
}

async function writeNew(output: string, bytes: Buffer): Promise<void> {
  refuseExisting(output);
  try {
    await writeFile(output, bytes, { flag: 'wx', mode: 0o600 });
  } finally {
    bytes.fill(0);
  }
}

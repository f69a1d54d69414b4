// How commands open a kit: which options say with what, and which folder of the path is meant.
import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { systemClock } from '../base/clock.ts';
import { orbitEvent } from '../base/event.ts';
import { Failure } from '../base/failure.ts';
import { isPassphraseFile, openPassphraseFile } from '../breakglass/age-files.ts';
import { folderFiles, type KitFiles } from '../breakglass/kit/kit-files.ts';
import { manifestName } from '../breakglass/kit/manifest.ts';
import { type OpenKit, openKit } from '../breakglass/kit/open-kit.ts';
import type { OpeningRecord } from '../breakglass/opening-record.ts';
import { identityFromSecretBytes, parseIdentityFile, type RecoveryIdentity } from '../breakglass/recovery-key.ts';
import { combineShares } from '../breakglass/shares/combine-shares.ts';
import { parseShare } from '../breakglass/shares/parse-share.ts';
import type { CliContext } from './context.ts';
import { toldWhenRefused } from '../breakglass/custody-events.ts';
import { actor } from './actor.ts';
import { readSecret } from './prompt.ts';
import { tellHome, tellingHome } from './tell-home.ts';
import { usageFailure } from './usage.ts';

/** The options of every command that opens a kit. */
export interface OpeningOptions {
  /** Who opens it and why, where people were asked. */
  who?: string;
  reason?: string;
  masterPasswordFile?: string;
  identityFile?: string;
  passphraseFile?: string;
  shareFile?: string[];
  acceptUnknownSigner?: boolean;
}

/** Adds the options by which a kit is opened. */
export function withOpeningOptions(command: Command): Command {
  return command
    .option(
      '--master-password-file <file>',
      'the file with the master password, - for standard input (else it is asked)',
    )
    .option('--identity-file <file>', 'an age identity file: the opened recovery key, or the key of a recipient')
    .option('--passphrase-file <file>', 'the file with the passphrase of that identity file (else it is asked)')
    .option('--share-file <file...>', 'files with the words of one share each')
    .option('--accept-unknown-signer', 'open a kit although another Orbit made it');
}

/** Opens the kit at a path: the folder of one kit, or a destination, whose newest kit is meant. */
export async function openKitAt(context: CliContext, path: string, options: OpeningOptions): Promise<OpenKit> {
  const [kit] = await openKitsAt(context, [path], options);
  assert(kit !== undefined);
  return kit;
}

/** Opens the kits at several paths with one key: a password is asked once. */
export async function openKitsAt(context: CliContext, paths: string[], options: OpeningOptions): Promise<OpenKit[]> {
  const places: KitFiles[] = [];
  for (const path of paths) places.push(await kitFilesAt(path));
  const strictness = options.acceptUnknownSigner ? { acceptUnknownSigner: true } : {};
  const identity = await toldAtHome(context, options, () => identityOf(context, options));
  const opener =
    identity === undefined
      ? { masterPassword: await readSecret(context, 'Master password: ', { file: options.masterPasswordFile }) }
      : { identity };
  try {
    const kits: OpenKit[] = [];
    for (const files of places) {
      const kit = await toldAtHome(context, options, () => openKit(files, opener, strictness));
      await tellOpened(context, kit, options);
      kits.push(kit);
    }
    return kits;
  } finally {
    identity?.wipe();
  }
}

/** By what the options open a kit, and the numbers of the shares. */
export async function openedWay(options: OpeningOptions): Promise<Pick<OpeningRecord, 'way' | 'shares'>> {
  if (options.identityFile !== undefined) return { way: 'identity' };
  if (options.shareFile === undefined) return { way: 'master-password' };
  const shares: number[] = [];
  for (const file of options.shareFile)
    shares.push(parseShare((await readGiven(file)).toString('utf8'), file).index + 1);
  return { way: 'shares', shares };
}

// Where there is an Orbit on this machine, the SIEM hears of every kit that is opened and of every try that was refused.
async function tellOpened(context: CliContext, kit: OpenKit, options: OpeningOptions): Promise<void> {
  const { kit: snapshot, recoveryKey, records } = kit.manifest;
  const named = options.who === undefined ? {} : { userName: options.who };
  const person = { ...actor(), keyId: recoveryKey.id, snapshot, ...named };
  const at = systemClock.now();
  const said = options.reason === undefined ? {} : { reason: options.reason };
  await tellHome(context, () => [
    orbitEvent('recovery.succeeded', { ...person, ...partsSent(options) }, at),
    orbitEvent('kit.opened', { ...person, ...said, secrets: records }, at),
  ]);
}

/** Does `work`, which opens something with a key; where there is an Orbit here, a key that is refused is told. */
export async function toldAtHome<Result>(
  context: CliContext,
  options: OpeningOptions,
  work: () => Promise<Result>,
): Promise<Result> {
  return await tellingHome(context, (tell) =>
    toldWhenRefused({ tell, clock: systemClock }, actor(), work, partsSent(options)),
  );
}

function partsSent({ shareFile }: OpeningOptions): { partsSent?: number } {
  return shareFile === undefined ? {} : { partsSent: shareFile.length };
}

/** The files of the kit at a path. @throws Failure `breakglass.no-kit` when there is none there. */
export async function kitFilesAt(path: string): Promise<KitFiles> {
  const names = await namesIn(path);
  if (names.includes(manifestName) && !names.includes('secrets')) return folderFiles(path);
  const [newest] = await finishedKits(path);
  if (newest !== undefined) return folderFiles(join(path, 'secrets', newest));
  throw noKit(path);
}

/** Names of the finished kits of a destination in a folder, newest first. Empty when the path is no destination. */
export async function finishedKits(path: string): Promise<string[]> {
  const finished: string[] = [];
  for (const name of (await namesIn(join(path, 'secrets'))).toSorted().toReversed()) {
    if ((await namesIn(join(path, 'secrets', name))).includes(manifestName)) finished.push(name);
  }
  return finished;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch {
    // A file, or nothing: no names in it.
    return [];
  }
}

/** The identity that the options give, or undefined when a password must open the kit. The caller wipes it. */
export async function identityOf(context: CliContext, options: OpeningOptions): Promise<RecoveryIdentity | undefined> {
  const { identityFile, shareFile, masterPasswordFile } = options;
  if ([identityFile, shareFile, masterPasswordFile].filter((given) => given !== undefined).length > 1) {
    throw usageFailure('a kit is opened in one way', 'Give --master-password-file, --identity-file or --share-file.');
  }
  if (identityFile !== undefined) {
    const given = await readGiven(identityFile);
    const isProtected = isPassphraseFile(given);
    const question = `Passphrase of ${identityFile}: `;
    const bytes = isProtected
      ? await openPassphraseFile(
          identityFile,
          given,
          await readSecret(context, question, { file: options.passphraseFile }),
        )
      : given;
    try {
      return parseIdentityFile(bytes).identity;
    } finally {
      bytes.fill(0);
    }
  }
  if (shareFile === undefined) return undefined;
  const shares = [];
  for (const file of shareFile) shares.push(parseShare((await readGiven(file)).toString('utf8'), file));
  return identityFromSecretBytes(Buffer.from(await combineShares(shares)));
}

async function readGiven(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw usageFailure(
      `the file ${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      'Check its name and rights.',
    );
  }
}

function noKit(path: string): Failure {
  return new Failure('breakglass.no-kit', {
    message: `there is no finished kit in ${path}`,
    hint: 'Name a kit’s folder (secrets/<time>) or the destination around it. A folder without manifest.json was never finished.',
  });
}

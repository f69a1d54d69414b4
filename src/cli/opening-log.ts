// Keeps the opening record of a kit while it is open on this machine: a sealed file, saved at once and after every value that
// is shown, so that a crash loses nothing.
import { randomBytes } from 'node:crypto';
import { rename, unlink, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { isFailure } from '../base/failure.ts';
import { manifestName, sha256Hex } from '../breakglass/kit/manifest.ts';
import type { KitSecret, OpenKit } from '../breakglass/kit/open-kit.ts';
import { type OpeningRecord, type SeenValue, sealOpeningRecord } from '../breakglass/opening-record.ts';
import { entryUuid } from '../sources/secrets/kdbx-entry.ts';
import { ask, canAsk } from './ask.ts';
import type { CliContext } from './context.ts';
import { kitFilesAt, type OpeningOptions, openedWay } from './kit-opening.ts';

/** Options of commands that show values of a kit. */
export interface RecordOptions {
  who?: string;
  reason?: string;
  recordFolder?: string;
}

/** Adds the options of the opening record. */
export function withRecordOptions(command: Command): Command {
  return command
    .option('--who <name>', 'who opens the kit, for the opening record (else it is asked on a terminal)')
    .option('--reason <text>', 'why, for the opening record (else it is asked on a terminal)')
    .option('--record-folder <folder>', 'where the sealed opening record is saved (default: here)');
}

/** Who opens a kit, and why; undefined where nobody said and nobody can be asked. */
export async function askWhoAndWhy(
  context: CliContext,
  options: RecordOptions,
): Promise<Required<Pick<RecordOptions, 'who' | 'reason'>> | undefined> {
  if (!canAsk(context) && (options.who === undefined || options.reason === undefined)) return undefined;
  const who = options.who ?? (await ask(context, 'Your name, for the opening record: ', { isNeeded: true }));
  const reason = options.reason ?? (await ask(context, 'Why is the kit opened? ', { isNeeded: true }));
  return { who: who.slice(0, 1000), reason: reason.slice(0, 10_000) };
}

/** Notes what is seen of one kit. Without `saidBy` it notes nothing and says so once. */
export class OpeningLog {
  readonly #context: CliContext;
  readonly #record: OpeningRecord | undefined;
  readonly #recipient: string;
  #file: string;

  private constructor(context: CliContext, record: OpeningRecord | undefined, recipient: string, file: string) {
    this.#context = context;
    this.#record = record;
    this.#recipient = recipient;
    this.#file = file;
  }

  /** Begins the record of a kit that was just opened, and saves it. */
  static async begin(
    context: CliContext,
    opened: { path: string; kit: OpenKit; options: OpeningOptions & RecordOptions },
    saidBy: { who: string; reason: string } | undefined,
  ): Promise<OpeningLog> {
    const { kit, options } = opened;
    const { id, recipient } = kit.manifest.recoveryKey;
    if (saidBy === undefined) {
      context.stderr.write('orbit: no opening record is kept; give --who and --reason for one\n');
      return new OpeningLog(context, undefined, recipient, '');
    }
    const now = new Date().toISOString();
    const record: OpeningRecord = {
      format: 'orbit-opening-record',
      version: 1,
      kit: kit.manifest.kit,
      kitFingerprint: sha256Hex(await (await kitFilesAt(opened.path)).load(manifestName)),
      recoveryKeyId: id,
      name: saidBy.who,
      reason: saidBy.reason,
      ...(await openedWay(options)),
      failedAttempts: 0,
      openedAt: now,
      closedAt: now,
      seen: [],
    };
    const name = `orbit-opening-${now.slice(0, 19).replaceAll(':', '-')}.age`;
    const log = new OpeningLog(context, record, recipient, resolve(options.recordFolder ?? '.', name));
    await log.#save();
    context.stderr.write(`The opening record is ${log.#file}: carry it back to the administrators.\n`);
    return log;
  }

  /** Notes that a value was given away, and saves. `secret` is undefined for an export of many. */
  async seen(secret: KitSecret | undefined, value: string, how: SeenValue['how']): Promise<void> {
    if (this.#record === undefined) return;
    const entry = secret === undefined ? '' : entryUuid(secret.sourceId, secret.record.id);
    const at = new Date().toISOString();
    this.#record.seen.push({ entry, title: secret?.record.title ?? '', value, how, at });
    await this.#save();
  }

  // A folder that cannot be written, a stick mounted read-only, must not keep people from their passwords.
  async #save(): Promise<void> {
    if (this.#record === undefined) return;
    const sealed = await sealOpeningRecord({ ...this.#record, closedAt: new Date().toISOString() }, this.#recipient);
    const name = this.#file.slice(this.#file.lastIndexOf('/') + 1);
    for (const file of new Set([this.#file, join(homedir(), name)])) {
      try {
        // A name that nobody can know, in a folder that may be everybody's.
        const fresh = `${file}.${randomBytes(6).toString('hex')}.new`;
        try {
          await writeFile(fresh, sealed, { mode: 0o600, flag: 'wx', flush: true });
          await rename(fresh, file);
        } catch (error) {
          await unlink(fresh).catch(() => {});
          throw error;
        }
        this.#file = file;
        return;
      } catch (error) {
        if (isFailure(error)) throw error;
      }
    }
    this.#context.stderr.write(
      `orbit: the opening record could be saved neither as ${this.#file} nor in the home folder\n`,
    );
  }
}

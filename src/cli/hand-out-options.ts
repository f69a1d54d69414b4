// How commands that make shares are told who gets one and in which way, and how they say what was handed out.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { defaultListen } from '../api/server.ts';
import type { App } from '../app.ts';
import { formatMinute } from '../base/quantities.ts';
import { type Custodian, type Delivery, openCustodians } from '../breakglass/custodians.ts';
import { type HandedOut, type HandOutPlan, sheetFileName } from '../breakglass/hand-out.ts';
import { findOrAddCustodian } from '../breakglass/hold-ceremony.ts';
import type { CliContext } from './context.ts';
import { printLine } from './output.ts';
import { makeSheetFolder, presentShares, refuseExistingSheet } from './share-presenter.ts';
import { usageFailure } from './usage.ts';

/** The options of a command that makes shares. */
export interface HandOutOptions {
  threshold?: number;
  sheets?: string;
  byLink?: string[];
  url: string;
  linkDays: number;
  contact?: string[];
  organisation?: string;
}

const dayMs = 24 * 60 * 60_000;

/** Adds the options by which shares are handed out. */
export function withHandOut(command: Command): Command {
  return command
    .option('--threshold <n>', 'how many custodians open the key', wholeNumber)
    .option(
      '--sheets <folder>',
      'write a sheet each into this folder (best in memory: /dev/shm/…) instead of showing the words; sealed for those with a key of their own',
    )
    .option('--by-link <name...>', 'send these custodians a one-time link instead')
    .option('--url <address>', 'the address at which custodians reach the service', `http://${defaultListen}`)
    .option('--link-days <n>', 'how many days a link waits', wholeNumber, 3)
    .option('--contact <line...>', 'whom to call, on every sheet')
    .option('--organisation <name>', 'on every sheet');
}

/** `Ana Souza <+55 11 5555-0101>` as a custodian: the one known by that name, else a new one. */
export function custodianOf(app: App, text: string): Custodian {
  const [, name = text, contact] = /^(.*?)\s*<([^<>]*)>\s*$/.exec(text) ?? [];
  return findOrAddCustodian(openCustodians(app.store, app.clock), {
    name,
    ...(contact === undefined ? {} : { contact }),
  });
}

/**
 * The plan of the options. Those in the room are shown their share here, or their sheet is written. The folder for sheets
 * is made now: what cannot be delivered is better known before a key is made.
 */
export async function handOutPlan(
  context: CliContext,
  app: App,
  people: readonly Custodian[],
  options: HandOutOptions,
): Promise<HandOutPlan> {
  if (options.threshold === undefined) throw usageFailure('how many open the key is missing', 'Give --threshold N.');
  const remote = (options.byLink ?? []).map((name) => custodianOf(app, name).id);
  const stranger = remote.find((id) => people.every((person) => person.id !== id));
  if (stranger !== undefined)
    throw usageFailure('--by-link names somebody who gets no share', 'Name them as a custodian too.');
  const deliveryOf = (custodian: Custodian): Delivery =>
    remote.includes(custodian.id)
      ? 'link'
      : custodian.recipient !== undefined && options.sheets !== undefined
        ? 'sealed'
        : 'in-person';
  if (options.sheets !== undefined) await makeSheetFolder(options.sheets);
  const contacts = options.contact ?? [];
  const shown = { sheets: options.sheets, contacts, organisation: options.organisation, now: app.clock.now() };
  return {
    receivers: people.map((custodian) => ({ custodian, delivery: deliveryOf(custodian) })),
    threshold: options.threshold,
    contacts,
    linkLifeMs: options.linkDays * dayMs,
    ...(options.organisation === undefined ? {} : { organisation: options.organisation }),
    inPerson: (shares) => presentShares(context, shares, shown),
  };
}

/** Writes the sealed files beside the sheets, and gives what `--json` says of a hand-out. */
export async function deliver(handedOut: HandedOut, options: HandOutOptions): Promise<HandOutView> {
  const { set, links, files, inPerson } = handedOut;
  const written: HandOutView['files'] = [];
  for (const { custodian, name, bytes } of files) {
    const file = join(await makeSheetFolder(options.sheets ?? '.'), name);
    await refuseExistingSheet(file, () => writeFile(file, bytes, { flag: 'wx', mode: 0o600 }));
    written.push({ custodian, file, isSealed: true });
  }
  const base = options.url.replace(/\/+$/, '');
  return {
    set: set.name,
    keyId: set.keyId,
    threshold: set.threshold,
    custodians: set.holders.map(({ custodian, delivery }) => ({ name: custodian.name, delivery })),
    links: links.map(({ custodian, token, expiresAt }) => ({
      custodian,
      link: `${base}/share#${token.reveal()}`,
      expiresAt: expiresAt.toISOString(),
    })),
    files: [
      ...inPerson.flatMap(({ custodian, number }) => {
        const file = join(options.sheets ?? '', sheetFileName(set.name, number));
        return options.sheets === undefined ? [] : [{ custodian, file, isSealed: false }];
      }),
      ...written,
    ],
  };
}

/** What a hand-out says. Links are shares in waiting: they are said this once. */
export interface HandOutView {
  set: string;
  keyId: string;
  threshold: number;
  custodians: { name: string; delivery: Delivery }[];
  links: { custodian: string; link: string; expiresAt: string }[];
  /** Sheets that were written. Those that are not sealed are shares in the clear. */
  files: { custodian: string; file: string; isSealed: boolean }[];
}

/** Says what was handed out. */
export function printHandOut(context: CliContext, view: HandOutView): void {
  printLine(
    context,
    `Set '${view.set}': any ${view.threshold} of ${view.custodians.length} shares open recovery key ${view.keyId}.`,
  );
  for (const isSealed of [false, true]) {
    const files = view.files.filter((file) => file.isSealed === isSealed);
    if (files.length === 0) continue;
    printLine(
      context,
      isSealed
        ? '\nThese may travel: only the custodian’s own key opens them.'
        : '\nThese are shares in the clear. Print them now, hand them over, then remove them:',
    );
    for (const { custodian, file } of files) printLine(context, `  ${custodian}: ${file}`);
  }
  if (view.links.length > 0) {
    printLine(
      context,
      '\nSend each link to its custodian alone, by a way you trust. It opens once, and is shown this once:',
    );
    for (const { custodian, link, expiresAt } of view.links)
      printLine(context, `\n  ${custodian} (until ${formatMinute(expiresAt)} UTC)\n    ${link}`);
  }
  printLine(context, "\nAsk every custodian to run 'orbit share check'; 'orbit ceremony status' shows who has.");
}

function wholeNumber(text: string): number {
  if (!/^[0-9]{1,3}$/.test(text) || Number(text) === 0) throw new InvalidArgumentError('a whole number from 1');
  return Number(text);
}

// `orbit ceremony compromised` and `reseal`: the recovery key is known to others, so everything is sealed to a new one.
import type { App } from '../app.ts';
import { formatCount } from '../base/quantities.ts';
import { toldWhenRefused } from '../breakglass/custody-events.ts';
import { withEveryIdentity } from '../breakglass/ceremony.ts';
import { currentKey } from '../breakglass/recovery-key-store.ts';
import type { KeyDelivery } from '../jobs/key-delivery.ts';
import { appendOnlyReason, isRefusal } from '../jobs/retention.ts';
import { planReseal, type ResealResult, resealEverywhere } from '../jobs/reseal.ts';
import { actor } from './actor.ts';
import type { CliContext } from './context.ts';
import { currentKeyOpenedBy, type CurrentKeyOptions, partsSentOf } from './current-key.ts';
import { deliverNow } from './deliver-now.ts';
import { printJson, printLine, table } from './output.ts';

/** Shows what a compromise would mean, and changes nothing. */
export async function showCompromise(context: CliContext, app: App, options: { json?: boolean }): Promise<void> {
  const { id } = currentKey(app.store);
  // Seen from a new key, everything is sealed to an earlier one.
  const plans = await planReseal(app, { signal: context.signal, keyId: 'none' });
  if (options.json) return printJson(context, { compromised: id, destinations: plans });
  printLine(context, `If recovery key ${id} is known to others, this is what will be done; nothing was changed now.\n`);
  const rows = plans.map(({ destination, kits, repositories, failure }) => [
    destination,
    failure === undefined ? formatCount(kits.length) : '?',
    repositories.join(', ') || '-',
    failure !== undefined
      ? `not now: ${failure.message}`
      : appendOnlyReason(app.store, destination) === undefined
        ? 'reachable'
        : 'append-only: its kits stay sealed to the old key',
  ]);
  for (const line of table(['DESTINATION', 'KITS', 'REPOSITORY PASSWORDS', 'STATE'], rows)) printLine(context, line);
  for (const line of [
    '',
    '1. A new recovery key is made, with a new master password or new custodians; the one before is told apart.',
    '2. The key file of every kit is sealed to the new key. The secrets in it are not written anew.',
    '3. Every repository gets a new password, and the old one is removed.',
    '4. What cannot be reached waits: orbit ceremony reseal, with the people, when it is back.',
    '',
    'It does not reach copies that somebody took before: with the old key those open for ever. Change the passwords',
    'that were in the kits. Whoever took the master key out of a repository reads it for ever too: begin a new one.',
  ])
    printLine(context, line);
}

/** Seals what waits at destinations that were out of reach. */
export async function reseal(
  context: CliContext,
  app: App,
  options: CurrentKeyOptions & { json?: boolean },
): Promise<void> {
  const by = await currentKeyOpenedBy(context, options, currentKey(app.store));
  const results = await toldWhenRefused(
    app,
    actor(),
    () =>
      withEveryIdentity(app.store, by, (identities) => resealEverywhere(app, identities, { signal: context.signal })),
    partsSentOf(options),
  );
  if (options.json) printJson(context, results);
  else for (const line of resealLines(results)) printLine(context, line);
  await deliverNow(context, app);
}

/** What was sealed anew, and what still waits. */
export function resealLines(results: readonly ResealResult[]): string[] {
  if (results.length === 0) return ['Nothing waits to be sealed anew.'];
  return results.flatMap(({ destination, kits, repositories, left }) => [
    `${destination}: ${formatCount(kits.length)} kit(s) sealed to the new key${repositories.length === 0 ? '' : `, new password for ${repositories.join(' and ')}`}`,
    ...left.map(({ what, failure }) => `  not ${what}: ${failure.message}. ${failure.hint ?? ''}`.trimEnd()),
    ...keptLines(destination, left),
  ]);
}

// What refuses to be changed now refuses it for ever: nobody should wait for a later try.
function keptLines(destination: string, left: ResealResult['left']): string[] {
  const kept = left.filter(({ what, failure }) => what.startsWith('secrets/') && isRefusal(failure));
  if (kept.length === 0) return [];
  return [
    `  ${destination} lets nothing be replaced, as an append-only place should: ${formatCount(kept.length)} kit(s) there go on opening with the`,
    '  compromised key, and with nothing else. Change the passwords that are in them, and have the kits removed there, by a',
    '  login that may, once a newer kit is there. Kits from now on are sealed to the new key.',
  ];
}

/** How each destination stands to the key set in force. */
export function deliveryLines(deliveries: readonly KeyDelivery[]): string[] {
  return deliveries.flatMap(({ destination, state, refused, failure, awaitsReseal }) => {
    const lines: string[] = [];
    if (state === 'none') lines.push(`${destination} has no key set yet; its first backup brings it`);
    if (state === 'behind')
      lines.push(
        `${destination} has an earlier key set${failure === undefined ? '' : ` (${failure.message})`}; it gets this one when it is back`,
      );
    if (refused.length > 0)
      lines.push(`${destination} keeps its earlier ${refused.join(', ')}; its newest kit has the current ones`);
    if (awaitsReseal)
      lines.push(`${destination} is sealed to a compromised key still: orbit ceremony reseal, with the people`);
    return lines;
  });
}

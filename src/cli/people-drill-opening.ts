// The people's part of a drill: they type the master password or their shares until the kit opens, or give up after five tries.
import type { App } from '../app.ts';
import { orbitEvent } from '../base/event.ts';
import { isFailure } from '../base/failure.ts';
import { openCustodians } from '../breakglass/custodians.ts';
import type { DrillStep } from '../breakglass/drills/drill-report.ts';
import { type KitOpener, type OpenKit, openKit } from '../breakglass/kit/open-kit.ts';
import { readKitManifest } from '../breakglass/kit/verify-kit.ts';
import { identityFromSecretBytes } from '../breakglass/recovery-key.ts';
import { combineShares } from '../breakglass/shares/combine-shares.ts';
import type { Share } from '../breakglass/shares/share.ts';
import { ask, canAsk } from './ask.ts';
import type { CliContext } from './context.ts';
import { isRefusedOpening } from '../breakglass/custody-events.ts';
import { actor } from './actor.ts';
import { identityOf, type OpeningOptions } from './kit-opening.ts';
import { printFailure } from './output.ts';
import type { ChosenKit } from './people-drill-kit.ts';
import { readSecret } from './prompt.ts';
import { askForShares, readShareFile } from './share-words.ts';

interface Opening {
  kit: ChosenKit;
  options: OpeningOptions;
  facts: DrillStep['facts'];
}

const triesMax = 5;

/** Opens the kit; each try that is refused is told and counted. @throws Failure of the last try. */
export async function openByPeople(context: CliContext, app: App, opening: Opening): Promise<OpenKit> {
  const { kit, options, facts } = opening;
  const { recoveryKey } = await readKitManifest(kit.files);
  const isTyped =
    canAsk(context) &&
    [options.masterPasswordFile, options.identityFile, options.shareFile].every((given) => given === undefined);
  for (let tries = 1; ; tries += 1) {
    facts['tries'] = tries;
    const shares: Share[] = [];
    try {
      const opener = await askForKey(context, { options, ways: recoveryKey.ways, shares, isTyped });
      const opened = await openAndWipe(kit, opener, options);
      facts['way'] = 'masterPassword' in opener ? 'master password' : shares.length > 0 ? 'shares' : 'identity';
      if (shares.length > 0) noteShares(app, shares, facts);
      tellSuccess(app, opened, shares.length);
      return opened;
    } catch (error) {
      context.signal.throwIfAborted();
      if (!isFailure(error) || !isRefusedOpening(error)) throw error;
      tellRefusal(app, error.message, shares.length, recoveryKey.threshold);
      if (!isTyped || tries >= triesMax) throw error;
      printFailure(context, error);
    } finally {
      for (const share of shares) share.value.fill(0);
    }
  }
}

async function openAndWipe(kit: ChosenKit, opener: KitOpener, options: OpeningOptions): Promise<OpenKit> {
  try {
    return await openKit(kit.files, opener, options.acceptUnknownSigner ? { acceptUnknownSigner: true } : {});
  } finally {
    if ('identity' in opener) opener.identity.wipe();
  }
}

async function askForKey(
  context: CliContext,
  {
    options,
    ways,
    shares,
    isTyped,
  }: { options: OpeningOptions; ways: readonly string[]; shares: Share[]; isTyped: boolean },
): Promise<KitOpener> {
  const canBoth = ways.includes('master-password') && ways.includes('shares');
  const typesShares =
    isTyped &&
    (canBoth
      ? /^s/i.test(await ask(context, 'Open with the master password, or with shares? (p/s) '))
      : !ways.includes('master-password'));
  if (typesShares) await askForShares(context, shares);
  for (const file of options.shareFile ?? []) shares.push(await readShareFile(file));
  if (shares.length > 0) return { identity: identityFromSecretBytes(Buffer.from(await combineShares(shares))) };
  const identity = await identityOf(context, options);
  if (identity !== undefined) return { identity };
  return { masterPassword: await readSecret(context, 'Master password: ', { file: options.masterPasswordFile }) };
}

// Who typed a share of the current set has confirmed it by that.
function noteShares(app: App, shares: readonly Share[], facts: DrillStep['facts']): void {
  const custodians = openCustodians(app.store, app.clock);
  const checks = shares.map((share) => custodians.check(share));
  facts['shares'] = checks.map(({ number }) => number).join(', ');
  facts['threshold'] = shares[0]?.threshold ?? 0;
  facts['custodians'] = checks.flatMap(({ custodian }) => (custodian === undefined ? [] : [custodian])).join(', ');
}

function tellSuccess(app: App, { manifest }: OpenKit, partsSent: number): void {
  const { kit: snapshot, recoveryKey, records: secrets } = manifest;
  const person = { ...actor(), keyId: recoveryKey.id, snapshot };
  const at = app.clock.now();
  app.tell(orbitEvent('recovery.succeeded', { ...person, ...(partsSent > 0 ? { partsSent } : {}) }, at));
  app.tell(orbitEvent('kit.opened', { ...person, secrets, reason: 'drill with people' }, at));
}

function tellRefusal(app: App, reason: string, partsSent: number, partsNeeded: number | null): void {
  const facts = {
    reason,
    ...actor(),
    ...(partsSent > 0 ? { partsSent } : {}),
    ...(partsNeeded === null ? {} : { partsNeeded }),
  };
  app.tell(orbitEvent('recovery.failed', facts, app.clock.now()));
}

// The recovery keys and custodians as the API shows them.
import { type Custodian, openCustodians } from '../breakglass/custodians.ts';
import { custodyState } from '../breakglass/custody-state.ts';
import type { HandedOut } from '../breakglass/hand-out.ts';
import { recoveryKeys } from '../breakglass/recovery-key-store.ts';
import { signerFingerprint } from '../breakglass/signing-key.ts';
import type { Failure } from '../base/failure.ts';
import { keyDeliveries } from '../jobs/key-delivery.ts';
import type { ResealResult } from '../jobs/reseal.ts';
import type { z } from 'zod';
import type * as schemas from './schemas/ceremony.ts';
import type { keptFailure } from './schemas/common.ts';
import type { ApiSite } from './site.ts';

/** The recovery keys, the set of shares in force, and how far each custodian is. */
export function readCeremony(site: ApiSite): schemas.CeremonyView {
  const state = custodyState(site);
  return {
    keys: recoveryKeys(site.store).map((key) => ({
      id: key.id,
      recipient: key.recipient,
      createdAt: key.createdAt.toISOString(),
      state: key.state,
      ways: key.ways,
      recipients: key.extraRecipients,
      opensWithCurrent: key.state === 'current' || key.sealedToCurrent !== undefined,
      signer: signerFingerprint(key.signer),
    })),
    ...(state === undefined
      ? {}
      : {
          set: {
            name: state.set.name,
            keyId: state.set.keyId,
            threshold: state.set.threshold,
            count: state.set.count,
            madeAt: state.set.madeAt.toISOString(),
            holders: state.holders.map(({ custodian, number, delivery, step, link, ...times }) => ({
              custodian: custodian.name,
              share: number,
              delivery,
              step,
              isStruckOff: custodian.removedAt !== undefined,
              ...dates(times),
              ...(link === undefined
                ? {}
                : {
                    link: {
                      state: link.state,
                      expiresAt: link.expiresAt.toISOString(),
                      ...dates({ openedAt: link.openedAt }),
                    },
                  }),
            })),
            ...(state.worry === undefined ? {} : { worry: state.worry }),
          },
        }),
    destinations: keyDeliveries(site.store).map(({ broughtAt, ...delivery }) => ({
      ...delivery,
      ...dates({ broughtAt }),
    })),
    custodians: openCustodians(site.store, site.clock)
      .list()
      .map((one) => custodianView(site, one)),
  };
}

/** What was sealed anew at a destination. */
export function resealView({ destination, kits, repositories, left }: ResealResult): z.input<typeof schemas.resealed> {
  return {
    destination,
    kits,
    repositories,
    left: left.map(({ what, failure }) => ({ what, ...keptOf(failure) })),
  };
}

/** A failure as an answer carries it. */
export function keptOf(failure: Failure | undefined): { failure?: z.input<typeof keptFailure> } {
  if (failure === undefined) return {};
  const { code, message, hint } = failure;
  return { failure: { code, message, ...(hint === undefined ? {} : { hint }) } };
}

/** A custodian, and whether they hold a share. */
export function custodianView(
  site: ApiSite,
  { id, name, contact, language, recipient }: Custodian,
): schemas.CustodianView {
  const set = openCustodians(site.store, site.clock).currentSet();
  const holdsShare = set?.holders.some(({ custodian }) => custodian.id === id) ?? false;
  return { id, name, contact, language, holdsShare, ...(recipient === undefined ? {} : { recipient }) };
}

function dates<Name extends string>(times: { [key in Name]?: Date | undefined }): { [key in Name]?: string } {
  const entries = Object.entries(times) as [Name, Date | undefined][];
  return Object.fromEntries(entries.flatMap(([name, at]) => (at === undefined ? [] : [[name, at.toISOString()]]))) as {
    [key in Name]?: string;
  };
}

/** What is shown once: links, and files for those who have a key. */
export function handedOutView(site: ApiSite, { set, links, files }: HandedOut): z.input<typeof schemas.handedOut> {
  return {
    set: set.name,
    links: links.map(({ custodian, number, token, expiresAt }) => ({
      custodian,
      share: number,
      link: `${site.origin}/share#${token.reveal()}`,
      expiresAt: expiresAt.toISOString(),
    })),
    files: files.map(({ custodian, number, name, bytes }) => ({
      custodian,
      share: number,
      name,
      base64: bytes.toString('base64'),
    })),
  };
}

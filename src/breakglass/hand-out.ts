// Hands a new set of shares to its custodians, each in their own way: in the room, by a one-time link, or in a file that
// only their own key opens. Whatever travels is sealed before the set is recorded.
import type { Clock } from '../base/clock.ts';
import { Failure } from '../base/failure.ts';
import type { SecretString } from '../base/secret-string.ts';
import type { Store } from '../store/store.ts';
import { sealToRecipients } from './age-files.ts';
import type { ShareSplitter } from './ceremony.ts';
import { type Custodian, type Delivery, type HolderMark, openCustodians, type ShareSet } from './custodians.ts';
import { identityFromSecretBytes } from './recovery-key.ts';
import { type SealedSheet, sealForLink, storeShareLink } from './share-links.ts';
import { renderShareSheets } from './shares/sheet.ts';
import { type SharePresentation, splitAmong } from './split-among.ts';

/** Who gets a share, and how. */
export interface ShareReceiver {
  custodian: Custodian;
  delivery: Delivery;
}

/** What a ceremony decides about its custodians. */
export interface HandOutPlan {
  receivers: readonly ShareReceiver[];
  threshold: number;
  /** Lines on every sheet: whom to call. */
  contacts?: readonly string[];
  organisation?: string;
  /** How long a link waits. */
  linkLifeMs?: number;
  retires?: 'replaced' | 'compromised';
  /** Shows or prints the shares of those who are in the room, and says which of both it was. */
  inPerson?: (shares: readonly SharePresentation[]) => Promise<HolderMark>;
}

/** What was handed out, to be told to the administrator once: links and files hold shares, sealed. */
export interface HandedOut {
  set: ShareSet;
  /** `token` is the fragment of the link. */
  links: { custodian: string; number: number; token: SecretString; expiresAt: Date }[];
  /** `<name>.html.age`, sealed to the custodian's own key. */
  files: { custodian: string; number: number; name: string; bytes: Buffer }[];
  /** What those in the room did with theirs. */
  inPerson: { number: number; custodian: string; mark: HolderMark }[];
}

/** The file of a share's sheet: `share-acid-lend-2.html`. */
export function sheetFileName(set: string, number: number): string {
  return `share-${set.replace(' ', '-')}-${number}.html`;
}

/** The sheet of one share, as it is printed, sealed or sent. */
export function sheetOf(
  { share, count, keyId, custodian }: SharePresentation,
  facts: { now: Date; contacts?: readonly string[] | undefined; organisation?: string | undefined },
): string {
  return renderShareSheets([
    {
      share,
      count,
      keyId,
      custodian: custodian.name,
      madeAt: facts.now,
      language: custodian.language,
      contacts: facts.contacts ?? [],
      ...(facts.organisation === undefined ? {} : { organisation: facts.organisation }),
    },
  ]);
}

/**
 * Gives the splitter for a ceremony, and afterwards what it handed out.
 * @throws Failure `breakglass.bad-threshold`, `breakglass.custodian-twice`, `breakglass.no-own-key` at once, before any key is made.
 */
export function handOut(
  site: { store: Store; clock: Clock },
  plan: HandOutPlan,
): { splitter: ShareSplitter; handedOut: () => HandedOut } {
  refuseImpossible(plan);
  const custodians = openCustodians(site.store, site.clock);
  const sheets = new Map<number, SealedSheet>();
  const files: HandedOut['files'] = [];
  let mark: HolderMark = 'viewed';
  const split = splitAmong(custodians, {
    people: plan.receivers.map(({ custodian }) => custodian),
    deliveries: plan.receivers.map(({ delivery }) => delivery),
    threshold: plan.threshold,
    ...(plan.retires === undefined ? {} : { retires: plan.retires }),
    keyId: keyIdOfSecret,
    present: async (shares) => {
      const facts = { now: site.clock.now(), contacts: plan.contacts, organisation: plan.organisation };
      const inRoom: SharePresentation[] = [];
      for (const [index, presentation] of shares.entries()) {
        const { delivery, custodian } = plan.receivers[index] as ShareReceiver;
        if (delivery === 'in-person') {
          inRoom.push(presentation);
          continue;
        }
        const sheet = Buffer.from(sheetOf(presentation, facts));
        const number = presentation.share.index + 1;
        if (delivery === 'link') {
          const { words } = presentation.share;
          const parcel = Buffer.from(JSON.stringify({ words, sheet: sheet.toString('utf8') }));
          sheets.set(number, sealForLink(parcel));
          parcel.fill(0);
        } else {
          const bytes = await sealToRecipients(sheet, [custodian.recipient ?? '']);
          files.push({
            custodian: custodian.name,
            number,
            name: `${sheetFileName(presentation.set, number)}.age`,
            bytes,
          });
        }
        sheet.fill(0);
      }
      if (inRoom.length > 0 && plan.inPerson !== undefined) mark = await plan.inPerson(inRoom);
    },
  });
  let done: HandedOut | undefined;
  return {
    async splitter(secret) {
      const made = await split(secret);
      const set = custodians.currentSet();
      if (set === undefined) throw new Error('a set was recorded a moment ago');
      const life = plan.linkLifeMs === undefined ? {} : { lifeMs: plan.linkLifeMs };
      const links = [...sheets].map(([number, sheet]) => {
        const expiresAt = storeShareLink(site, sheet, { setId: set.setId, number, ...life });
        return { custodian: nameIn(set, number), number, token: sheet.token, expiresAt };
      });
      const inPerson = set.holders
        .filter(({ delivery }) => delivery === 'in-person')
        .map(({ number, custodian }) => ({ number, custodian: custodian.name, mark }));
      done = { set, links, files, inPerson };
      return made;
    },
    handedOut() {
      if (done === undefined) throw new Error('nothing was handed out yet');
      return done;
    },
  };
}

function refuseImpossible({ receivers, inPerson }: HandOutPlan): void {
  const seen = new Set<string>();
  for (const { custodian, delivery } of receivers) {
    if (seen.has(custodian.id)) {
      throw new Failure('breakglass.custodian-twice', {
        message: `${custodian.name} is named twice`,
        hint: 'Each custodian gets one share: whoever holds two counts for two, and a loss of one person takes both.',
      });
    }
    seen.add(custodian.id);
    if (delivery === 'sealed' && custodian.recipient === undefined) {
      throw new Failure('breakglass.no-own-key', {
        message: `there is no age or SSH key of ${custodian.name} to seal the share to`,
        hint: 'Give theirs with `orbit custodian edit NAME --recipient age1…`, or send a one-time link.',
      });
    }
    if (delivery === 'in-person' && inPerson === undefined) {
      throw new Failure('breakglass.no-way-to-show', {
        message: `there is no screen and no printer here to show ${custodian.name} their share`,
        hint: 'Send a one-time link, or hold the ceremony on a terminal.',
      });
    }
  }
}

function keyIdOfSecret(secret: Uint8Array): string {
  const identity = identityFromSecretBytes(Buffer.from(secret));
  identity.wipe();
  return identity.id;
}

function nameIn(set: ShareSet, number: number): string {
  return set.holders.find((holder) => holder.number === number)?.custodian.name ?? '';
}

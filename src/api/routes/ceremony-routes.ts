// The recovery key and its custodians. Passwords and shares come in, are used in memory, and never go out again but for
// what is made new: a generated passphrase, links and sealed files, each in one answer only.
import { type KeySetChange, withKeySetApproval } from '../../accounts/key-set-approval.ts';
import { changeMasterPassword, changeRecipients, type OpenedBy, withEveryIdentity } from '../../breakglass/ceremony.ts';
import { openCustodians } from '../../breakglass/custodians.ts';
import { toldWhenRefused } from '../../breakglass/custody-events.ts';
import { generatePassphrase } from '../../breakglass/generated-passphrase.ts';
import type { HandOutPlan } from '../../breakglass/hand-out.ts';
import { type CeremonyRoom, findOrAddCustodian, holdCeremony, splitAnew } from '../../breakglass/hold-ceremony.ts';
import { currentKey, type ExtraRecipient, findCurrentKey } from '../../breakglass/recovery-key-store.ts';
import { orbitEvent } from '../../base/event.ts';

import { SecretString } from '../../base/secret-string.ts';
import { oweKeys } from '../../jobs/key-delivery.ts';
import { oweReseal, planReseal, type ResealResult, resealEverywhere } from '../../jobs/reseal.ts';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { custodianView, handedOutView, keptOf, readCeremony, resealView } from '../ceremony-view.ts';
import { personOf } from '../person-of.ts';
import { guessing, openedBy, type Opening, partsSent } from '../opening.ts';
import { type AnyRoute, route } from '../route.ts';
import * as schemas from '../schemas/ceremony.ts';
import { nothing } from '../schemas/common.ts';
import type { ApiSite, Caller } from '../site.ts';
import { tellChange } from '../tell-change.ts';

const dayMs = 24 * 60 * 60_000;

/** Routes of the ceremony and the custodians. */
export const ceremonyRoutes: AnyRoute[] = [
  route({
    method: 'GET',
    path: '/ceremony',
    allow: 'custody:read',
    summary: 'The recovery keys, the current set of shares, and how far each custodian is',
    answer: schemas.ceremony,
    handle: ({ site }) => readCeremony(site),
  }),
  route({
    method: 'POST',
    path: '/ceremony',
    allow: 'custody:write',
    summary: 'Make a recovery key and hand its shares out; after the first, the current one must be opened too',
    body: schemas.ceremonyStart,
    answer: schemas.ceremonyDone,
    hasSecretAnswer: true,
    async handle({ site, caller, request, body }) {
      const { password, custodians, recipients, previous, isPreviousCompromised } = body;
      const masterPassword = password === undefined ? undefined : newPassword(password);
      let resealed: ResealResult[] | undefined;
      const plan = custodians === undefined ? undefined : planOf(site, custodians);
      const change: KeySetChange = {
        what: 'recovery-key',
        hasMasterPassword: masterPassword !== undefined,
        recipients: recipients ?? [],
        ...(plan === undefined ? {} : { shares: plan }),
        before: isPreviousCompromised === true ? 'compromised' : previous === 'abandon' ? 'abandoned' : 'opened',
      };
      const { key, handedOut } = await approved(site, caller, request, change, async () =>
        holdCeremony(roomOf(site, caller, request), {
          ...(masterPassword === undefined ? {} : { masterPassword }),
          ...(recipients === undefined ? {} : { extraRecipients: extras(recipients) }),
          ...(plan === undefined ? {} : { custodians: plan }),
          ...(previous === undefined || findCurrentKey(site.store) === undefined
            ? {}
            : previous === 'abandon'
              ? { previous }
              : { previous: await openedBy(previous), ...partsSent(previous) }),
          ...(isPreviousCompromised === true
            ? {
                isPreviousCompromised,
                async whileOpen(identities) {
                  oweReseal(site);
                  try {
                    resealed = await resealEverywhere(site, identities);
                  } catch (error) {
                    // The key is made: its passphrase and links must reach the person. What is left is still owed.
                    site.reportBug(error);
                  }
                },
              }
            : {}),
        }),
      );
      oweKeys(site);
      return {
        keyId: key.id,
        ...generated(password, masterPassword),
        ...(resealed === undefined ? {} : { resealed: resealed.map(resealView) }),
        ...(handedOut === undefined ? {} : { handedOut: handedOutView(site, handedOut) }),
      };
    },
  }),
  route({
    method: 'POST',
    path: '/ceremony/shares',
    allow: 'custody:write',
    summary: 'Split the current key anew: other custodians, another threshold. Old shares still open it',
    body: schemas.splitInput,
    answer: schemas.ceremonyDone,
    hasSecretAnswer: true,
    async handle({ site, caller, request, body }) {
      const room = roomOf(site, caller, request);
      const { opening } = body;
      const plan = planOf(site, body);
      const change = { what: 'shares', ...plan } as const;
      const handedOut = await approved(site, caller, request, change, () =>
        splitAnew(room, () => openedBy(opening), plan, partsSent(opening)),
      );
      oweKeys(site);
      return { keyId: handedOut.set.keyId, handedOut: handedOutView(site, handedOut) };
    },
  }),
  route({
    method: 'PUT',
    path: '/ceremony/password',
    allow: 'custody:write',
    summary: 'Change the master password; earlier kits open with the new one from the destination',
    body: schemas.passwordInput,
    answer: schemas.ceremonyDone,
    hasSecretAnswer: true,
    async handle({ site, caller, request, body }) {
      const room = roomOf(site, caller, request);
      const next = newPassword(body.password);
      const key = await approved(site, caller, request, { what: 'master-password' }, () =>
        opened(room, body.opening, (by) => changeMasterPassword(site, by, next)),
      );
      site.tell(orbitEvent('master-password.changed', { ...room.actor, keyId: key.id }, site.clock.now()));
      oweKeys(site);
      return { keyId: key.id, ...generated(body.password, next) };
    },
  }),
  route({
    method: 'PUT',
    path: '/ceremony/recipients',
    allow: 'custody:write',
    summary: 'Set the age and SSH keys that open the recovery key besides',
    body: schemas.recipientsInput,
    answer: schemas.ceremonyDone,
    async handle({ site, caller, request, body }) {
      const room = roomOf(site, caller, request);
      const { recipients } = body;
      const key = await approved(site, caller, request, { what: 'recipients', recipients }, () =>
        opened(room, body.opening, (by) => changeRecipients(site, by, extras(recipients))),
      );
      tellChange(
        site,
        caller,
        'recipients of the recovery key',
        key.extraRecipients.map(({ recipient }) => recipient).join(', '),
      );
      oweKeys(site);
      return { keyId: key.id };
    },
  }),
  route({
    method: 'GET',
    path: '/ceremony/compromise',
    allow: 'custody:write',
    summary: 'What declaring the current key compromised would seal anew, destination by destination; changes nothing',
    answer: schemas.compromisePlan,
    async handle({ site }) {
      const plans = await planReseal(site, { keyId: 'none' });
      return { destinations: plans.map(({ failure, ...plan }) => ({ ...plan, ...keptOf(failure) })) };
    },
  }),
  route({
    method: 'POST',
    path: '/ceremony/reseal',
    allow: 'custody:write',
    summary: 'After a compromise: seal what waits at destinations that were out of reach',
    body: schemas.resealInput,
    answer: schemas.resealDone,
    async handle({ site, caller, request, body }) {
      const results = await guessing(site, request, () =>
        opened(roomOf(site, caller, request), body.opening, (by) =>
          withEveryIdentity(site.store, by, (identities) => resealEverywhere(site, identities)),
        ),
      );
      return { resealed: results.map(resealView) };
    },
  }),
  route({
    method: 'POST',
    path: '/custodians',
    allow: 'custody:write',
    summary: 'Add a custodian',
    body: schemas.custodianInput,
    answer: schemas.custodian,
    handle({ site, caller, body }) {
      const added = openCustodians(site.store, site.clock).add(plain(body));
      tellChange(site, caller, 'custodians', `+ ${added.name}`);
      return custodianView(site, added);
    },
  }),
  route({
    method: 'PUT',
    path: '/custodians/{id}',
    allow: 'custody:write',
    summary: 'Change how a custodian is reached, the language of their sheet, or their key',
    body: schemas.custodianInput.omit({ name: true }),
    answer: schemas.custodian,
    handle({ site, caller, params, body }) {
      const edited = openCustodians(site.store, site.clock).edit(params['id'] ?? '', body);
      tellChange(site, caller, 'custodians', edited.name);
      return custodianView(site, edited);
    },
  }),
  route({
    method: 'DELETE',
    path: '/custodians/{id}',
    allow: 'custody:write',
    summary: 'Strike a custodian off; a paper of theirs counts until there is a new set',
    answer: nothing,
    handle({ site, caller, params }) {
      const custodians = openCustodians(site.store, site.clock);
      const removed = custodians.remove(params['id'] ?? '', { force: true });
      const set = custodians.currentSet();
      if (set?.holders.some(({ custodian }) => custodian.id === removed.id) === true) {
        const found = set.holders.filter(({ custodian }) => custodian.removedAt === undefined).length;
        const now = site.clock.now();
        const facts = {
          custodian: removed.name,
          since: now,
          user: caller.name,
          role: caller.role,
          reason: 'struck off',
        };
        site.tell(orbitEvent('custodian.inactive', { ...facts, found, partsNeeded: set.threshold }, now));
      } else tellChange(site, caller, 'custodians', `- ${removed.name}`);
      return {};
    },
  }),
];

function roomOf(site: ApiSite, caller: Caller, request: FastifyRequest): CeremonyRoom {
  const { name: user, role } = caller;
  return { ...site, actor: { user, role, method: request.method, address: request.ip } };
}

function planOf(
  site: ApiSite,
  given: Pick<
    z.output<typeof schemas.splitInput>,
    'receivers' | 'threshold' | 'contacts' | 'organisation' | 'linkDays'
  >,
): HandOutPlan {
  const custodians = openCustodians(site.store, site.clock);
  const { threshold, contacts, organisation, linkDays } = given;
  return {
    receivers: given.receivers.map(({ delivery, ...person }) => ({
      custodian: findOrAddCustodian(custodians, plain(person)),
      delivery,
    })),
    threshold,
    ...(contacts === undefined ? {} : { contacts }),
    ...(organisation === undefined ? {} : { organisation }),
    ...(linkDays === undefined ? {} : { linkLifeMs: linkDays * dayMs }),
  };
}

// An absent field and one that is undefined are two things to the compiler.
function plain(person: z.output<typeof schemas.custodianInput>): Parameters<typeof findOrAddCustodian>[1] {
  const { name, contact, language, recipient } = person;
  return {
    name,
    ...(contact === undefined ? {} : { contact }),
    ...(language === undefined ? {} : { language }),
    ...(recipient === undefined ? {} : { recipient }),
  };
}

function extras(given: readonly { recipient: string; title?: string | undefined }[]): ExtraRecipient[] {
  return given.map(({ recipient, title }) => ({ recipient, title: title ?? '' }));
}

function newPassword(given: z.output<typeof schemas.passwordInput>['password']): SecretString {
  return 'generate' in given ? generatePassphrase() : new SecretString(given.masterPassword);
}

function generated(
  given: z.output<typeof schemas.passwordInput>['password'] | undefined,
  made: SecretString | undefined,
): { passphrase?: string } {
  return given !== undefined && 'generate' in given && made !== undefined ? { passphrase: made.reveal() } : {};
}

async function opened<Result>(
  room: CeremonyRoom,
  opening: Opening,
  work: (by: OpenedBy) => Promise<Result>,
): Promise<Result> {
  currentKey(room.store);
  return await toldWhenRefused(room, room.actor, async () => work(await openedBy(opening)), partsSent(opening));
}

// Where four eyes are on, nothing is opened before the second administrator agreed.
async function approved<Result>(
  site: ApiSite,
  caller: Caller,
  request: FastifyRequest,
  change: KeySetChange,
  work: () => Promise<Result>,
): Promise<Result> {
  return await guessing(site, request, () => withKeySetApproval(site, change, personOf(caller, request), work));
}

// Backups that stay whatever retention says, what retention would do now, and doing it.
import type { z } from 'zod';
import { requireApproval } from '../../accounts/approval.ts';
import { Failure } from '../../base/failure.ts';
import { type HoldKind, findCopies, holdCopies, listHolds, releaseCopies } from '../../jobs/copy-hold.ts';
import { findJob } from '../../jobs/job.ts';
import { makersOf } from '../../jobs/made-copies.ts';
import { copiesOf, type PlaceRetention, requireShown, retainJob } from '../../jobs/retention-desk.ts';
import { endedHold } from '../../jobs/settings-approval.ts';
import { personOf } from '../person-of.ts';
import { type AnyRoute, route } from '../route.ts';
import * as schemas from '../schemas/holds.ts';
import type { Caller } from '../site.ts';

/** Routes about holds and retention. */
export const holdRoutes: AnyRoute[] = [
  route({
    method: 'GET',
    path: '/holds',
    allow: 'backups:read',
    summary: 'Backups that are protected or under legal hold, by whom and why',
    answer: schemas.holdList,
    handle({ site }) {
      const holds = listHolds(site.store);
      const makers = makersOf(
        site.store,
        holds.map(({ copy }) => copy),
      );
      return {
        holds: holds.map((hold) => {
          const madeBy = makers.get(hold.copy);
          return { ...hold, ...(madeBy === undefined ? {} : { madeBy }) };
        }),
      };
    },
  }),
  route({
    method: 'POST',
    path: '/holds',
    allow: ['backups:protect', 'backups:legal-hold'],
    summary: 'Protect a backup (operators) or put it under legal hold (administrators): retention never lets it go',
    body: schemas.holdChange,
    answer: schemas.heldCopies,
    subject: ({ copy }) => copy,
    handle({ site, caller, body }) {
      requireHoldRight(caller, body.how);
      const copies = findCopies(site.store, body.copy);
      holdCopies(site, copies, { how: body.how, reason: body.reason, user: caller.name });
      return { copies };
    },
  }),
  route({
    method: 'POST',
    path: '/holds/release',
    allow: ['backups:protect', 'backups:legal-hold'],
    summary: 'End the protection or the legal hold of a backup',
    body: schemas.holdChange,
    answer: schemas.heldCopies,
    subject: ({ copy }) => copy,
    handle({ site, caller, body, request }) {
      requireHoldRight(caller, body.how);
      const copies = findCopies(site.store, body.copy);
      requireApproval(site, endedHold(body.copy, body.how), personOf(caller, request));
      return { copies: releaseCopies(site, copies, { how: body.how, reason: body.reason, user: caller.name }) };
    },
  }),
  route({
    method: 'GET',
    path: '/jobs/{name}/retention',
    allow: 'settings:test',
    summary: 'What the retention of a job would let go now and why the rest stays; removes nothing',
    answer: schemas.retentionPlan,
    async handle({ site, params }) {
      return planView(await retainJob(site, findJob(site.store, params['name'] ?? ''), { dryRun: true }));
    },
  }),
  route({
    method: 'POST',
    path: '/jobs/{name}/retention',
    allow: 'backups:retain',
    summary: 'Let go of what the retention of a job lets go now, when all of it was shown before',
    body: schemas.retentionOrder,
    answer: schemas.retentionPlan,
    async handle({ site, params, body }) {
      const job = findJob(site.store, params['name'] ?? '');
      requireShown(await retainJob(site, job, { dryRun: true }), new Set(body.shown));
      return planView(await retainJob(site, job, { dryRun: false }));
    },
  }),
];

function planView(places: PlaceRetention[]): z.input<typeof schemas.retentionPlan> {
  return {
    places: places.map((place) => ({
      destination: place.destination,
      ...(place.appendOnly === undefined ? {} : { appendOnly: place.appendOnly }),
      ...(place.failure === undefined ? {} : { failure: place.failure.toJSON() }),
      ...(place.snapshots === undefined ? {} : { freedBytes: place.snapshots.freedBytes }),
      ...copiesOf(place),
    })),
  };
}

function requireHoldRight({ name, scopes }: Caller, how: HoldKind): void {
  if (scopes.includes(how === 'legal' ? 'backups:legal-hold' : 'backups:protect')) return;
  throw new Failure('jobs.legal-hold-not-allowed', {
    message: `${name} may neither begin nor end a hold of the kind '${how}'`,
    hint: 'Administrators hold for the law (scope backups:legal-hold); operators may protect backups (backups:protect).',
  });
}

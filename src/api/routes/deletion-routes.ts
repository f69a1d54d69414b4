// Deleting snapshots one by one: the plan first, then exactly what was seen, with a second administrator where four eyes want one.
import { deleteSnapshots, planDeletionAt } from '../../jobs/deletion-desk.ts';
import { copyOf, copyPath } from '../copy-paths.ts';
import { personOf } from '../person-of.ts';
import { type AnyRoute, route } from '../route.ts';
import * as schemas from '../schemas/deletions.ts';
import { snapshotView } from '../snapshot-view.ts';

/** Routes that delete what a person chose. */
export const deletionRoutes: AnyRoute[] = [
  route({
    method: 'POST',
    path: `${copyPath}/deletion-plan`,
    allow: 'backups:delete',
    summary: 'What deleting these snapshots would do: which go, which must stay and why; removes nothing',
    body: schemas.deletionChoice,
    answer: schemas.deletionPlan,
    isAudited: false,
    async handle({ site, params, body }) {
      const order = { copy: copyOf(params), chosen: new Set(body.snapshots) };
      const { remove, stay, left, appendOnly } = await planDeletionAt(site, order);
      return {
        ...(appendOnly === undefined ? {} : { appendOnly }),
        remove: remove.map(snapshotView),
        stay: stay.map(({ snapshot, reasons }) => ({ snapshot: snapshotView(snapshot), reasons })),
        left,
      };
    },
  }),
  route({
    method: 'POST',
    path: `${copyPath}/deletions`,
    allow: 'backups:delete',
    summary: 'Delete these snapshots for good: all of them, or none when one of them must stay',
    body: schemas.deletionOrder,
    answer: schemas.deletionDone,
    changes: ({ removed, before, left }, { reason }) => ({
      before: { snapshots: before, deleted: removed.map(({ id, at }) => `${id} ${at}`) },
      after: { snapshots: left, reason },
    }),
    async handle({ site, caller, params, body, request }) {
      const copy = copyOf(params);
      const by = personOf(caller, request);
      const order = { copy, chosen: new Set(body.snapshots) };
      const { removed, ...done } = await deleteSnapshots(site, order, {
        by,
        reason: body.reason,
        frees: body.frees,
      });
      return { ...done, removed: removed.map(({ id, time }) => ({ id, at: new Date(time).toISOString() })) };
    },
  }),
];

// Drills: the list, holding one, and the signed reports.
import { createReadStream } from 'node:fs';
import { orbitEvent } from '../../base/event.ts';
import { listDrills, loadDrill, reportFiles } from '../../breakglass/drills/drill-store.ts';
import { drillTargets } from '../../jobs/drill.ts';
import { drillPlan } from '../../jobs/drill-plan.ts';
import { overdueDrills } from '../../jobs/drill-schedule.ts';
import { type AnyRoute, type DownloadSpec, download, route } from '../route.ts';
import { nothing } from '../schemas/common.ts';
import * as schemas from '../schemas/drills.ts';

/** Routes about drills. */
export const drillRoutes: AnyRoute[] = [
  route({
    method: 'GET',
    path: '/drills',
    allow: 'drills:read',
    summary: 'Drills that were held, the newest first; those that go on, could be held, or are overdue',
    query: schemas.drillQuery,
    answer: schemas.drillList,
    handle: ({ site, query }) => ({
      drills: listDrills(site.store, query.limit),
      live: site.drills.live(),
      targets: drillTargets(site.store).map(({ kind, destination }) => ({ kind, destination })),
      overdue: overdueDrills(site.store, drillPlan(site.store), site.clock.now()).map(
        ({ way, kind, destination, dueAt }) => ({
          way,
          kind,
          dueAt: dueAt.toISOString(),
          ...(destination === undefined ? {} : { destination }),
        }),
      ),
    }),
  }),
  route({
    method: 'POST',
    path: '/drills',
    allow: 'drills:run',
    summary: 'Hold a drill now: restore a sample from a destination, or check a kit, and keep a signed report',
    body: schemas.drillOrder,
    answer: nothing,
    handle({ site, caller, body: { kind, destination } }) {
      site.drills.start(kind, destination);
      const facts = { task: 'drill', user: caller.name, kind, destination };
      site.tell(orbitEvent('task.created', facts, site.clock.now()));
      return {};
    },
  }),
  route({
    method: 'GET',
    path: '/drills/{id}',
    allow: 'drills:read',
    summary: 'The report of a drill, its signature checked',
    answer: schemas.drillReport,
    handle({ site, params }) {
      const { drill, report } = loadDrill(site, params['id'] ?? '');
      const { durationMs, firstReadableMs, user, people, copy, machine, steps, sample } = report;
      const facts = { drill, durationMs, user, people, copy, host: machine.host, steps, sampled: sample.length };
      return { ...facts, ...(firstReadableMs === undefined ? {} : { firstReadableMs }) };
    },
  }),
];

/** Reports as files. */
export const drillDownloads: DownloadSpec[] = [
  download({
    path: '/drills/{id}/report',
    allow: 'drills:read',
    summary: 'The signed report of a drill as it lies on the machine: data, or a page in English or Portuguese',
    query: schemas.reportQuery,
    subject: ({ as }) => as,
    send({ site, params, query }) {
      // Only a drill we know, and only while its report is the one that was signed.
      const { drill } = loadDrill(site, params['id'] ?? '');
      const { json, pages } = reportFiles(site.home, drill.id);
      const file = query.as === 'json' ? json : pages[query.as];
      const name = `drill-${drill.id}.${query.as === 'json' ? 'json' : `${query.as}.html`}`;
      const type = query.as === 'json' ? 'application/json' : 'text/html; charset=utf-8';
      return Promise.resolve({ name, type, content: createReadStream(file) });
    },
  }),
];

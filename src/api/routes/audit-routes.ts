// Who changed what: the audit trail, read and proved.
import { exportedLine } from '../../audit/entry.ts';
import { verifyTrail } from '../../audit/verify.ts';
import { orbitEvent } from '../../base/event.ts';
import { isFailure } from '../../base/failure.ts';
import type { AuditFilter, AuditTrail } from '../../audit/trail.ts';
import { auditTable } from '../../reports/tables.ts';
import { csvDownload } from '../csv.ts';
import { type AnyRoute, type DownloadSpec, download, route } from '../route.ts';
import * as schemas from '../schemas/audit.ts';

/** Routes about the audit trail. */
export const auditRoutes: AnyRoute[] = [
  route({
    method: 'GET',
    path: '/audit',
    allow: 'audit:read',
    summary: 'Who changed what, the newest first, with before and after',
    query: schemas.auditQuestion,
    answer: schemas.auditList,
    handle({ site, query }) {
      const head = site.audit.head();
      return { entries: site.audit.list(filterOf(query)), ...(head === undefined ? {} : { head }) };
    },
  }),
  route({
    method: 'GET',
    path: '/audit/verdict',
    allow: 'audit:read',
    summary: 'Follow the chain of the whole trail and say whether it holds',
    answer: schemas.auditVerdict,
    async handle({ site }) {
      try {
        const { entries, head } = await verifyTrail(site.audit.all());
        return { isWhole: true, entries, head };
      } catch (error) {
        if (!isFailure(error)) throw error;
        if (error.code === 'audit.broken')
          site.tell(orbitEvent('audit.broken', { reason: error.message }, site.clock.now()));
        return { isWhole: error.code === 'audit.empty', failure: error.toJSON() };
      }
    },
  }),
];

/** The trail as files. */
export const auditDownloads: DownloadSpec[] = [
  download({
    path: '/audit.csv',
    allow: 'audit:read',
    summary: 'Who changed what as a table, the newest first',
    query: schemas.auditTableQuestion,
    subject: ({ actor, action, since, until }) => [actor, action, since, until].filter(Boolean).join(' '),
    send: ({ site, query }) =>
      Promise.resolve(csvDownload('audit.csv', auditTable(site.audit, filterOf({ ...query, limit: 1000 }), 'en'))),
  }),
  download({
    path: '/audit/trail.txt',
    allow: 'audit:read',
    summary: 'Every entry with its hash, one a line, for orbit audit verify on any machine',
    send: ({ site }) =>
      Promise.resolve({ name: 'trail.txt', type: 'text/plain; charset=utf-8', content: trailLines(site.audit) }),
  }),
];

async function* trailLines(trail: AuditTrail): AsyncGenerator<Buffer> {
  for (const entry of trail.all()) yield Buffer.from(exportedLine(entry));
}

function filterOf({ actor, action, since, until, before, limit }: schemas.AuditQuestion): AuditFilter {
  return {
    limit,
    ...(actor === undefined ? {} : { actor }),
    ...(action === undefined ? {} : { action }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
    ...(before === undefined ? {} : { before }),
  };
}

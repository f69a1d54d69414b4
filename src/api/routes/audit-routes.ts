// Who changed what: the audit trail, read and proved.
import { verifyTrail } from '../../audit/verify.ts';
import { orbitEvent } from '../../base/event.ts';
import { isFailure } from '../../base/failure.ts';
import { type AnyRoute, route } from '../route.ts';
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
    handle({ site, query: { actor, action, since, until, before, limit } }) {
      const head = site.audit.head();
      const filter = {
        limit,
        ...(actor === undefined ? {} : { actor }),
        ...(action === undefined ? {} : { action }),
        ...(since === undefined ? {} : { since }),
        ...(until === undefined ? {} : { until }),
        ...(before === undefined ? {} : { before }),
      };
      return { entries: site.audit.list(filter), ...(head === undefined ? {} : { head }) };
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
        return { isWhole: error.code === 'audit.empty', problem: error.message };
      }
    },
  }),
];

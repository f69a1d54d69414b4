// Maintenance: no run starts by itself, until a time that is given.
import { beginMaintenance, endMaintenance, findMaintenance } from '../../jobs/maintenance.ts';
import { type AnyRoute, route } from '../route.ts';
import * as schemas from '../schemas/maintenance.ts';
import { tellChange } from '../tell-change.ts';

/** Routes about maintenance. */
export const maintenanceRoutes: AnyRoute[] = [
  route({
    method: 'GET',
    path: '/maintenance',
    allow: 'state:read',
    summary: 'Whether maintenance is on, until when, by whom and why',
    answer: schemas.maintenanceState,
    handle({ site }) {
      const maintenance = findMaintenance(site);
      return maintenance === undefined ? {} : { maintenance };
    },
  }),
  route({
    method: 'PUT',
    path: '/maintenance',
    allow: 'maintenance:write',
    summary: 'Let no run start by itself until a time, a week away at most; it ends by itself',
    body: schemas.maintenanceWish,
    answer: schemas.maintenanceState,
    handle({ site, caller, body }) {
      const until = new Date(body.until);
      const maintenance = beginMaintenance(site, { by: caller.name, reason: body.reason, until });
      tellChange(site, caller, 'maintenance on');
      return { maintenance };
    },
  }),
  route({
    method: 'DELETE',
    path: '/maintenance',
    allow: 'maintenance:write',
    summary: 'End maintenance; what was due meanwhile is caught up',
    answer: schemas.maintenanceState,
    handle({ site, caller }) {
      if (endMaintenance(site, caller.name)) tellChange(site, caller, 'maintenance off');
      return {};
    },
  }),
];

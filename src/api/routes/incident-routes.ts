// What was wrong, from when to when; and saying that something is over.
import { tellEvent } from '../../base/event.ts';
import { countIncidents, type Incident, listIncidents, resolveIncident } from '../../notify/incidents.ts';
import { type AnyRoute, route } from '../route.ts';
import * as schemas from '../schemas/incidents.ts';

/** Routes about incidents. */
export const incidentRoutes: AnyRoute[] = [
  route({
    method: 'GET',
    path: '/incidents',
    allow: 'incidents:read',
    summary: 'Troubles with their beginning and end, the newest first',
    query: schemas.incidentQuery,
    answer: schemas.incidentList,
    handle: ({ site, query }) => ({
      total: countIncidents(site.store, query),
      open: countIncidents(site.store, { state: 'open' }),
      incidents: listIncidents(site.store, query).map(viewOf),
    }),
  }),
  route({
    method: 'POST',
    path: '/incidents/{id}/resolve',
    allow: 'incidents:resolve',
    summary: 'Say that an incident is over, and why; when it is told again, it is another one',
    body: schemas.resolution,
    answer: schemas.incidentView,
    handle({ site, caller, params, body }) {
      const id = /^\d{1,15}$/.test(params['id'] ?? '') ? Number(params['id']) : 0;
      return viewOf(resolveIncident(site, id, { by: caller.name, note: body.note }));
    },
  }),
];

function viewOf({ facts, ...incident }: Incident): schemas.IncidentView {
  const text = (language: 'en' | 'pt') => tellEvent({ id: incident.event, facts }, language);
  return { ...incident, text: { en: text('en'), pt: text('pt') } };
}

// Reports: by mail on a schedule, sent now, and as files.
import { nextRuns } from '../../jobs/schedule.ts';
import { makeTable } from '../../reports/make-report.ts';
import {
  addReport,
  changeReport,
  findReport,
  listReports,
  removeReport,
  type ScheduledReport,
} from '../../reports/scheduled-report.ts';
import { refuseInTheClear, sendReport } from '../../reports/send-report.ts';
import { listSendings } from '../../reports/sending.ts';
import { csvDownload } from '../csv.ts';
import { type AnyRoute, type DownloadSpec, download, route } from '../route.ts';
import { nothing } from '../schemas/common.ts';
import * as schemas from '../schemas/reports.ts';
import type { ApiSite } from '../site.ts';
import { tellChange } from '../tell-change.ts';

/** Routes about reports. */
export const reportRoutes: AnyRoute[] = [
  route({
    method: 'GET',
    path: '/reports',
    allow: 'settings:read',
    summary: 'Reports that are sent by mail: what, to whom, when next, and what became of the last',
    answer: schemas.reportList,
    handle: ({ site }) => ({
      reports: listReports(site.store).map((report) => viewOf(site, report)),
      mailChannels: site.notifier.channels.list().flatMap(({ name, kind }) => (kind.kind === 'email' ? [name] : [])),
      machineTimeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    }),
  }),
  route({
    method: 'POST',
    path: '/reports',
    allow: 'settings:write',
    summary: 'Send a report by mail from now on',
    body: schemas.newReport,
    answer: schemas.reportView,
    subject: ({ name }) => name,
    handle({ site, caller, body }) {
      refuseInTheClear(site.notifier, body);
      const report = addReport(site, body.name, body.plan);
      tellChange(site, caller, 'report added', report.name);
      return viewOf(site, report);
    },
  }),
  route({
    method: 'PUT',
    path: '/reports/{name}',
    allow: 'settings:write',
    summary: 'Change a report, or switch it on or off',
    body: schemas.reportChange,
    answer: schemas.reportView,
    handle({ site, caller, params, body }) {
      if (body.plan !== undefined) refuseInTheClear(site.notifier, { plan: body.plan });
      const report = changeReport(site, params['name'] ?? '', body);
      tellChange(site, caller, 'report changed', report.name);
      return viewOf(site, report);
    },
  }),
  route({
    method: 'DELETE',
    path: '/reports/{name}',
    allow: 'settings:write',
    summary: 'Send a report no more, and forget what became of it',
    answer: nothing,
    handle({ site, caller, params }) {
      removeReport(site.store, params['name'] ?? '');
      tellChange(site, caller, 'report removed', params['name']);
      return {};
    },
  }),
  route({
    method: 'POST',
    path: '/reports/{name}/send',
    allow: 'settings:test',
    summary: 'Send a report now and say what really happened',
    answer: schemas.sendingView,
    handle: ({ site, caller, params }) =>
      sendReport(site, findReport(site.store, params['name'] ?? ''), { askedBy: caller.name }),
  }),
  route({
    method: 'GET',
    path: '/reports/{name}/sendings',
    allow: 'settings:read',
    summary: 'What became of each sending of a report, the newest first',
    answer: schemas.sendingList,
    handle: ({ site, params }) => ({
      sendings: listSendings(site.store, findReport(site.store, params['name'] ?? '').name),
    }),
  }),
];

/** Reports as files; those of runs, secrets and the audit trail stand beside their lists. */
export const reportDownloads: DownloadSpec[] = [
  download({
    path: '/destinations.csv',
    allow: 'settings:read',
    summary: 'Destinations and the newest good copy of each job there, as a table',
    query: schemas.languageQuery,
    send: async ({ site, query }) =>
      csvDownload('destinations.csv', await makeTable(site, { report: 'destinations', days: 1, ...query })),
  }),
  download({
    path: '/drills.csv',
    allow: 'drills:read',
    summary: 'Drills that were held, as a table',
    query: schemas.tableQuery,
    send: async ({ site, query }) => csvDownload('drills.csv', await makeTable(site, { report: 'drills', ...query })),
  }),
  download({
    path: '/incidents.csv',
    allow: 'incidents:read',
    summary: 'Incidents with their beginning and end, as a table',
    query: schemas.tableQuery,
    send: async ({ site, query }) =>
      csvDownload('incidents.csv', await makeTable(site, { report: 'incidents', ...query })),
  }),
  download({
    path: '/log.csv',
    allow: 'backups:read',
    summary: 'What runs failed at, left out and noted, as a table',
    query: schemas.tableQuery,
    send: async ({ site, query }) => csvDownload('log.csv', await makeTable(site, { report: 'log', ...query })),
  }),
  download({
    path: '/compliance.csv',
    allow: 'kits:read',
    summary: 'Which passwords are not as the policy asks, and why, as a table. Never a value',
    query: schemas.languageQuery,
    send: async ({ site, query }) =>
      csvDownload('compliance.csv', await makeTable(site, { report: 'compliance', days: 1, ...query })),
  }),
];

const turnsShown = 3;

function viewOf(site: ApiSite, report: ScheduledReport): schemas.ReportView {
  const { name, isEnabled, plan } = report;
  const [last] = listSendings(site.store, name, 1);
  const turns = isEnabled ? nextRuns(plan.schedule, site.clock.now(), turnsShown, plan.timeZone) : [];
  return {
    name,
    isEnabled,
    plan,
    next: turns.map((turn) => turn.toISOString()),
    ...(last === undefined ? {} : { last }),
  };
}

// Home and recovery: what can be read at a glance.
import { openCustodians } from '../../breakglass/custodians.ts';
import { listDrills } from '../../breakglass/drills/drill-store.ts';
import { findCurrentKey, recoveryKeys } from '../../breakglass/recovery-key-store.ts';
import { readOverview } from '../overview.ts';
import { healthReportName, healthZip, makeHealthReport } from '../health-report.ts';
import { type AnyRoute, type DownloadSpec, download, route } from '../route.ts';
import { overview } from '../schemas/overview.ts';
import { examine } from '../doctor.ts';
import { findings } from '../schemas/doctor.ts';
import { recovery, type Recovery } from '../schemas/recovery.ts';
import type { ApiSite } from '../site.ts';
import { readKits } from './kit-routes.ts';

/** Routes of Home and Recovery. */
export const overviewRoutes: AnyRoute[] = [
  route({
    method: 'GET',
    path: '/overview',
    allow: 'state:read',
    summary: 'Could we recover right now? Per kind and destination, what is wrong, what is not protected yet',
    answer: overview,
    handle: ({ site }) => readOverview(site),
  }),
  route({
    method: 'GET',
    path: '/doctor',
    allow: 'health:read',
    summary: 'What is wrong anywhere, and what to do about it',
    answer: findings,
    handle: async ({ site }) => ({ findings: await examine(site) }),
  }),
  route({
    method: 'GET',
    path: '/recovery',
    allow: 'recovery:read',
    summary: 'The recovery key as far as this server knows it, custodians, kits',
    answer: recovery,
    handle: ({ site }) => readRecovery(site),
  }),
];

/** The health report, for whoever helps. */
export const overviewDownloads: DownloadSpec[] = [
  download({
    path: '/health-report.zip',
    allow: 'health:read',
    summary:
      'The health report: findings, machine, settings, runs, log, incidents, metrics in one zip. No secret is in it',
    async send({ site }) {
      const made = site.clock.now();
      const name = healthReportName(made);
      const content = healthZip(await makeHealthReport(site), name, made);
      return { name: `${name}.zip`, type: 'application/zip', content };
    },
  }),
];

const kitsShown = 10;

function readRecovery(site: ApiSite): Recovery {
  const { store, clock } = site;
  const key = findCurrentKey(store);
  const set = openCustodians(store, clock).currentSet();
  return {
    ...(key === undefined
      ? {}
      : {
          key: {
            id: key.id,
            recipient: key.recipient,
            createdAt: key.createdAt.toISOString(),
            ways: key.ways,
            ...(key.shares === undefined
              ? {}
              : { shares: { threshold: key.shares.threshold, total: key.shares.total } }),
            extraRecipients: key.extraRecipients.map(({ title, recipient }) => title || recipient),
          },
        }),
    earlierKeys: recoveryKeys(store).filter(({ state }) => state !== 'current').length,
    custodians: (set?.holders ?? []).map(({ number, custodian, confirmedAt, printedAt }) => ({
      name: custodian.name,
      share: number,
      ...(confirmedAt === undefined ? {} : { confirmedAt: confirmedAt.toISOString() }),
      ...(printedAt === undefined ? {} : { printedAt: printedAt.toISOString() }),
    })),
    drills: listDrills(store, 12).map(({ id, way, kind, destination, startedAt, result, failure }) => {
      const trouble = failure === undefined ? {} : { failure };
      return { id, way, kind, destination, startedAt, result, ...trouble };
    }),
    kits: readKits(site).slice(0, kitsShown),
  };
}

// The list of routes. Each is described once; checks and the OpenAPI document come from that.
import { accountRoutes } from './routes/account-routes.ts';
import { approvalRoutes } from './routes/approval-routes.ts';
import { auditDownloads, auditRoutes } from './routes/audit-routes.ts';
import { ceremonyRoutes } from './routes/ceremony-routes.ts';
import { channelRoutes } from './routes/channel-routes.ts';
import { deletionRoutes } from './routes/deletion-routes.ts';
import { destinationRoutes } from './routes/destination-routes.ts';
import { holdRoutes } from './routes/hold-routes.ts';
import { jobRoutes } from './routes/job-routes.ts';
import { drillDownloads, drillRoutes } from './routes/drill-routes.ts';
import { envelopeRoutes } from './routes/envelope-routes.ts';
import { firstStepsRoutes } from './routes/first-steps-routes.ts';
import { kitDownloads, kitRoutes } from './routes/kit-routes.ts';
import { partitionRoutes } from './routes/partition-routes.ts';
import { profileRoutes } from './routes/profile-routes.ts';
import { incidentRoutes } from './routes/incident-routes.ts';
import { maintenanceRoutes } from './routes/maintenance-routes.ts';
import { overviewDownloads, overviewRoutes } from './routes/overview-routes.ts';
import { providerRoutes } from './routes/provider-routes.ts';
import { recordingContents, recordingRoutes } from './routes/recording-routes.ts';
import { reportDownloads, reportRoutes } from './routes/report-routes.ts';
import { restoreRoutes } from './routes/restore-routes.ts';
import { runDownloads, runRoutes, runStream } from './routes/run-routes.ts';
import { shareLinkRoutes } from './routes/share-link-routes.ts';
import { sessionRoutes } from './routes/session-routes.ts';
import { signInWayRoutes } from './routes/sign-in-way-routes.ts';
import { sourceRoutes } from './routes/source-routes.ts';
import { takingOutDownloads, takingOutRoutes } from './routes/taking-out-routes.ts';
import type { AnyRoute, ContentSpec, DownloadSpec, StreamSpec } from './route.ts';

/** Every route below `/api/v1`. */
export const apiRoutes: AnyRoute[] = [
  ...sessionRoutes,
  ...signInWayRoutes,
  ...providerRoutes,
  ...overviewRoutes,
  ...destinationRoutes,
  ...partitionRoutes,
  ...jobRoutes,
  ...profileRoutes,
  ...holdRoutes,
  ...runRoutes,
  ...restoreRoutes,
  ...takingOutRoutes,
  ...deletionRoutes,
  ...kitRoutes,
  ...envelopeRoutes,
  ...sourceRoutes,
  ...drillRoutes,
  ...firstStepsRoutes,
  ...recordingRoutes,
  ...channelRoutes,
  ...reportRoutes,
  ...incidentRoutes,
  ...accountRoutes,
  ...maintenanceRoutes,
  ...auditRoutes,
  ...ceremonyRoutes,
  ...shareLinkRoutes,
  ...approvalRoutes,
];

/** Every stream below `/api/v1`. */
export const apiStreams: StreamSpec[] = [runStream];

/** Every download below `/api/v1`. */
export const apiDownloads: DownloadSpec[] = [
  ...takingOutDownloads,
  ...kitDownloads,
  ...drillDownloads,
  ...runDownloads,
  ...auditDownloads,
  ...reportDownloads,
  ...overviewDownloads,
];

/** Every route below `/api/v1` that answers with bytes. */
export const apiContents: ContentSpec[] = recordingContents;

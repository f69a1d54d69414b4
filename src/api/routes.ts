// The list of routes. Each is described once; checks and the OpenAPI document come from that.
import { accountRoutes } from './routes/account-routes.ts';
import { channelRoutes } from './routes/channel-routes.ts';
import { destinationRoutes } from './routes/destination-routes.ts';
import { jobRoutes } from './routes/job-routes.ts';
import { overviewRoutes } from './routes/overview-routes.ts';
import { recordingContents, recordingRoutes } from './routes/recording-routes.ts';
import { runRoutes, runStream } from './routes/run-routes.ts';
import { sessionRoutes } from './routes/session-routes.ts';
import type { AnyRoute, ContentSpec, StreamSpec } from './route.ts';

/** Every route below `/api/v1`. */
export const apiRoutes: AnyRoute[] = [
  ...sessionRoutes,
  ...overviewRoutes,
  ...destinationRoutes,
  ...jobRoutes,
  ...runRoutes,
  ...recordingRoutes,
  ...channelRoutes,
  ...accountRoutes,
];

/** Every stream below `/api/v1`. */
export const apiStreams: StreamSpec[] = [runStream];

/** Every route below `/api/v1` that answers with bytes. */
export const apiContents: ContentSpec[] = recordingContents;

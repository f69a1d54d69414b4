// The HTTP face of the service. For now it answers one question: is it alive, and when was the last good backup?
import fastify, { type FastifyInstance } from 'fastify';
import type { Clock } from '../base/clock.ts';
import { Failure, systemErrorCode } from '../base/failure.ts';
import { listJobs } from '../jobs/job.ts';
import { listRuns } from '../jobs/run.ts';
import { nextRun } from '../jobs/schedule.ts';
import type { Store } from '../store/store.ts';

/** The address the service listens on when none is given: this machine only. */
export const defaultListen = '127.0.0.1:7420';

/** The state of one job in `GET /health`. Times are ISO 8601 in UTC. */
export interface JobHealth {
  job: string;
  kind: string;
  enabled: boolean;
  running: boolean;
  lastGood?: string;
  lastOutcome?: string;
  next?: string;
}

/** The body of `GET /health`. */
export interface Health {
  alive: true;
  version: string;
  jobs: JobHealth[];
}

/** Reads the state of every job from the history. */
export function readHealth(store: Store, clock: Clock, version: string): Health {
  const jobs = listJobs(store).map((job): JobHealth => {
    const runs = listRuns(store, { job: job.name, limit: 200 });
    const ended = runs.find((run) => run.outcome !== undefined);
    const good = runs.find((run) => run.outcome === 'succeeded' || run.outcome === 'partial');
    return {
      job: job.name,
      kind: job.kind,
      enabled: job.enabled,
      running: runs[0] !== undefined && runs[0].outcome === undefined,
      ...(good?.endedAt === undefined ? {} : { lastGood: good.endedAt }),
      ...(ended?.outcome === undefined ? {} : { lastOutcome: ended.outcome }),
      ...(job.enabled ? { next: nextRun(job.schedule, clock.now(), job.timeZone).toISOString() } : {}),
    };
  });
  return { alive: true, version, jobs };
}

/**
 * Listens on `address` (`host:port`) and gives the server with the address it really has (port 0 is any free one).
 * @throws Failure `api.address-in-use`, `api.bad-address`.
 */
export async function startServer(
  address: string,
  options: { store: Store; clock: Clock; version: string },
): Promise<{ server: FastifyInstance; address: string }> {
  const separator = address.lastIndexOf(':');
  const host = address.slice(0, separator);
  const port = Number(address.slice(separator + 1));
  if (separator < 1 || !Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Failure('api.bad-address', {
      message: `'${address}' is not an address to listen on`,
      hint: `Give host and port, such as ${defaultListen}.`,
    });
  }
  const server = fastify({ logger: false, forceCloseConnections: true });
  server.get('/health', () => readHealth(options.store, options.clock, options.version));
  try {
    return { server, address: await server.listen({ host, port }) };
  } catch (error) {
    if (systemErrorCode(error) !== 'EADDRINUSE') throw error;
    throw new Failure('api.address-in-use', {
      message: `another program listens on ${address}`,
      hint: 'Is Orbit running already? Otherwise choose another port with --listen 127.0.0.1:7421.',
      cause: error,
    });
  }
}

// Addresses for monitors, outside of the API: health, metrics, the documented state.
import type { FastifyInstance } from 'fastify';
import { Failure } from '../base/failure.ts';
import { callerOf, requireAllowed } from './guard.ts';
import { metricsText, metricsType } from './metrics.ts';
import { readHealth } from './health.ts';
import type { ApiSite } from './site.ts';
import { allowList, readState, statePaths } from './state.ts';

/** Mounts them. `allow` are the addresses and networks that the state is told to, besides this machine. */
export function mountMonitoring(server: FastifyInstance, site: ApiSite, allow: readonly string[]): void {
  const isAllowed = allowList(allow);
  server.get('/health', () => readHealth(site.store, site.clock, site.version));
  server.get('/metrics', (request, reply) => {
    requireAllowed(callerOf(site, request), 'metrics:read');
    return reply.type(metricsType).send(metricsText(site));
  });
  for (const path of statePaths) {
    server.get(path, (request, reply) => {
      if (!isAllowed(request.ip)) {
        throw new Failure('api.not-allowed', {
          message: `${request.ip} is not among the addresses that the state is told to`,
          hint: 'orbit serve --state-for ADDRESS adds one.',
        });
      }
      const { status, state } = readState(site);
      return reply.status(status).send({ state });
    });
  }
}

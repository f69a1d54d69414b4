// The HTTP face of the service: the health answer, the API, the console.
import fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import type { HashCosts } from '../accounts/password-hash.ts';
import { Challenges } from '../accounts/challenges.ts';
import { SignInLimit } from '../accounts/sign-in-limit.ts';
import type { App } from '../app.ts';
import { Failure, systemErrorCode } from '../base/failure.ts';
import { DrillDesk } from '../jobs/drill-desk.ts';
import { OpenCopies } from '../jobs/open-copies.ts';
import { RestoreDesk } from '../jobs/restore-desk.ts';
import { RecordingArchive } from '../jobs/recording-archive.ts';
import type { RunDesk } from '../jobs/run-desk.ts';
import { mountConsole } from './console-files.ts';
import { isLoopbackName } from './guard.ts';
import { mountMonitoring } from './mount-monitoring.ts';
import { mountApi } from './mount.ts';
import { mountSharePage } from './share-page/mount.ts';
import { badRequest, problemOf, problemType } from './problem.ts';
import { securityHeaders } from './security-headers.ts';
import type { ApiSite } from './site.ts';

/** The address the service listens on when none is given: this machine only. */
export const defaultListen = '127.0.0.1:7420';

/** What the server needs. Tests may lower the costs of password hashes and give another folder of the console. */
export interface ServerOptions {
  app: App;
  desk: RunDesk;
  /** Certificate and key in PEM, for TLS. Without them only addresses of this machine are served. */
  tls?: { cert: Buffer; key: Buffer };
  costs?: HashCosts;
  /** Addresses and networks that the documented state is told to, besides this machine. */
  stateFor?: readonly string[];
  consoleFolder?: string;
  reportBug?: (error: unknown) => void;
}

/** The server with all its routes, not listening yet. `origin` is the address that people use. */
export function buildServer(options: ServerOptions, origin: () => string): FastifyInstance {
  const { app, desk, tls } = options;
  const server = fastify({
    logger: false,
    forceCloseConnections: true,
    bodyLimit: 1024 * 1024,
    requestTimeout: 60_000,
    frameworkErrors: (error, _request, reply) => answerUnrouted(error, reply as unknown as FastifyReply),
    ...(tls === undefined ? {} : { https: { ...tls, minVersion: 'TLSv1.2' } }),
  }) as unknown as FastifyInstance;
  const archive = new RecordingArchive(app);
  server.addHook('onClose', () => archive.close());
  const reportBug = options.reportBug ?? ((error: unknown) => console.error(error));
  const drills = new DrillDesk(app, reportBug);
  const copies = new OpenCopies(app);
  const restores = new RestoreDesk(copies, app);
  const site: ApiSite = {
    ...app,
    desk,
    copies,
    restores,
    drills,
    archive,
    limit: new SignInLimit(app.clock),
    passkeyChallenges: new Challenges(app.clock),
    providerChallenges: new Challenges(app.clock),
    isTls: tls !== undefined,
    get origin() {
      return origin();
    },
    ...(options.costs === undefined ? {} : { costs: options.costs }),
    reportBug,
  };
  server.addHook('onClose', async () => {
    await drills.close();
    await restores.close();
    await copies.close();
  });
  mountApi(server, site);
  mountSharePage(server);
  mountMonitoring(server, site, options.stateFor ?? []);
  mountConsole(server, options.consoleFolder);
  return server;
}

/**
 * Listens on `address` (`host:port`) and gives the server with the address it really has (port 0 is any free one).
 * @throws Failure `api.address-in-use`, `api.bad-address`, `api.needs-tls`.
 */
export async function startServer(
  address: string,
  options: ServerOptions,
): Promise<{ server: FastifyInstance; address: string }> {
  const { host, port } = parseAddress(address);
  if (options.tls === undefined && !isLoopbackName(host)) {
    throw new Failure('api.needs-tls', {
      message: `${host} is reached by other machines, and there is no certificate`,
      hint: 'Give --certificate FILE and --certificate-key FILE, or --tls for one of its own making, or listen on 127.0.0.1 and use an SSH tunnel.',
    });
  }
  let origin = '';
  const server = buildServer(options, () => origin);
  try {
    origin = await server.listen({ host: host.replace(/^\[|\]$/g, ''), port });
    return { server, address: origin };
  } catch (error) {
    if (systemErrorCode(error) !== 'EADDRINUSE') throw error;
    throw new Failure('api.address-in-use', {
      message: `another program listens on ${address}`,
      hint: 'Is Orbit running already? Otherwise choose another port with --listen 127.0.0.1:7421.',
      cause: error,
    });
  }
}

function parseAddress(address: string): { host: string; port: number } {
  const separator = address.lastIndexOf(':');
  const host = address.slice(0, separator);
  const port = Number(address.slice(separator + 1));
  if (separator >= 1 && Number.isInteger(port) && port >= 0 && port <= 65_535) return { host, port };
  throw new Failure('api.bad-address', {
    message: `'${address}' is not an address to listen on`,
    hint: `Give host and port, such as ${defaultListen}.`,
  });
}

// What the router itself refuses (addresses that are too long, or wrongly encoded) never reaches the handler of failures.
function answerUnrouted(error: Error & { statusCode?: number }, reply: FastifyReply): void {
  const problem = problemOf(badRequest(error.message, error), error.statusCode);
  void reply.headers(securityHeaders).status(problem.status).type(problemType).send(JSON.stringify(problem));
}

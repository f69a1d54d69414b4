// An instance with its service's server, for tests of the API and of the console: no network but loopback, cheap hashes.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { addAccount, findAccount, setPassword } from '../../src/accounts/account.ts';
import { startSignIn } from '../../src/accounts/sign-in.ts';
import type { Role } from '../../src/accounts/role.ts';
import { buildServer } from '../../src/api/server.ts';
import { type App, openApp } from '../../src/app.ts';
import type { Clock } from '../../src/base/clock.ts';
import { SecretString } from '../../src/base/secret-string.ts';
import { startCeremony } from '../../src/breakglass/ceremony.ts';
import { addDestination } from '../../src/destinations/destination.ts';
import { prepareDestination } from '../../src/destinations/open.ts';
import { findJob, listJobs, saveJob } from '../../src/jobs/job.ts';
import { type RunDesk, openRunDesk } from '../../src/jobs/run-desk.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** Hashes that cost nothing: these tests are not about them. */
export const cheapHashes = { memoryKib: 64, passes: 1, lanes: 1 };

/** A password that is strong enough for an account. */
export const goodPassword = 'plum orbit kettle granite';

/** What opens the recovery key of an instance that was made ready. */
export const readyMasterPassword = 'quartz lemon tundra 4 violin osprey';

/** The instance, its server, and people who are signed in. */
export interface ConsoleSite {
  folder: string;
  app: App;
  desk: RunDesk;
  server: FastifyInstance;
  /** Bugs that were reported; tests expect none. */
  bugs: unknown[];
  /** The cookie of an account with this role, made on the first call. */
  cookieOf(role: Role): Promise<string>;
}

/** Opens an instance whose system job protects one small folder. Everything ends with the test. */
export async function consoleSite(
  context: TestContext,
  options: { consoleFolder?: string; clock?: Clock } = {},
): Promise<ConsoleSite> {
  const folder = await temporaryFolder(context);
  const { clock, ...served } = options;
  const app = openApp(join(folder, 'home'), clock);
  const stop = new AbortController();
  const desk = openRunDesk(app, stop.signal);
  const bugs: unknown[] = [];
  const system = findJob(app.store, 'system');
  if (system.kind === 'system') {
    const plan = { folders: [join(folder, 'source')], excludes: [], commands: [] };
    saveJob(app.store, { ...system, destinations: [], plan });
  }
  for (const job of listJobs(app.store)) saveJob(app.store, { ...job, destinations: [] });
  const server = buildServer(
    { app, desk, costs: cheapHashes, reportBug: (error) => bugs.push(error), ...served },
    () => 'http://127.0.0.1:7420',
  );
  context.after(async () => {
    stop.abort();
    await desk.close();
    await server.close();
    app.close();
  });
  const cookies = new Map<Role, string>();
  return {
    folder,
    app,
    desk,
    server,
    bugs,
    async cookieOf(role) {
      const known = cookies.get(role);
      if (known !== undefined) return known;
      const site = { ...app, costs: cheapHashes };
      await setPassword(site, addAccount(site, `the-${role}`, role), new SecretString(goodPassword));
      const account = findAccount(app.store, `the-${role}`);
      const cookie = `orbit=${startSignIn(site, account, { address: '127.0.0.1', agent: 'test' }).reveal()}`;
      cookies.set(role, cookie);
      return cookie;
    },
  };
}

/** Makes the recovery key, a folder destination `local` (unless they are kept as they are), and something to protect. */
export async function makeReady(
  { app, folder }: Pick<ConsoleSite, 'app' | 'folder'>,
  options: { keepDestinations?: boolean } = {},
): Promise<void> {
  await mkdir(join(folder, 'source'), { recursive: true });
  await writeFile(join(folder, 'source', 'vault.conf'), 'listen = 127.0.0.1\n');
  const masterPassword = new SecretString(readyMasterPassword);
  await startCeremony({ ...app, workFactor: 10 }, { masterPassword });
  if (options.keepDestinations === true) return;
  const config = { path: join(folder, 'copies') };
  await prepareDestination(app, addDestination(app.store, app.instanceKey, { name: 'local', kind: 'folder', config }));
  for (const job of listJobs(app.store)) saveJob(app.store, { ...job, destinations: ['local'] });
}

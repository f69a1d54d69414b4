// The service as the command line runs it: scheduler, API and console, a clean end.
import { readFileSync } from 'node:fs';
import { isSetUp, makeLink } from '../accounts/account-link.ts';
import { endExpiredSignIns } from '../accounts/sign-in.ts';
import { tellCertificate } from '../api/own-certificate.ts';
import { startServer } from '../api/server.ts';
import { writeMetrics } from '../api/metrics-file.ts';
import { ownCertificate } from '../api/own-certificate.ts';
import type { App } from '../app.ts';
import type { OrbitEvent } from '../base/event.ts';
import { isFailure } from '../base/failure.ts';
import { type Language, languageOf } from '../base/language.ts';
import { tellCustody } from '../jobs/custody-watch.ts';
import { tellDataTrouble } from '../jobs/data-watch.ts';
import { watchDestinations } from '../jobs/destination-watch.ts';
import { holdDueDrills, tellOverdueDrills } from '../jobs/drill-schedule.ts';
import { deliverOwedKeys } from '../jobs/key-delivery.ts';
import { findMaintenance, watchMaintenance } from '../jobs/maintenance.ts';
import { noteServiceLives, tellMissed, tellServiceStart, tellServiceStop } from '../jobs/service-life.ts';
import { tellStanding } from '../jobs/standing-watch.ts';
import { openRunDesk, runScheduled } from '../jobs/run-desk.ts';
import { runScheduler } from '../jobs/scheduler.ts';
import { watchVault } from '../jobs/vault-watch.ts';
import { copyDaily } from '../store/database-copy.ts';
import { startCourier } from '../notify/courier.ts';
import type { CliContext } from './context.ts';
import { drillLine } from './drill-view.ts';
import { goGently } from './gentle.ts';
import { printFailure, printLine } from './output.ts';
import { runLines } from './run-view.ts';
import { usageFailure } from './usage.ts';

/** Where and how to serve. */
export interface ServeOptions {
  listen: string;
  /** Files in PEM. */
  certificate?: string;
  certificateKey?: string;
  /** Make a certificate where none is given. */
  tls?: boolean;
  stateFor?: string[];
  metricsFile?: string;
  /** Seconds between two looks at the destinations. */
  lookEvery?: string;
  /** Do not let others have processor and disk first. */
  fullSpeed?: boolean;
}

/** Serves until the context's signal is aborted, then ends what runs and returns. */
export async function serve(context: CliContext, app: App, options: ServeOptions): Promise<void> {
  const { signal } = context;
  const lookEveryMs = lookEvery(options.lookEvery) * 1000;
  if (options.fullSpeed !== true) await goGently();
  const stop = new AbortController();
  const over = AbortSignal.any([signal, stop.signal]);
  const courier = startCourier(app.notifier, { signal: over });
  const surroundings = { ...app, tell: (event: OrbitEvent) => courier.notify(event) };
  const desk = openRunDesk(surroundings, over);
  try {
    const own = options.tls === true ? await ownCertificate(context.home, app.clock) : undefined;
    const tls = tlsFiles(options) ?? own;
    const { server, address } = await startServer(options.listen, {
      app: surroundings,
      desk,
      ...(options.stateFor === undefined ? {} : { stateFor: options.stateFor }),
      ...(tls === undefined ? {} : { tls }),
      reportBug: (error) => context.stderr.write(`orbit: ${error instanceof Error ? error.stack : String(error)}\n`),
    });
    tellServiceStart(surroundings, address);
    const catchUp = (): void => {
      void desk.catchUp().then((runs) => runs.flatMap(runLines).forEach((line) => printLine(context, line)));
    };
    const watches = [
      watchDestinations(surroundings, over, { onBack: catchUp, everyMs: lookEveryMs }),
      watchVault(surroundings, desk, over),
    ];
    try {
      for (const line of greeting(app, address, languageOf(context.env))) printLine(context, line);
      if (own !== undefined) printLine(context, `Its certificate is its own; SHA-256 fingerprint ${own.fingerprint}`);
      printLine(context, `Orbit is running: ${address}/health answers. Ctrl-C stops it.`);
      await runScheduler({
        store: app.store,
        clock: app.clock,
        signal,
        isPaused: () => findMaintenance(surroundings) !== undefined,
        onMissed: (job, dueAt) => tellMissed(surroundings, job, dueAt),
        runJob: async (job) => {
          const run = await runScheduled(desk, job);
          if (run !== undefined) for (const line of runLines(run)) printLine(context, line);
        },
        afterJobs: async (signal) => {
          // Not waited for: a slow destination's catch-up must not keep the next job from its hour.
          if (findMaintenance(surroundings) === undefined) catchUp();
          await housekeeping(context, surroundings, tls?.cert, signal);
          if (options.metricsFile !== undefined) await writeMetrics(surroundings, options.metricsFile);
        },
      });
    } finally {
      tellServiceStop(surroundings);
      stop.abort();
      await Promise.all([...watches, desk.close(), server.close()]);
    }
  } finally {
    stop.abort();
    await courier.done;
  }
  printLine(context, 'Orbit has stopped.');
}

function lookEvery(text = '60'): number {
  const seconds = Number(text);
  if (/^\d+$/.test(text) && seconds >= 1 && seconds <= 3600) return seconds;
  throw usageFailure(`--look-every ${text} is not a whole number from 1 to 3600`, 'Without it, every 60 seconds.');
}

// Keys that a place still lacks, drills that are due, and reminders. What fails here is printed and told; it never ends the service.
async function housekeeping(
  context: CliContext,
  surroundings: App,
  certificate: Buffer | undefined,
  signal: AbortSignal,
): Promise<void> {
  try {
    await deliverOwedKeys(surroundings, { signal });
    for (const { report } of await holdDueDrills(surroundings, { signal })) printLine(context, drillLine(report));
  } catch (error) {
    if (signal.aborted) return;
    if (!isFailure(error)) throw error;
    printFailure(context, error);
  }
  tellOverdueDrills(surroundings);
  watchMaintenance(surroundings);
  tellStanding(surroundings);
  tellDataTrouble(surroundings);
  if (certificate !== undefined) tellCertificate(surroundings, certificate);
  endExpiredSignIns(surroundings);
  noteServiceLives(surroundings);
  await copyDaily(surroundings.store.database, surroundings.home, surroundings.clock);
  tellCustody(surroundings);
}

// While nobody can sign in, every start prints a fresh link; the ones before end with it.
function greeting(app: App, address: string, language: Language): string[] {
  if (isSetUp(app.store)) return [`${text.console[language]} ${address}/`];
  return [text.setUp[language], '', `    ${address}/setup#${makeLink(app).reveal()}`, ''];
}

const text = {
  console: { en: 'The console:', pt: 'O console:' },
  setUp: {
    en: 'Open the console and make your account. The link works once, for a day:',
    pt: 'Abra o console e crie sua conta. O link vale uma vez, por um dia:',
  },
};

function tlsFiles({ certificate, certificateKey }: ServeOptions): { cert: Buffer; key: Buffer } | undefined {
  if (certificate === undefined && certificateKey === undefined) return undefined;
  if (certificate === undefined || certificateKey === undefined) {
    throw usageFailure('--certificate and --certificate-key belong together', 'Give both, as files in PEM.');
  }
  const read = (file: string): Buffer => {
    try {
      return readFileSync(file);
    } catch {
      throw usageFailure(`the file ${file} cannot be read`, 'Check its name and that you may read it.');
    }
  };
  return { cert: read(certificate), key: read(certificateKey) };
}

// The service as the command line runs it: scheduler, API and console, a clean end.
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
import { renewDueLocks } from '../jobs/lock-renewal.ts';
import { findMaintenance, watchMaintenance } from '../jobs/maintenance.ts';
import { noteServiceLives, tellMissed, tellServiceStart, tellServiceStop } from '../jobs/service-life.ts';
import { verifyDue } from '../jobs/verification.ts';
import { tellStanding } from '../jobs/standing-watch.ts';
import { openRunDesk, runScheduled } from '../jobs/run-desk.ts';
import { runScheduler } from '../jobs/scheduler.ts';
import { watchVault } from '../jobs/vault-watch.ts';
import { sendDueReports } from '../reports/send-report.ts';
import { copyDaily } from '../store/database-copy.ts';
import { startCourier } from '../notify/courier.ts';
import { endSilent } from '../notify/incidents.ts';
import type { CliContext } from './context.ts';
import { drillLine } from './drill-view.ts';
import { goGently } from './gentle.ts';
import { verificationLine } from './backup-verify.ts';
import { printFailure, printLine } from './output.ts';
import { renewalLine } from './renew-locks.ts';
import { reportLine } from './report-view.ts';
import { runLines } from './run-view.ts';
import { type ServeOptions, lookEverySeconds, tlsFiles } from './serve-options.ts';

/** Serves until the context's signal is aborted, then ends what runs and returns. */
export async function serve(context: CliContext, app: App, options: ServeOptions): Promise<void> {
  const { signal } = context;
  const lookEveryMs = lookEverySeconds(options) * 1000;
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
      reportBug: (error) => reportBug(context, error),
    });
    tellServiceStart(surroundings, address);
    const catchUp = (): void => {
      desk
        .catchUp()
        .then((runs) => runs.flatMap(runLines).forEach((line) => printLine(context, line)))
        .catch((error: unknown) => reportBug(context, error));
    };
    const verifying = background(() => verifyAll(context, surroundings, over));
    const renewing = background(() => renewAll(context, surroundings, over));
    const reporting = background(() => reportAll(context, surroundings, over));
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
          // None is waited for: what a slow destination or mail server needs must not keep the next job from its hour.
          reporting.start();
          if (findMaintenance(surroundings) === undefined) {
            catchUp();
            verifying.start();
            renewing.start();
          }
          await housekeeping(context, surroundings, tls?.cert, signal);
          if (options.metricsFile !== undefined) await writeMetrics(surroundings, options.metricsFile);
        },
      });
    } finally {
      tellServiceStop(surroundings);
      stop.abort();
      await Promise.all([
        ...watches,
        verifying.done(),
        renewing.done(),
        reporting.done(),
        desk.close(),
        server.close(),
      ]);
    }
  } finally {
    stop.abort();
    await courier.done;
  }
  printLine(context, 'Orbit has stopped.');
}

// One at a time of each: a start while it still goes is none.
function background(work: () => Promise<void>): { start(): void; done(): Promise<void> | undefined } {
  let going: Promise<void> | undefined;
  return {
    start() {
      going ??= work().finally(() => (going = undefined));
    },
    done: () => going,
  };
}

// What fails is kept and told by the renewal itself.
async function renewAll(context: CliContext, surroundings: App, signal: AbortSignal): Promise<void> {
  try {
    for (const renewal of await renewDueLocks(surroundings, { signal })) printLine(context, renewalLine(renewal));
  } catch (error) {
    if (!signal.aborted) reportBug(context, error);
  }
}

// Reading back takes as long as the place needs; no job waits for it, and it waits for no job.
async function verifyAll(context: CliContext, surroundings: App, signal: AbortSignal): Promise<void> {
  try {
    for (const status of await verifyDue(surroundings, { signal })) printLine(context, verificationLine(status));
  } catch (error) {
    if (signal.aborted) return;
    if (isFailure(error)) printFailure(context, error);
    else reportBug(context, error);
  }
}

async function reportAll(context: CliContext, surroundings: App, signal: AbortSignal): Promise<void> {
  try {
    for (const done of await sendDueReports(surroundings, { signal })) printLine(context, reportLine(done));
  } catch (error) {
    if (!signal.aborted) reportBug(context, error);
  }
}

// A mistake of ours in something that goes on beside the jobs must not end the service.
function reportBug({ stderr }: CliContext, error: unknown): void {
  stderr.write(`orbit: ${error instanceof Error ? error.stack : String(error)}\n`);
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
  endSilent(surroundings);
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

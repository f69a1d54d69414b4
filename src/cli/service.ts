// The service as the command line runs it: scheduler, health endpoint, a clean end.
import { startServer } from '../api/server.ts';
import type { App } from '../app.ts';
import type { OrbitEvent } from '../base/event.ts';
import { isFailure } from '../base/failure.ts';
import { tellCustody } from '../jobs/custody-watch.ts';
import { watchDestinations } from '../jobs/destination-watch.ts';
import { holdDueDrills, tellOverdueDrills } from '../jobs/drill-schedule.ts';
import { runJob } from '../jobs/runner.ts';
import { runScheduler } from '../jobs/scheduler.ts';
import { startCourier } from '../notify/courier.ts';
import type { CliContext } from './context.ts';
import { drillLine } from './drill-view.ts';
import { printFailure, printLine } from './output.ts';
import { runLines } from './run-view.ts';

/** Serves until the context's signal is aborted, then ends what runs and returns. */
export async function serve(context: CliContext, app: App, listen: string): Promise<void> {
  const { server, address } = await startServer(listen, app);
  const { signal } = context;
  const courier = startCourier(app.notifier, { signal });
  const surroundings = { ...app, tell: (event: OrbitEvent) => courier.notify(event) };
  const watch = watchDestinations(surroundings, signal);
  try {
    printLine(context, `Orbit is running: ${address}/health answers. Ctrl-C stops it.`);
    await runScheduler({
      store: app.store,
      clock: app.clock,
      signal,
      runJob: async (job, signal) => {
        const run = await runJob(surroundings, job, { startedBy: 'schedule', signal });
        for (const line of runLines(run)) printLine(context, line);
      },
      afterJobs: (signal) => housekeeping(context, surroundings, signal),
    });
  } finally {
    await Promise.all([watch, courier.done, server.close()]);
  }
  printLine(context, 'Orbit has stopped.');
}

// Drills that are due, and reminders. What fails here is printed and told; it never ends the service.
async function housekeeping(context: CliContext, surroundings: App, signal: AbortSignal): Promise<void> {
  try {
    for (const { report } of await holdDueDrills(surroundings, { signal })) printLine(context, drillLine(report));
  } catch (error) {
    if (signal.aborted) return;
    if (!isFailure(error)) throw error;
    printFailure(context, error);
  }
  tellOverdueDrills(surroundings);
  tellCustody(surroundings);
}

// The service as the command line runs it: scheduler, health endpoint, a clean end.
import { startServer } from '../api/server.ts';
import type { App } from '../app.ts';
import { runJob } from '../jobs/runner.ts';
import { runScheduler } from '../jobs/scheduler.ts';
import type { CliContext } from './context.ts';
import { printLine } from './output.ts';
import { runLines } from './run-view.ts';

/** Serves until the context's signal is aborted, then ends what runs and returns. */
export async function serve(context: CliContext, app: App, listen: string): Promise<void> {
  const { server, address } = await startServer(listen, app);
  try {
    printLine(context, `Orbit is running: ${address}/health answers. Ctrl-C stops it.`);
    await runScheduler({
      store: app.store,
      clock: app.clock,
      signal: context.signal,
      runJob: async (job, signal) => {
        const run = await runJob(app, job, { startedBy: 'schedule', signal });
        for (const line of runLines(run)) printLine(context, line);
      },
    });
    printLine(context, 'Orbit has stopped.');
  } finally {
    await server.close();
  }
}

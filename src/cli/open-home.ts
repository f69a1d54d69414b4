// Opens the data folder for a command, and closes it whatever happens.
import { type App, openApp } from '../app.ts';
import type { CliContext } from './context.ts';

/** Runs `work` with the instance of the data folder open; the first use makes it. */
export async function withHome<Result>(
  context: CliContext,
  work: (app: App) => Result | Promise<Result>,
): Promise<Result> {
  const app = openApp(context.home);
  try {
    return await work(app);
  } finally {
    app.close();
  }
}

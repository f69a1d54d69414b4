// Tells events from commands that work without a data folder, where there is one.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { OrbitEvent } from '../base/event.ts';
import type { CliContext } from './context.ts';

/**
 * Tells events through the instance of the data folder, when there is one; the service beside us delivers them. Never
 * throws: on the worst day the database may be broken, and that must not stand between people and their kit. For the
 * same reason what needs the database is loaded only here.
 */
export async function tellHome(context: CliContext, events: () => OrbitEvent[]): Promise<void> {
  if (!existsSync(join(context.home, 'orbit.db'))) return;
  try {
    const { openApp } = await import('../app.ts');
    const app = openApp(context.home);
    try {
      for (const event of events()) app.tell(event);
    } finally {
      app.close();
    }
  } catch (error) {
    context.stderr.write(
      `orbit: nobody could be told of this: ${error instanceof Error ? error.message : String(error)}\n`,
    );
  }
}

/** Runs `work` with a way to tell events at home, and waits until all of them are told. */
export async function tellingHome<Result>(
  context: CliContext,
  work: (tell: (event: OrbitEvent) => void) => Promise<Result>,
): Promise<Result> {
  let told: Promise<void> = Promise.resolve();
  try {
    return await work((event) => {
      told = told.then(() => tellHome(context, () => [event]));
    });
  } finally {
    await told;
  }
}

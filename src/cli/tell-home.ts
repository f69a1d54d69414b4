// Tells events from commands that work without a data folder, where there is one.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openApp } from '../app.ts';
import type { OrbitEvent } from '../base/event.ts';
import type { CliContext } from './context.ts';

/**
 * Tells events through the instance of the data folder, when there is one; the service beside us delivers them. Never
 * throws: on the worst day the database may be broken, and that must not stand between people and their kit.
 */
export function tellHome(context: CliContext, events: () => OrbitEvent[]): void {
  if (!existsSync(join(context.home, 'orbit.db'))) return;
  try {
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

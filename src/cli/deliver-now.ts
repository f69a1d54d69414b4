// After a command that told something: where no service runs beside us, the messages go out now.
import type { App } from '../app.ts';
import type { CliContext } from './context.ts';

const withinMs = 20_000;

/** Delivers what waits, for a while; what cannot be delivered is kept and sent later. */
export async function deliverNow(context: CliContext, app: Pick<App, 'notifier'>): Promise<void> {
  await app.notifier.deliver({ signal: AbortSignal.any([context.signal, AbortSignal.timeout(withinMs)]) });
}

// Keeps delivering while the service runs: at once when something is queued, and again when a retry or digest is due.
import type { OrbitEvent } from '../base/event.ts';
import type { Operation } from '../base/operation.ts';
import type { DeliverySummary, Notifier } from './notifier.ts';

/** Delivers in the background. */
export interface Courier {
  /** Queues the event and wakes the courier. */
  notify(event: OrbitEvent): void;
  /** Resolves when the signal has stopped it and what was under way has ended. Rejects only on a bug. */
  done: Promise<void>;
}

// Other processes of ours queue into the same store, and nobody wakes us for those.
const lookEveryMs = 5_000;

/** Starts a courier that works until `signal` is aborted. `report` gets the summary of each delivery that did something. */
export function startCourier(
  notifier: Notifier,
  operation: Operation<DeliverySummary> & { signal: AbortSignal },
): Courier {
  const { signal, report } = operation;
  let wake: () => void = () => {};
  let isWoken = false;
  const wakeUp = (): void => {
    isWoken = true;
    wake();
  };
  signal.addEventListener('abort', wakeUp, { once: true });
  const work = async (): Promise<void> => {
    while (!signal.aborted) {
      isWoken = false;
      const summary = await notifier.deliver({ signal });
      if (summary.delivered + summary.failed + summary.dropped > 0) report?.(summary);
      if (isWoken || signal.aborted) continue;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, lookEveryMs);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  };
  return {
    notify(event) {
      notifier.notify(event);
      wakeUp();
    },
    done: work(),
  };
}

// Drills that a person asks for from the page: held one after the other, watched step by step.
import { Failure } from '../base/failure.ts';
import type { DrillStep } from '../breakglass/drills/drill-report.ts';
import { type DrillTarget, drillTargets, holdDrill } from './drill.ts';
import type { RunSurroundings } from './surroundings.ts';

/** A drill that goes on now, or waits for its turn. */
export interface LiveDrill {
  kind: DrillTarget['kind'];
  destination: string;
  askedAt: string;
  isWaiting: boolean;
  steps: DrillStep[];
}

/** Holds drills in the background. Their ends are kept and told as those of scheduled ones. */
export class DrillDesk {
  readonly #surroundings: RunSurroundings;
  readonly #reportBug: (error: unknown) => void;
  readonly #live: LiveDrill[] = [];
  readonly #stop = new AbortController();
  #last: Promise<void> = Promise.resolve();

  constructor(surroundings: RunSurroundings, reportBug: (error: unknown) => void) {
    this.#surroundings = surroundings;
    this.#reportBug = reportBug;
  }

  /** Asks for the drill of one kind at one destination. @throws Failure `drill.nothing-to-test`, `drill.going-on`. */
  start(kind: DrillTarget['kind'], destination: string): LiveDrill {
    const wanted = { kinds: [kind], destinations: [destination] };
    const [target] = drillTargets(this.#surroundings.store, wanted);
    if (target === undefined) {
      throw new Failure('drill.nothing-to-test', {
        message: `no job brings a ${kind} backup to '${destination}'`,
        hint: 'Choose a destination that keeps one.',
      });
    }
    if (this.#live.some((each) => each.kind === kind && each.destination === destination)) {
      throw new Failure('drill.going-on', {
        message: `a drill of the ${kind} backup at '${destination}' goes on already`,
        hint: 'Wait for its report.',
      });
    }
    const askedAt = this.#surroundings.clock.now().toISOString();
    const live: LiveDrill = { kind, destination, askedAt, isWaiting: true, steps: [] };
    this.#live.push(live);
    this.#last = this.#last.then(() => this.#hold(target, live));
    return live;
  }

  live(): LiveDrill[] {
    return this.#live;
  }

  /** Stops what goes on and waits for it. A drill that is stopped leaves no report. */
  async close(): Promise<void> {
    this.#stop.abort(new DOMException('Orbit is stopping', 'AbortError'));
    await this.#last;
  }

  async #hold(target: DrillTarget, live: LiveDrill): Promise<void> {
    const { signal } = this.#stop;
    try {
      if (signal.aborted) return;
      live.isWaiting = false;
      const report = (step: DrillStep): void => void live.steps.push(step);
      await holdDrill(this.#surroundings, target, { startedBy: 'person', signal, report });
    } catch (error) {
      if (!signal.aborted) this.#reportBug(error);
    } finally {
      this.#live.splice(this.#live.indexOf(live), 1);
    }
  }
}

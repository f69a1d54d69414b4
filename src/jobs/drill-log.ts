// Notes the steps of a drill as they go: what each found, how long it took, and the failure that ended the drill.
import type { Note } from '../base/note.ts';
import type { DrillReport, DrillStep, SampledFile, StepName } from '../breakglass/drills/drill-report.ts';
import { keptFailure } from './run.ts';

type Facts = DrillStep['facts'];

/** What a step may note while it works. */
export interface StepNotes {
  facts: Facts;
  notes: DrillStep['notes'];
}

/** What a drill has found so far. */
export class DrillLog {
  readonly steps: DrillStep[] = [];
  readonly sample: SampledFile[] = [];
  readonly copy: Partial<Omit<DrillReport['copy'], 'destination'>> = {};
  firstReadableMs: number | undefined;
  readonly #started = performance.now();
  readonly #report: (step: DrillStep) => void;

  /** `report` hears of each step when it ends. */
  constructor(report: (step: DrillStep) => void = () => {}) {
    this.#report = report;
  }

  /** The step that failed, if one did. */
  get failed(): DrillStep | undefined {
    return this.steps.find((step) => step.result === 'failed');
  }

  /** Milliseconds since the drill began. */
  get elapsedMs(): number {
    return Math.round(performance.now() - this.#started);
  }

  /** Notes the moment from which something could be read; the first time counts. */
  readable(): void {
    this.firstReadableMs ??= this.elapsedMs;
  }

  /** Runs a step. One that throws is noted as failed, and the error goes on. */
  async step<Result>(name: StepName, work: (notes: StepNotes) => Promise<Result> | Result): Promise<Result> {
    const started = performance.now();
    const noted: StepNotes = { facts: {}, notes: [] };
    const end = (result: DrillStep['result'], failure?: DrillStep['failure']): void => {
      const durationMs = Math.round(performance.now() - started);
      this.#add({ name, result, durationMs, ...noted, ...(failure === undefined ? {} : { failure }) });
    };
    try {
      const result = await work(noted);
      end('passed');
      return result;
    } catch (error) {
      // A drill that people stop is no finding.
      if (!(error instanceof Error && error.name === 'AbortError')) end('failed', keptFailure(error));
      throw error;
    }
  }

  /** Notes a step that could not be done and need not fail the drill, and why. */
  skip(name: StepName, why: Note): void {
    this.#add({ name, result: 'skipped', durationMs: 0, facts: {}, notes: [why] });
  }

  /** Notes a failure that no step threw. */
  fail(name: StepName, error: unknown): void {
    this.#add({ name, result: 'failed', durationMs: 0, facts: {}, notes: [], failure: keptFailure(error) });
  }

  #add(step: DrillStep): void {
    const cut = (text: string): string => text.slice(0, 1000);
    const { failure } = step;
    const kept: DrillStep = {
      ...step,
      notes: step.notes.slice(0, 100).map((each) => (typeof each === 'string' ? cut(each) : each)),
      ...(failure === undefined ? {} : { failure: { ...failure, message: cut(failure.message) } }),
    };
    this.steps.push(kept);
    this.#report(kept);
  }
}

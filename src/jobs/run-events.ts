// What a run says while it goes on. Faces draw lines from it; nothing here decides anything.
import type { RunResult } from './run.ts';

/** Numbers of the work in hand. Bytes; `remainingMs` is absent until it can be estimated. */
export interface RunProgress {
  items: number;
  itemsTotal?: number;
  bytes: number;
  bytesTotal?: number;
  bytesPerSecond?: number;
  /** Bytes that this destination got. */
  sentBytes?: number;
  remainingMs?: number;
}

/** What is being done for a destination. `waiting`: for the place to come back. */
export type RunStage = 'reading' | 'sending' | 'verifying' | 'waiting';

/** An event of one run. */
export type RunEvent =
  | { type: 'started'; job: string; destination: string }
  | { type: 'stage'; job: string; destination: string; stage: RunStage }
  | { type: 'progress'; job: string; destination: string; progress: RunProgress }
  | { type: 'ended'; job: string; result: RunResult };

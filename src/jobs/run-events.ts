// What a run says while it goes on. Faces draw lines from it; nothing here decides anything.
import type { RunResult } from './run.ts';

/** Numbers of the work in hand. Bytes; `remainingMs` is absent until it can be estimated. */
export interface RunProgress {
  items: number;
  itemsTotal?: number;
  bytes: number;
  bytesTotal?: number;
  bytesPerSecond?: number;
  remainingMs?: number;
}

/** An event of one run. */
export type RunEvent =
  | { type: 'started'; job: string; destination: string }
  | { type: 'stage'; job: string; destination: string; stage: 'reading' | 'sending' | 'verifying' }
  | { type: 'progress'; job: string; destination: string; progress: RunProgress }
  | { type: 'ended'; job: string; result: RunResult };

// A thread that ends in the middle of its work, as one does that the system or its own fault takes away.
import type { Worker } from 'node:worker_threads';

/** The next thread that this process starts ends as soon as it runs. */
export function nextWorkerDies(): void {
  process.once('worker', (worker: Worker) => worker.once('online', () => void worker.terminate()));
}

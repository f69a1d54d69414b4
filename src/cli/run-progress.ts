// Shows a run while it goes on: stage, rate and remaining time on one live line.
import { formatBytes, formatCount, formatDuration } from '../base/quantities.ts';
import type { RunEvent, RunProgress } from '../jobs/run-events.ts';
import type { CliContext } from './context.ts';
import { liveLine } from './live-line.ts';

/** Draws a run's events; `end` takes the line away. */
export function watchRun(context: CliContext): { report: (event: RunEvent) => void; end: () => void } {
  const line = liveLine(context);
  return {
    report(event) {
      switch (event.type) {
        case 'started':
          line.show(`${event.job} → ${event.destination} …`);
          break;
        case 'stage':
          line.show(`${event.job} → ${event.destination}: ${event.stage} …`);
          break;
        case 'progress':
          line.show(`${event.job} → ${event.destination}: ${progressText(event.progress)}`);
          break;
        case 'ended':
          line.clear();
          break;
      }
    },
    end: () => line.clear(),
  };
}

/** `45 %  12,000 items  1.2 GiB  210 MiB/s  12 s left`; parts that are not known yet are left out. */
export function progressText(progress: RunProgress): string {
  const { items, bytes, bytesTotal, bytesPerSecond, remainingMs } = progress;
  const parts = [`${formatCount(items)} items`, formatBytes(bytes)];
  if (bytesTotal !== undefined && bytesTotal > 0) parts.unshift(`${Math.floor((100 * bytes) / bytesTotal)} %`);
  if (bytesPerSecond !== undefined) parts.push(`${formatBytes(bytesPerSecond)}/s`);
  if (remainingMs !== undefined) parts.push(`${formatDuration(remainingMs)} left`);
  return parts.join('  ');
}

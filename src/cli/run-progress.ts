// Shows a run while it goes on: stage, rate and remaining time on one live line.
import { formatBytes, formatCount, formatDuration } from '../base/quantities.ts';
import type { RunEvent, RunProgress } from '../jobs/run-events.ts';
import type { CliContext } from './context.ts';
import { liveLine } from './live-line.ts';

/** Draws a run's events; `end` takes the line away. */
export function watchRun(context: CliContext): { report: (event: RunEvent) => void; end: () => void } {
  const line = liveLine(context);
  const doing = new Map<string, string>();
  return {
    report(event) {
      if (event.type === 'ended') doing.delete(event.result.destination);
      else if (event.type === 'progress') doing.set(event.destination, progressText(event.progress));
      else doing.set(event.destination, event.type === 'stage' ? `${event.stage} …` : '…');
      if (doing.size === 0) line.clear();
      else line.show(`${event.job} → ${together(doing)}`);
    },
    end: () => line.clear(),
  };
}

// Destinations that one reading feeds are at the same place: `a, b: 45 %  …`; others are named by themselves.
function together(doing: ReadonlyMap<string, string>): string {
  const named = new Map<string, string[]>();
  for (const [destination, text] of doing) named.set(text, [...(named.get(text) ?? []), destination]);
  return [...named].map(([text, destinations]) => `${destinations.join(', ')}: ${text}`).join(' | ');
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

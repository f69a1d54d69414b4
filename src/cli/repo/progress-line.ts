// One line on the terminal that says how far a backup or a restore is. Nothing is drawn where nobody watches.
import { formatBytes, formatCount, formatDuration } from '../../base/quantities.ts';
import { foldProgress, type Progress, type ProgressEvent, startProgress } from '../../engine/backup/progress.ts';
import type { CliContext } from '../context.ts';

const drawEveryMs = 100;

/** Draws events as they come; `say` prints a line that stays. */
export interface ProgressLine {
  report(event: ProgressEvent | { type: string }): void;
  say(line: string): void;
  end(): Progress;
}

/** Starts the line. */
export function progressLine(context: CliContext, isQuiet: boolean): ProgressLine {
  const isDrawn = context.isTerminal && !isQuiet;
  let progress = startProgress(performance.now());
  let drawnAt = 0;
  const clear = (): void => {
    if (drawnAt > 0) context.stderr.write('\r\x1b[K');
  };
  return {
    report(event) {
      const now = performance.now();
      progress = foldProgress(progress, event, now);
      if (!isDrawn || now - drawnAt < drawEveryMs) return;
      drawnAt = now;
      const { columns = 80 } = context.stderr as { columns?: number };
      context.stderr.write(`\r\x1b[K${[...describe(progress)].slice(0, columns - 1).join('')}`);
    },
    say(line) {
      clear();
      context.stderr.write(`${line}\n`);
    },
    end() {
      clear();
      return progress;
    },
  };
}

function describe(progress: Progress): string {
  const { filesDone, bytesDone, bytesTotal, isCounted, skipped, bytesPerSecond, remainingMs, lastPath } = progress;
  const share = isCounted && bytesTotal > 0 ? `${Math.min(100, (bytesDone / bytesTotal) * 100).toFixed(1)} %` : '…';
  const parts = [
    formatDuration(progress.nowMs - progress.startedMs),
    share,
    `${formatCount(filesDone)} files`,
    formatBytes(bytesDone) + (bytesTotal > 0 ? ` of ${formatBytes(bytesTotal)}` : ''),
    `${formatBytes(Math.round(bytesPerSecond))}/s`,
  ];
  if (remainingMs !== undefined) parts.push(`${formatDuration(remainingMs)} left`);
  if (skipped > 0) parts.push(`${formatCount(skipped)} skipped`);
  return `${parts.join(' · ')}  ${lastPath}`;
}

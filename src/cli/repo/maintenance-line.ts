// One line on the terminal that says what forget, prune, copy or repair is doing.
import { formatBytes, formatCount } from '../../base/quantities.ts';
import type { CopyEvent } from '../../engine/maintain/copy.ts';
import type { RetentionEvent } from '../../engine/maintain/apply-retention.ts';
import type { CliContext } from '../context.ts';

const drawEveryMs = 100;

/** Draws events where a person watches; `end` wipes the line. */
export function maintenanceLine(
  context: CliContext,
  isQuiet: boolean,
): { report(event: RetentionEvent | CopyEvent): void; end(): void } {
  if (!context.isTerminal || isQuiet) return { report: () => {}, end: () => {} };
  let packs = 0;
  let bytes = 0;
  let removed = 0;
  let drawnAt = 0;
  const draw = (text: string): void => {
    const now = performance.now();
    if (now - drawnAt < drawEveryMs) return;
    drawnAt = now;
    context.stderr.write(`\r\x1b[K${text}`);
  };
  return {
    report(event) {
      if (event.type === 'trees-walked') draw(`looking what is in use: ${formatCount(event.trees)} folders`);
      else if (event.type === 'pack-carried') {
        packs += 1;
        bytes += event.bytes;
        draw(`carried ${formatBytes(bytes)} out of ${formatCount(packs)} packs`);
      } else if (event.type === 'pack-removed') {
        removed += 1;
        draw(`removed ${formatCount(removed)} packs`);
      }
    },
    end: () => {
      if (drawnAt > 0) context.stderr.write('\r\x1b[K');
    },
  };
}

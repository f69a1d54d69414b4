// One line on the terminal that changes while something long goes on. Nothing is drawn when nobody watches.
import type { CliContext } from './context.ts';

/** A line that can be drawn over, and taken away before other output. */
export interface LiveLine {
  /** Shows the text instead of the one before, at most ten times a second. */
  show(text: string): void;
  clear(): void;
}

const betweenMs = 100;

/** The live line of this terminal, or one that does nothing where standard error is no terminal. */
export function liveLine(context: CliContext): LiveLine {
  if (!context.isTerminal) return { show: () => {}, clear: () => {} };
  let shownAt = 0;
  let visible = false;
  return {
    show(text) {
      const now = performance.now();
      if (now - shownAt < betweenMs) return;
      shownAt = now;
      visible = true;
      const width = (context.stderr as { columns?: number }).columns ?? 80;
      context.stderr.write(`\r\x1b[2K${text.slice(0, width - 1)}`);
    },
    clear() {
      if (visible) context.stderr.write('\r\x1b[2K');
      visible = false;
      shownAt = 0;
    },
  };
}

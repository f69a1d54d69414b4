// Folds the events of a backup or a restore into the numbers that people watch. Pure: the time comes in.

/** The events that count, from backup and restore alike. */
export type ProgressEvent =
  | { type: 'scanned'; files: number; bytes: number; isComplete: boolean }
  | { type: 'progress'; bytes: number }
  | { type: 'file-done'; path: string; size: number; change?: 'new' | 'changed' | 'unmodified' }
  | { type: 'files-new'; files: number; bytes: number; path: string }
  | { type: 'files-unmodified'; files: number; bytes: number }
  | { type: 'file-skipped'; path: string };

/** Where an operation stands. Sizes in bytes, times in milliseconds. */
export interface Progress {
  startedMs: number;
  nowMs: number;
  filesDone: number;
  /** Bytes of files that are finished, unmodified ones included. */
  bytesDone: number;
  /** Bytes really moved. */
  bytesMoved: number;
  filesTotal: number;
  bytesTotal: number;
  /** False while the totals still grow. */
  isCounted: boolean;
  skipped: number;
  lastPath: string;
  /** Bytes moved per second over about the last ten seconds. */
  bytesPerSecond: number;
  /** Undefined until it can be told. */
  remainingMs: number | undefined;
  marks: readonly { atMs: number; moved: number; done: number }[];
}

const windowMs = 10_000;
const markEveryMs = 500;

/** The start of a count. */
export function startProgress(nowMs: number): Progress {
  return {
    startedMs: nowMs,
    nowMs,
    filesDone: 0,
    bytesDone: 0,
    bytesMoved: 0,
    filesTotal: 0,
    bytesTotal: 0,
    isCounted: false,
    skipped: 0,
    lastPath: '',
    bytesPerSecond: 0,
    remainingMs: undefined,
    marks: [{ atMs: nowMs, moved: 0, done: 0 }],
  };
}

/** The next state, in an object of its own. Events of other types change nothing. */
export function foldProgress(progress: Progress, event: ProgressEvent | { type: string }, nowMs: number): Progress {
  const next = { ...progress, nowMs };
  count(next, event as ProgressEvent);
  measure(next);
  return next;
}

function count(progress: Progress, event: ProgressEvent): void {
  switch (event.type) {
    case 'scanned':
      progress.filesTotal = event.files;
      progress.bytesTotal = event.bytes;
      progress.isCounted = event.isComplete;
      break;
    case 'progress':
      progress.bytesMoved += event.bytes;
      break;
    case 'file-done':
      progress.filesDone += 1;
      progress.bytesDone += event.size;
      progress.lastPath = event.path;
      break;
    case 'files-new':
      progress.filesDone += event.files;
      progress.bytesDone += event.bytes;
      progress.lastPath = event.path;
      break;
    case 'files-unmodified':
      progress.filesDone += event.files;
      progress.bytesDone += event.bytes;
      break;
    case 'file-skipped':
      progress.skipped += 1;
      break;
  }
}

function measure(progress: Progress): void {
  const { nowMs, bytesDone: done, bytesMoved: moved, marks } = progress;
  if (nowMs - (marks.at(-1)?.atMs ?? 0) >= markEveryMs) {
    const recent = marks.filter(({ atMs }, index) => nowMs - atMs <= windowMs || index === marks.length - 1);
    progress.marks = [...recent, { atMs: nowMs, moved, done }];
  }
  const first = progress.marks[0];
  if (first === undefined || nowMs === first.atMs) return;
  const seconds = (nowMs - first.atMs) / 1000;
  progress.bytesPerSecond = (moved - first.moved) / seconds;
  // Unmodified files pass at the speed of looking at them, so what remains is judged by bytes done, not moved.
  const pace = (done - first.done) / seconds;
  const left = progress.bytesTotal - done;
  const canTell = progress.isCounted && pace > 0 && left >= 0;
  progress.remainingMs = canTell ? (left / pace) * 1000 : undefined;
}

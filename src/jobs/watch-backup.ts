// Folds what the engine tells of one reading into progress at each destination that it feeds, and keeps the first names of
// what was left out.
import { type Note, note } from '../base/note.ts';
import type { Operation } from '../base/operation.ts';
import type { BackupEvent } from '../engine/backup/events.ts';
import { foldProgress, type Progress, startProgress } from '../engine/backup/progress.ts';
import type { Job } from './job.ts';
import type { OpenPlace } from './place.ts';
import type { RunEvent, RunProgress } from './run-events.ts';

const omissionsMax = 20;
const progressEveryMs = 100;

/** Watches one reading. */
export interface BackupWatch {
  report(event: BackupEvent): void;
  /** Progress is told for this place, too, until it is forgotten. */
  follow(place: Pick<OpenPlace, 'name' | 'meter'>): void;
  forget(name: string): void;
  omissions(): { omissions: string[]; omitted: number };
  /** What people should know of every copy. */
  notes(): Note[];
}

/** Tells `options.report` where the reading is, ten times a second at most. */
export function watchBackup(job: Pick<Job, 'name'>, options: Operation<RunEvent>): BackupWatch {
  let progress = startProgress(performance.now());
  let reportedAt = 0;
  let omitted = 0;
  const omissions: string[] = [];
  const changed: string[] = [];
  const followed = new Map<string, OpenPlace['meter']>();
  return {
    omissions: () => ({ omissions: [...omissions], omitted }),
    notes: () => changed.map((path) => note('backup.changed-while-read', { path })),
    follow: ({ name, meter }) => void followed.set(name, meter),
    forget: (name) => void followed.delete(name),
    report(event) {
      if (event.type === 'file-skipped') {
        omitted += 1;
        if (omissions.length < omissionsMax) omissions.push(`${event.path}: ${event.failure.message}`);
      }
      if (event.type === 'file-changed-while-read' && changed.length < omissionsMax) changed.push(event.path);
      const now = performance.now();
      progress = foldProgress(progress, event, now);
      if (now - reportedAt < progressEveryMs) return;
      reportedAt = now;
      for (const [destination, { sentBytes }] of followed) {
        const told = { ...progressOf(progress), sentBytes };
        options.report?.({ type: 'progress', job: job.name, destination, progress: told });
      }
    },
  };
}

function progressOf(progress: Progress): RunProgress {
  const { filesDone, filesTotal, bytesDone, bytesTotal, bytesPerSecond, isCounted, remainingMs } = progress;
  return {
    items: filesDone,
    bytes: bytesDone,
    bytesPerSecond,
    ...(isCounted ? { itemsTotal: filesTotal, bytesTotal } : {}),
    ...(remainingMs === undefined ? {} : { remainingMs }),
  };
}

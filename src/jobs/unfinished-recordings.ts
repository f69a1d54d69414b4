// Which recordings of a run wait for the next one, because somebody still writes them.
import type { BigIntStats } from 'node:fs';
import type { Clock } from '../base/clock.ts';
import { type Note, note } from '../base/note.ts';
import { filesOpenForWriting, isFinished } from '../recordings/finished.ts';
import type { PlanOf } from './job.ts';

/** Judges the files of one run, and remembers how many wait. */
export interface UnfinishedRecordings {
  isUnfinished(stat: BigIntStats): boolean;
  notes(): Note[];
}

/** Looks once at who has which recording open, and answers for every file of the run by that. */
export function unfinishedRecordings(plan: PlanOf['recordings'], clock: Clock): UnfinishedRecordings {
  const open = filesOpenForWriting(plan.folders);
  const now = clock.now();
  const waiting = new Set<string>();
  return {
    isUnfinished(stat) {
      if (!stat.isFile()) return false;
      const file = { deviceId: stat.dev, inode: stat.ino, mtimeMs: Number(stat.mtimeMs) };
      if (isFinished(file, open, now, plan.quietSeconds)) return false;
      waiting.add(`${stat.dev}:${stat.ino}`);
      return true;
    },
    notes: () => (waiting.size === 0 ? [] : [note('recordings.unfinished', { count: waiting.size })]),
  };
}

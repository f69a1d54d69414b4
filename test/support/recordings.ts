// An instance whose recordings job has a folder of real recordings and a folder as destination.
import { copyFileSync, mkdirSync, utimesSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Clock } from '../../src/base/clock.ts';
import { findJob, saveJob } from '../../src/jobs/job.ts';
import { runJob } from '../../src/jobs/runner.ts';
import type { Run } from '../../src/jobs/run.ts';
import { searchRecordings } from '../../src/recordings/catalogue/search.ts';
import { openWordKey } from '../../src/recordings/catalogue/word-key.ts';
import { type ConsoleSite, consoleSite, makeReady } from './console.ts';

const fixtures = fileURLToPath(new URL('../fixtures/recordings/', import.meta.url));

/** The instance, where its recordings lie, and a way to run the job. */
export interface RecordingsSite extends ConsoleSite {
  recordings: string;
  /** Puts a fixture at a path below the recordings, an hour old. */
  put(fixture: string, path: string): string;
  run(): Promise<Run>;
}

/** Opens an instance without any recording yet. */
export async function recordingsSite(
  context: TestContext,
  options: { consoleFolder?: string; clock?: Clock } = {},
): Promise<RecordingsSite> {
  const site = await consoleSite(context, options);
  await makeReady(site);
  const recordings = join(site.folder, 'sessions');
  mkdirSync(recordings);
  const job = findJob(site.app.store, 'recordings');
  if (job.kind === 'recordings') {
    saveJob(site.app.store, { ...job, enabled: true, plan: { folders: [recordings], quietSeconds: 60 } });
  }
  return {
    ...site,
    recordings,
    put(fixture, path) {
      const target = join(recordings, path);
      mkdirSync(dirname(target), { recursive: true });
      copyFileSync(fixtures + fixture, target);
      makeOld(target);
      return target;
    },
    run: () => runJob(site.app, findJob(site.app.store, 'recordings'), { startedBy: 'person' }),
  };
}

/** Gives a file a time an hour ago: it is finished. */
export function makeOld(path: string, agoSeconds = 3600): void {
  const time = Math.floor(Date.now() / 1000) - agoSeconds;
  utimesSync(path, time, time);
}

/** Ids of the recordings whose facts hold `text`. */
export function listRecordingIds({ app: { store, instanceKey } }: Pick<RecordingsSite, 'app'>, text: string): string[] {
  return searchRecordings(store, openWordKey(store, instanceKey), { text }).recordings.map(({ id }) => id);
}

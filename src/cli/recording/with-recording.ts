// What the commands about one recording share: who asks, the reason, the archive that is closed whatever happens.
import type { App } from '../../app.ts';
import { type ArchivedRecording, RecordingArchive } from '../../jobs/recording-archive.ts';
import { viewRecording } from '../../jobs/recording-viewing.ts';
import { findRecording } from '../../recordings/catalogue/recording.ts';
import type { ViewingKind } from '../../recordings/replay/viewing.ts';
import type { CliContext } from '../context.ts';
import { actor } from '../actor.ts';
import { deliverNow } from '../deliver-now.ts';
import { withHome } from '../open-home.ts';
import { usageFailure } from '../usage.ts';

/** Why somebody looks. */
export interface ReasonOptions {
  reason?: string;
}

/** The account that runs the command. */
export function whoRuns(): string {
  return actor().user;
}

/**
 * Writes down who looks and why, then opens the recording and hands it to `work`.
 * @throws Failure `recordings.no-reason`, `approvals.waiting`, and what opening it throws
 */
export async function withRecording(
  context: CliContext,
  id: string,
  options: ReasonOptions,
  how: { how: ViewingKind; action?: string },
  work: (archived: ArchivedRecording, app: App) => Promise<void>,
): Promise<void> {
  if (options.reason === undefined) {
    throw usageFailure('a recording is seen for a reason', 'Give --reason TEXT, such as a ticket number; it is kept.');
  }
  const { reason } = options;
  await withHome(context, async (app) => {
    const recording = findRecording(app.store, id);
    const archive = new RecordingArchive(app);
    try {
      viewRecording(app, recording, actor(), { ...how, reason });
      await work(await archive.open(recording.id, { signal: context.signal }), app);
    } finally {
      await archive.close();
      await deliverNow(context, app);
    }
  });
}

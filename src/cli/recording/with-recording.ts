// What the commands about one recording share: who asks, the reason, the archive that is closed whatever happens.
import { userInfo } from 'node:os';
import type { App } from '../../app.ts';
import { type ArchivedRecording, RecordingArchive } from '../../jobs/recording-archive.ts';
import { findRecording } from '../../recordings/catalogue/recording.ts';
import { beginViewing, type ViewingKind } from '../../recordings/replay/viewing.ts';
import type { CliContext } from '../context.ts';
import { deliverNow } from '../deliver-now.ts';
import { withHome } from '../open-home.ts';
import { usageFailure } from '../usage.ts';

/** Why somebody looks. */
export interface ReasonOptions {
  reason?: string;
}

/** The account that runs the command. */
export function whoRuns(): string {
  return userInfo().username;
}

/**
 * Writes down who looks and why, then opens the recording and hands it to `work`.
 * @throws Failure `recordings.no-reason`, and what opening it throws
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
    beginViewing(app, recording, { name: whoRuns(), method: 'CLI' }, { ...how, reason });
    const archive = new RecordingArchive(app);
    try {
      await work(await archive.open(recording.id, { signal: context.signal }), app);
    } finally {
      await archive.close();
      await deliverNow(context, app);
    }
  });
}

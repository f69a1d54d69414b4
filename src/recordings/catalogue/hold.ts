// Legal hold: a recording that is held is never purged at its source, and retention lets no snapshot of it go.
import { orbitEvent, type ReportEvent } from '../../base/event.ts';
import type { Clock } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import type { Protection } from '../../engine/maintain/plan-forget.ts';
import type { SnapshotId } from '../../engine/ids.ts';
import type { Store } from '../../store/store.ts';

interface HoldContext {
  store: Store;
  clock: Clock;
  tell: ReportEvent;
}

/** Holds a recording, or gives its hold another reason. @throws Failure `recordings.no-reason` */
export function holdRecording({ store, clock, tell }: HoldContext, id: string, user: string, reason: string): void {
  const why = reasonOfHold(reason);
  store.database
    .prepare('INSERT OR REPLACE INTO recording_hold (id, reason, held_by, held_at) VALUES (?, ?, ?, ?)')
    .run(id, why, user, clock.now().toISOString());
  tell(orbitEvent('recording.hold-changed', { user, recording: id, action: 'held', reason: why }, clock.now()));
}

/** Lets go of a hold; false when there was none. @throws Failure `recordings.no-reason` */
export function releaseRecording(
  { store, clock, tell }: HoldContext,
  id: string,
  user: string,
  reason: string,
): boolean {
  const why = reasonOfHold(reason);
  const { changes } = store.database.prepare('DELETE FROM recording_hold WHERE id = ?').run(id);
  if (Number(changes) === 0) return false;
  tell(orbitEvent('recording.hold-changed', { user, recording: id, action: 'released', reason: why }, clock.now()));
  return true;
}

/** Snapshots (at one destination, or anywhere) that must stay, because a recording that is held is in them. */
export function heldSnapshots(store: Store, destination?: string): Protection[] {
  return store.database
    .prepare(
      `SELECT snapshot, min(recording.id) AS id FROM recording_hold AS hold
       CROSS JOIN recording ON recording.id = hold.id CROSS JOIN recording_copy AS copy ON copy.recording = recording.number
       WHERE destination = coalesce(?, destination) GROUP BY snapshot`,
    )
    .all(destination ?? null)
    .map((row) => ({
      snapshot: String(row['snapshot']) as SnapshotId,
      reason: `legal hold of recording ${String(row['id'])}`,
    }));
}

/** The reason as it is kept. @throws Failure `recordings.no-reason` */
export function reasonOfHold(reason: string): string {
  const why = reason.trim();
  if (why.length >= 3 && why.length <= 1000) return why;
  throw new Failure('recordings.no-reason', {
    message: 'a hold begins and ends with a reason of 3 to 1000 characters',
    hint: 'Say what it is for, such as the number of a case.',
  });
}

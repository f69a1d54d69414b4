// Recordings that leave by the folders of a backup instead of one by one: the same reason, the same approval, the same record.
import { type ApprovalPerson, type ApprovalSite, requireApproval } from '../accounts/approval.ts';
import { orbitEvent } from '../base/event.ts';
import { reasonOfViewing } from '../recordings/replay/viewing.ts';

/** What somebody takes out of a backup of recordings, and why. */
export interface Taking {
  destination: string;
  snapshot: string;
  /** As people see it. */
  path: string;
  reason: string;
}

/** A taking that may begin. */
export interface PermittedTaking extends Taking {
  by: ApprovalPerson;
  approval?: string;
  approvedBy?: string;
}

/** Asks for the approval where one is needed. @throws Failure `recordings.no-reason`, `approvals.waiting` */
export function permitTaking(site: ApprovalSite, taking: Taking, by: ApprovalPerson): PermittedTaking {
  const reason = reasonOfViewing(taking.reason);
  const { path, snapshot, destination } = taking;
  const subject = `${path} (${snapshot.slice(0, 8)} at ${destination})`.slice(0, 1000);
  const approval = requireApproval(site, { action: 'recording.view', subject, detail: reason }, by);
  return {
    ...taking,
    reason,
    by,
    ...(approval === undefined ? {} : { approval: approval.id, approvedBy: approval.decidedBy ?? '' }),
  };
}

/** What of it the catalogue knows: a file by the digest of its content, a folder by its raw path, one character a byte, without a slash behind it. */
export type TakenEntry = { content: string } | { path: string };

/** Writes it down with every recording that it holds, and tells it: before the first byte is read. */
export function recordTaking(site: ApprovalSite, taking: PermittedTaking, entry: TakenEntry): void {
  const { destination, snapshot, path, reason, by, approval, approvedBy } = taking;
  const now = site.clock.now();
  const [which, values] = whichOf(entry);
  const { changes } = site.store.database
    .prepare(
      `INSERT INTO recording_viewing (id, recording, viewer, role, address, how, reason, started_at, ends_at, approval, approved_by)
       SELECT lower(hex(randomblob(16))), recording.id, ?, ?, ?, 'export', ?, ?, ?, ?, ?
       FROM recording_copy AS copy JOIN recording ON recording.number = copy.recording WHERE destination = ? AND ${which}`,
    )
    .run(
      by.user,
      by.role ?? null,
      by.address ?? null,
      `${reason} (${path.slice(0, 500)}, ${snapshot.slice(0, 8)} at ${destination})`,
      now.toISOString(),
      // Nothing is shown under it afterwards: what was asked for is sent at once.
      now.toISOString(),
      approval ?? null,
      approvedBy ?? null,
      destination,
      ...values,
    );
  const facts = { ...by, path, snapshot, destination, reason, files: Number(changes), approvedBy };
  site.tell(orbitEvent('recording.folder-taken', facts, now));
}

function whichOf(entry: TakenEntry): [condition: string, values: string[]] {
  if ('content' in entry) return ['content = ?', [entry.content]];
  // What begins with the folder and a slash: the character after a slash ends the stretch.
  return ['(copy.path = ? OR (copy.path >= ? AND copy.path < ?))', [entry.path, `${entry.path}/`, `${entry.path}0`]];
}

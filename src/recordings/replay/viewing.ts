// Who watches what, and why: written down and told before the first byte is read. Every way to a recording's content begins here.
import { randomUUID } from 'node:crypto';
import { orbitEvent, type ReportEvent } from '../../base/event.ts';
import type { Clock } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import type { Store } from '../../store/store.ts';
import type { Recording } from '../catalogue/recording.ts';

/** Watching, taking out as a file, or taking out as a page that plays without Orbit. */
export type ViewingKind = 'play' | 'export' | 'package';

/** Somebody who wants to see a recording. */
export interface Viewer {
  name: string;
  role?: string;
  address?: string;
  /** `CLI` or the HTTP method. */
  method?: string;
}

/** A viewing. Its id is what the content is asked for with. */
export interface Viewing {
  id: string;
  recording: string;
  viewer: string;
  how: ViewingKind;
  reason: string;
  startedAt: string;
  /** After this nothing more is shown: whoever comes back gives a reason anew. */
  endsAt: string;
  approvedBy?: string;
}

/** What a second person allowed: the viewing ends with it. */
export interface ViewingPermit {
  approval: string;
  approvedBy: string;
  expiresAt: string;
}

/** How somebody looks, and why. `permit` is undefined where nobody has to approve. */
export interface ViewingRequest {
  how: ViewingKind;
  reason: string;
  /** For the audit trail: in which form it is taken out. */
  action?: string;
  permit: ViewingPermit | undefined;
}

const reasonLength = { min: 3, max: 1000 };
// Long enough for a long film.
const viewingMs = 12 * 3_600_000;

/** The reason as it is kept. @throws Failure `recordings.no-reason` */
export function reasonOfViewing(reason: string): string {
  const why = reason.trim();
  if (why.length >= reasonLength.min && why.length <= reasonLength.max) return why;
  throw new Failure('recordings.no-reason', {
    message: `a reason of ${reasonLength.min} to ${reasonLength.max} characters is needed to see a recording`,
    hint: 'Say what it is for, such as a ticket number; it is kept with your name.',
  });
}

/** Begins a viewing. Whether it needs approval is asked before: see jobs/recording-viewing. @throws Failure `recordings.no-reason` */
export function beginViewing(
  { store, clock, tell }: { store: Store; clock: Clock; tell: ReportEvent },
  recording: Recording,
  viewer: Viewer,
  { how, reason, action, permit }: ViewingRequest,
): Viewing {
  const why = reasonOfViewing(reason);
  const now = clock.now();
  const longest = new Date(now.getTime() + viewingMs).toISOString();
  const viewing: Viewing = {
    id: randomUUID(),
    recording: recording.id,
    viewer: viewer.name,
    how,
    reason: why,
    startedAt: now.toISOString(),
    endsAt: permit === undefined || permit.expiresAt > longest ? longest : permit.expiresAt,
    ...(permit === undefined ? {} : { approvedBy: permit.approvedBy }),
  };
  store.database
    .prepare(
      `INSERT INTO recording_viewing
         (id, recording, viewer, role, address, how, reason, started_at, ends_at, approval, approved_by)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(
      viewing.id,
      viewing.recording,
      viewer.name,
      viewer.role ?? null,
      viewer.address ?? null,
      how,
      why,
      viewing.startedAt,
      viewing.endsAt,
      permit?.approval ?? null,
      permit?.approvedBy ?? null,
    );
  const facts = {
    user: viewer.name,
    recording: recording.id,
    reason: why,
    path: recording.path,
    ...(recording.target === undefined ? {} : { subject: recording.target }),
    ...(viewer.role === undefined ? {} : { role: viewer.role }),
    ...(viewer.address === undefined ? {} : { address: viewer.address }),
    ...(viewer.method === undefined ? {} : { method: viewer.method }),
    ...(permit === undefined ? {} : { approvedBy: permit.approvedBy }),
  };
  if (how === 'play') tell(orbitEvent('recording.watched', facts, now));
  else tell(orbitEvent('recording.exported', { ...facts, action: action ?? how }, now));
  return viewing;
}

/** Who has watched a recording, newest first. */
export function viewingsOf(store: Store, recording: string, limit = 50): Viewing[] {
  return store.database
    .prepare('SELECT * FROM recording_viewing WHERE recording = ? ORDER BY started_at DESC, rowid DESC LIMIT ?')
    .all(recording, limit)
    .map(viewingOf);
}

/** The viewing with this id. */
export function findViewing(store: Store, id: string): Viewing | undefined {
  const row = store.database.prepare('SELECT * FROM recording_viewing WHERE id = ?').get(id);
  return row === undefined ? undefined : viewingOf(row);
}

function viewingOf(row: Record<string, unknown>): Viewing {
  const startedAt = String(row['started_at']);
  const endsAt = row['ends_at'] ?? new Date(Date.parse(startedAt) + viewingMs).toISOString();
  return {
    id: String(row['id']),
    recording: String(row['recording']),
    viewer: String(row['viewer']),
    how: String(row['how']) as ViewingKind,
    reason: String(row['reason']),
    startedAt,
    endsAt: String(endsAt),
    ...(row['approved_by'] === null ? {} : { approvedBy: String(row['approved_by']) }),
  };
}

// The incidents of an instance: what stands, and what stood once, from when to when. Kept by what is told; nobody writes one.
import type { Clock } from '../base/clock.ts';
import type { EventId, OrbitEvent } from '../base/event.ts';
import type { Severity } from '../base/events/event-kind.ts';
import { Failure } from '../base/failure.ts';
import type { Store } from '../store/store.ts';
import { incidentRules, isEndedBy, matterOf, mayEnd } from './incident-rules.ts';

/** A trouble with its beginning and, when it is over, its end. Times are ISO. */
export interface Incident {
  id: number;
  /** The newest telling of it. */
  event: EventId;
  facts: OrbitEvent['facts'];
  severity: Severity;
  openedAt: string;
  toldAt: string;
  /** How often it was told. */
  times: number;
  resolvedAt?: string;
  /** The event that ended it, `silence`, or a person. */
  resolvedBy?: string;
  note?: string;
}

/** Which incidents. */
export interface IncidentFilter {
  state?: 'open' | 'resolved' | undefined;
  /** Open at some moment since then. ISO. */
  since?: string | undefined;
  from?: number | undefined;
  /** Default 50. */
  limit?: number | undefined;
}

const dayMs = 24 * 60 * 60_000;

/** Begins, repeats or ends what the event says. Inside the caller's transaction. */
export function noteIncident({ database }: Store, event: OrbitEvent): void {
  const at = event.at.toISOString();
  const { id, severity } = event;
  if (mayEnd(id)) {
    for (const open of database.prepare('SELECT * FROM incident WHERE resolved_at IS NULL').all().map(incidentOf)) {
      if (isEndedBy({ id: open.event, facts: open.facts }, event)) end(database, open.id, at, id);
    }
  }
  const matter = matterOf(event);
  if (matter === undefined) return;
  database
    .prepare(
      `INSERT INTO incident (matter, event, facts, severity, opened_at, told_at, times) VALUES (?, ?, ?, ?, ?, ?, 1)
       ON CONFLICT (matter) WHERE resolved_at IS NULL DO UPDATE SET event = excluded.event, facts = excluded.facts,
         severity = excluded.severity, told_at = excluded.told_at, times = times + 1`,
    )
    .run(matter, id, JSON.stringify(event.facts), severity, at, at);
}

/** Ends what ought to have been told again and was not. For every look of the service: only then is silence an answer. */
export function endSilent({ store, clock }: { store: Store; clock: Clock }): void {
  const now = clock.now();
  for (const { id, event, toldAt } of listIncidents(store, { state: 'open', limit: 10_000 })) {
    const days = incidentRules[event]?.toldEveryDays;
    if (days !== undefined && now.getTime() - Date.parse(toldAt) > 2 * days * dayMs)
      end(store.database, id, now.toISOString(), 'silence');
  }
}

/** The newest first. */
export function listIncidents({ database }: Store, filter: IncidentFilter = {}): Incident[] {
  const { where, values } = conditionsOf(filter);
  return database
    .prepare(`SELECT * FROM incident ${where} ORDER BY id DESC LIMIT ? OFFSET ?`)
    .all(...values, filter.limit ?? 50, filter.from ?? 0)
    .map(incidentOf);
}

/** How many there are. */
export function countIncidents({ database }: Store, filter: IncidentFilter = {}): number {
  const { where, values } = conditionsOf(filter);
  return Number(database.prepare(`SELECT count(*) AS count FROM incident ${where}`).get(...values)?.['count']);
}

/** A person says that it is over, and why. When it is told again, it is another incident. @throws Failure `notify.no-open-incident`. */
export function resolveIncident(
  { store, clock }: { store: Store; clock: Clock },
  id: number,
  said: { by: string; note: string },
): Incident {
  const found = store.database.prepare('SELECT * FROM incident WHERE id = ? AND resolved_at IS NULL').get(id);
  if (found === undefined) {
    throw new Failure('notify.no-open-incident', {
      message: `there is no open incident ${id}`,
      hint: 'It may have ended by itself: orbit incident list --state all.',
    });
  }
  end(store.database, id, clock.now().toISOString(), said.by, said.note);
  return incidentOf(store.database.prepare('SELECT * FROM incident WHERE id = ?').get(id) ?? found);
}

function end(database: Store['database'], id: number, at: string, by: string, note?: string): void {
  database
    .prepare('UPDATE incident SET resolved_at = ?, resolved_by = ?, note = ? WHERE id = ?')
    .run(at, by, note ?? null, id);
}

function conditionsOf({ state, since }: IncidentFilter): { where: string; values: string[] } {
  const texts = [
    ...(state === undefined ? [] : [`resolved_at IS ${state === 'open' ? 'NULL' : 'NOT NULL'}`]),
    ...(since === undefined ? [] : ['(resolved_at IS NULL OR resolved_at >= ?)']),
  ];
  const where = texts.length === 0 ? '' : `WHERE ${texts.join(' AND ')}`;
  return { where, values: since === undefined ? [] : [since] };
}

function incidentOf(row: Record<string, unknown>): Incident {
  const optional = (name: string, column: string): Record<string, string> =>
    typeof row[column] === 'string' ? { [name]: row[column] } : {};
  return {
    id: Number(row['id']),
    event: String(row['event']) as EventId,
    facts: JSON.parse(String(row['facts'])) as OrbitEvent['facts'],
    severity: String(row['severity']) as Severity,
    openedAt: String(row['opened_at']),
    toldAt: String(row['told_at']),
    times: Number(row['times']),
    ...optional('resolvedAt', 'resolved_at'),
    ...optional('resolvedBy', 'resolved_by'),
    ...optional('note', 'note'),
  };
}

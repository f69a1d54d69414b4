// What became of each sending of a report. Attempts of one turn are one entry.
import type { KeptNote } from '../base/note.ts';
import type { KeptFailure } from '../jobs/run.ts';
import type { Store } from '../store/store.ts';

/** One sending. Times are ISO. */
export interface Sending {
  /** The turn of the schedule; absent when a person asked for it. */
  dueAt?: string;
  askedBy?: string;
  firstAt: string;
  /** Of the last attempt. */
  at: string;
  attempts: number;
  rows?: number;
  bytes?: number;
  /** Those the server took it for, and those it did not. */
  recipients: string[];
  refused: string[];
  /** What really happened, in order; of earlier versions as text. */
  steps: KeptNote[];
  /** Absent when it was delivered. */
  failure?: KeptFailure;
}

const kept = 100;

/** Keeps what became of an attempt; gives the whole entry. */
export function keepSending(
  { database }: Store,
  report: string,
  { dueAt, askedBy, ...attempt }: Omit<Sending, 'firstAt' | 'attempts'>,
): Sending {
  const values = [
    attempt.at,
    attempt.rows ?? null,
    attempt.bytes ?? null,
    JSON.stringify(attempt.recipients),
    JSON.stringify(attempt.refused),
    JSON.stringify(attempt.steps),
    attempt.failure === undefined ? null : JSON.stringify(attempt.failure),
  ];
  const before =
    dueAt === undefined
      ? undefined
      : database.prepare('SELECT id FROM report_sending WHERE report = ? AND due_at = ?').get(report, dueAt);
  let id = Number(before?.['id']);
  if (before === undefined) {
    const inserted = database
      .prepare(
        `INSERT INTO report_sending (at, rows, bytes, recipients, refused, steps, failure, report, due_at, asked_by, first_at, attempts)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)`,
      )
      .run(...values, report, dueAt ?? null, askedBy ?? null, attempt.at);
    id = Number(inserted.lastInsertRowid);
  } else {
    database
      .prepare(
        `UPDATE report_sending SET at = ?, rows = ?, bytes = ?, recipients = ?, refused = ?, steps = ?, failure = ?,
           attempts = attempts + 1 WHERE id = ?`,
      )
      .run(...values, id);
  }
  database
    .prepare(
      'DELETE FROM report_sending WHERE report = ? AND id NOT IN (SELECT id FROM report_sending WHERE report = ? ORDER BY id DESC LIMIT ?)',
    )
    .run(report, report, kept);
  return sendingOf(database.prepare('SELECT * FROM report_sending WHERE id = ?').get(id) ?? {});
}

/** The newest first. */
export function listSendings({ database }: Store, report: string, limit = kept): Sending[] {
  return database
    .prepare('SELECT * FROM report_sending WHERE report = ? ORDER BY id DESC LIMIT ?')
    .all(report, limit)
    .map(sendingOf);
}

/** The last turn of the schedule that was sent, or tried. */
export function lastTurn({ database }: Store, report: string): (Sending & { dueAt: string }) | undefined {
  const row = database
    .prepare('SELECT * FROM report_sending WHERE report = ? AND due_at IS NOT NULL ORDER BY due_at DESC')
    .get(report);
  return row === undefined ? undefined : { ...sendingOf(row), dueAt: String(row['due_at']) };
}

function sendingOf(row: Record<string, unknown>): Sending {
  const list = (column: string): string[] => JSON.parse(String(row[column])) as string[];
  return {
    ...(row['due_at'] === null ? {} : { dueAt: String(row['due_at']) }),
    ...(row['asked_by'] === null ? {} : { askedBy: String(row['asked_by']) }),
    firstAt: String(row['first_at']),
    at: String(row['at']),
    attempts: Number(row['attempts']),
    ...(row['rows'] === null ? {} : { rows: Number(row['rows']) }),
    ...(row['bytes'] === null ? {} : { bytes: Number(row['bytes']) }),
    recipients: list('recipients'),
    refused: list('refused'),
    steps: JSON.parse(String(row['steps'])) as KeptNote[],
    ...(row['failure'] === null ? {} : { failure: JSON.parse(String(row['failure'])) as KeptFailure }),
  };
}

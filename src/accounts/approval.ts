// Four eyes: what cannot be taken back waits for a second administrator. Whoever asked does it again once it is approved:
// nothing is ever done in somebody else's name, and an approval covers exactly what was asked for, once.
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import { type ReportEvent, orbitEvent } from '../base/event.ts';
import { Failure } from '../base/failure.ts';
import { note, type PlainNote, tellNote } from '../base/note.ts';
import type { Store } from '../store/store.ts';
import { alwaysApproved, type ApprovalAction, approvalActions } from './approval-action.ts';

/** Whether four eyes are wanted, for what, how long a request waits, and how long a recording may be seen once approved. */
export const approvalSettings = z.strictObject({
  isOn: z.boolean().default(false),
  // Recordings are asked for separately: watching is everyday work in most places.
  actions: z.array(z.enum(approvalActions)).default(approvalActions.filter((action) => action !== 'recording.view')),
  hours: z.number().int().min(1).max(720).default(24),
  viewHours: z.number().int().min(1).max(720).default(8),
});

/** Whether four eyes are wanted, for what, how long a request waits, and how long a recording may be seen once approved. */
export type ApprovalSettings = z.output<typeof approvalSettings>;

/** A request and what became of it. Times are ISO. */
export interface Approval {
  id: string;
  action: ApprovalAction;
  /** In English; `about` is the same for a reader of any language, where it is more than names. */
  subject: string;
  about?: PlainNote;
  detail: string;
  askedBy: string;
  /** Who made the token that asked. */
  askedFor?: string;
  askedAt: string;
  expiresAt: string;
  state: 'waiting' | 'approved' | 'refused' | 'used' | 'expired';
  decidedBy?: string;
  decidedAt?: string;
  reason?: string;
}

/** Where approvals live, and who is told of them. */
export interface ApprovalSite {
  store: Store;
  clock: Clock;
  tell: ReportEvent;
}

/** Who asks or decides: an account, a token, or `root on the machine`. */
export interface ApprovalPerson {
  user: string;
  /** Of a token: who made it. */
  owner?: string;
  role?: string | undefined;
  address?: string | undefined;
  method?: string | undefined;
}

const settingName = 'accounts:approval';
const listedMax = 200;

/** The settings; four eyes are off until somebody switches them on. */
export function readApprovalSettings(store: Store): ApprovalSettings {
  const row = store.database.prepare('SELECT value FROM setting WHERE name = ?').get(settingName);
  return approvalSettings.parse(row === undefined ? {} : JSON.parse(String(row['value'])));
}

/**
 * Changes the settings. While four eyes are on, asking less of them needs a second administrator too.
 * @throws Failure `approvals.waiting`.
 */
export function saveApprovalSettings(site: ApprovalSite, next: ApprovalSettings, by: ApprovalPerson): void {
  const before = readApprovalSettings(site.store);
  const isLess =
    !next.isOn ||
    before.actions.some((action) => !next.actions.includes(action)) ||
    (before.actions.includes('recording.view') && next.viewHours > before.viewHours);
  if (before.isOn && isLess) {
    const subject = next.isOn ? note('approval.four-eyes-less', {}) : note('approval.four-eyes-off', {});
    requireApproval(site, { action: 'approval.weaken', subject, detail: JSON.stringify(next) }, by);
  }
  site.store.database
    .prepare('INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)')
    .run(settingName, JSON.stringify(next));
}

/** True when four eyes are on for this action. */
export function needsApproval(store: Store, action: ApprovalAction): boolean {
  const { isOn, actions } = readApprovalSettings(store);
  return isOn && (alwaysApproved.includes(action) || actions.includes(action));
}

/** What is wanted: exactly this is approved. For a viewing, `detail` is the reason, and another one asks for the same. */
export interface ApprovalWanted {
  action: ApprovalAction;
  /** Names, or a note where words are needed. */
  subject: string | PlainNote;
  detail?: string;
}

// To see a recording is approved for some hours, everything else for one time.
const isLasting = (action: ApprovalAction): boolean => action === 'recording.view';

/**
 * Passes when four eyes are off for this action (undefined), or when exactly this was approved for this person; the approval
 * is then used up, or, for a viewing, stands until it expires. Otherwise the request is kept and told.
 * @throws Failure `approvals.waiting`.
 */
export function requireApproval(site: ApprovalSite, wanted: ApprovalWanted, by: ApprovalPerson): Approval | undefined {
  if (!needsApproval(site.store, wanted.action)) return undefined;
  const { store, clock } = site;
  const detail = wanted.detail ?? '';
  const subject = tellNote(wanted.subject, 'en');
  const about = typeof wanted.subject === 'string' ? null : JSON.stringify(wanted.subject);
  const now = clock.now();
  const same = standingApproval(site, wanted, by.user);
  if (same?.state === 'approved') {
    if (isLasting(same.action)) return same;
    const { changes } = store.database
      .prepare(`UPDATE approval SET state = 'used' WHERE id = ? AND state = 'approved'`)
      .run(same.id);
    if (changes === 1) return same;
  }
  const id = same?.id ?? randomBytes(4).toString('hex');
  if (same === undefined) {
    const { hours } = readApprovalSettings(store);
    const expiresAt = hoursAfter(now, hours);
    store.database
      .prepare(
        `INSERT INTO approval (id, action, subject, about, detail, asked_by, asked_for, asked_at, expires_at, state)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'waiting')`,
      )
      .run(id, wanted.action, subject, about, detail, by.user, by.owner ?? null, now.toISOString(), expiresAt);
    const reason = isLasting(wanted.action) ? { reason: detail } : {};
    const { owner: _owner, ...asker } = by;
    const facts = { ...asker, action: wanted.action, subject, expiresAt, ...reason };
    site.tell(orbitEvent('approval.requested', facts, now));
  }
  throw new Failure('approvals.waiting', {
    message: `this needs a second administrator: request ${id} waits (${wanted.action}, ${subject})`,
    hint: `Another administrator approves it in the console under People, Four eyes, or with orbit approval approve ${id}. Then do the same again.`,
    facts: { approval: id },
  });
}

/** The request of this person for this that waits or was approved, and is not over. */
export function standingApproval(
  { store, clock }: Pick<ApprovalSite, 'store' | 'clock'>,
  { action, subject, detail = '' }: ApprovalWanted,
  user: string,
): Approval | undefined {
  const row = store.database
    .prepare(
      `SELECT * FROM approval WHERE action = ? AND subject = ? AND asked_by = ? AND (detail = ? OR ?)
         AND state IN ('waiting', 'approved') AND expires_at > ? ORDER BY asked_at DESC, id LIMIT 1`,
    )
    .get(action, tellNote(subject, 'en'), user, detail, isLasting(action) ? 1 : 0, clock.now().toISOString());
  return row === undefined ? undefined : approvalOf(row, clock.now());
}

/** Makes an approval good again that was used for something that then did not happen at all. */
export function returnApproval({ store }: Pick<ApprovalSite, 'store'>, id: string): void {
  store.database.prepare(`UPDATE approval SET state = 'approved' WHERE id = ? AND state = 'used'`).run(id);
}

/** Requests, the newest first. */
export function listApprovals({ store, clock }: Pick<ApprovalSite, 'store' | 'clock'>): Approval[] {
  return store.database
    .prepare('SELECT * FROM approval ORDER BY asked_at DESC, id LIMIT ?')
    .all(listedMax)
    .map((row) => approvalOf(row, clock.now()));
}

function approvalOf(row: Record<string, unknown>, now: Date): Approval {
  const isOver =
    String(row['expires_at']) <= now.toISOString() && (row['state'] === 'waiting' || row['state'] === 'approved');
  return {
    id: String(row['id']),
    action: row['action'] as ApprovalAction,
    subject: String(row['subject']),
    ...(row['about'] === null ? {} : { about: JSON.parse(String(row['about'])) as PlainNote }),
    detail: String(row['detail']),
    askedBy: String(row['asked_by']),
    ...(row['asked_for'] === null ? {} : { askedFor: String(row['asked_for']) }),
    askedAt: String(row['asked_at']),
    expiresAt: String(row['expires_at']),
    state: isOver ? 'expired' : (row['state'] as Approval['state']),
    ...(row['decided_by'] === null ? {} : { decidedBy: String(row['decided_by']) }),
    ...(row['decided_at'] === null ? {} : { decidedAt: String(row['decided_at']) }),
    ...(row['reason'] === null ? {} : { reason: String(row['reason']) }),
  };
}

function findApproval({ store, clock }: Pick<ApprovalSite, 'store' | 'clock'>, id: string): Approval | undefined {
  const row = store.database.prepare('SELECT * FROM approval WHERE id = ?').get(id);
  return row === undefined ? undefined : approvalOf(row, clock.now());
}

function hoursAfter(time: Date, hours: number): string {
  return new Date(time.getTime() + hours * 60 * 60_000).toISOString();
}

/**
 * Approves or refuses a request that waits.
 * @throws Failure `approvals.not-found`, `approvals.own`, `approvals.decided`.
 */
export function decideApproval(
  site: ApprovalSite,
  id: string,
  { verdict, reason }: { verdict: 'approved' | 'refused'; reason: string },
  by: ApprovalPerson,
): Approval {
  const asked = findApproval(site, id);
  if (asked === undefined) {
    throw new Failure('approvals.not-found', {
      message: `there is no request '${id}'`,
      hint: 'orbit approval list shows those that wait.',
    });
  }
  const askers = [asked.askedBy, asked.askedFor].map((name) => name?.toLowerCase());
  if (askers.includes(by.user.toLowerCase()) && verdict === 'approved') {
    throw new Failure('approvals.own', {
      message: `${by.user} asked for it and cannot approve it too`,
      hint: 'Another administrator approves or refuses it.',
    });
  }
  const now = site.clock.now();
  const { viewHours } = readApprovalSettings(site.store);
  const isView = verdict === 'approved' && isLasting(asked.action);
  const expiresAt = isView ? hoursAfter(now, viewHours) : asked.expiresAt;
  const { changes } =
    asked.state === 'waiting'
      ? site.store.database
          .prepare(
            `UPDATE approval SET state = ?, decided_by = ?, decided_at = ?, reason = ?, expires_at = ?
             WHERE id = ? AND state = 'waiting'`,
          )
          .run(verdict, by.user, now.toISOString(), reason, expiresAt, id)
      : { changes: 0 };
  if (changes === 0) {
    throw new Failure('approvals.decided', {
      message: `the request '${id}' waits no more: it is ${asked.state}`,
      hint: 'Whoever still wants it asks again.',
    });
  }
  const facts = { ...by, action: asked.action, subject: asked.subject, reason };
  site.tell(orbitEvent(verdict === 'approved' ? 'approval.given' : 'approval.refused', facts, now));
  return findApproval(site, id) ?? asked;
}

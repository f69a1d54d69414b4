// The messages that wait, one queue for each receiver, in order and bounded. Only SQL: the deciding is in notifier.ts.
import type { OrbitEvent } from '../base/event.ts';
import type { Store } from '../store/store.ts';
import type { ChannelMessage } from './channel.ts';

/** Messages that may wait for one receiver; beyond that the oldest are given up, and counted. */
export const queuedMax = 10_000;

/** One receiver of one channel. */
export interface Receiver {
  channelId: string;
  target: string;
}

/** A message in its queue. */
export interface QueuedMessage extends ChannelMessage {
  row: number;
  queuedAt: Date;
  refusals: number;
}

/** The trouble a receiver is in, and what it missed. */
export interface Trouble {
  attempts: number;
  failingSince?: Date;
  isTold: boolean;
  dropped: number;
}

/** The queues of a store. Times are ISO texts of UTC, so that SQL may compare them. */
export interface Queue {
  receivers(channelId: string): Receiver[];
  push(receiver: Receiver, message: ChannelMessage, at: Date, digestAt: Date | undefined): void;
  /** Takes the receiver for itself until `until`; false when another process has it. Renewed by the same call. */
  claim(receiver: Receiver, owner: string, now: Date, until: Date): boolean;
  release(receiver: Receiver, owner: string): void;
  /** Those to be told at once, oldest first. */
  nextMessages(receiver: Receiver, limit: number): QueuedMessage[];
  /** Those whose digest is due. */
  dueDigest(receiver: Receiver, now: Date, limit: number): QueuedMessage[];
  remove(row: number): void;
  /** Gives a message up: removed and counted. */
  drop(receiver: Receiver, row: number): void;
  countRefusal(row: number): void;
  trouble(receiver: Receiver): Trouble;
  succeeded(receiver: Receiver, now: Date): void;
  failed(receiver: Receiver, failure: string, now: Date, nextAttemptAt: Date): void;
  markTold(receiver: Receiver): void;
  clearDropped(receiver: Receiver): void;
  /** Receivers of enabled channels that have something to do now. */
  due(now: Date): Receiver[];
  /** When something will be due next, or undefined when nothing waits. */
  nextDue(): Date | undefined;
}

/** The queues in this store. */
export function openQueue(store: Store): Queue {
  const { database } = store;
  const where = 'WHERE channel_id = ? AND target = ?';
  const sql = {
    receivers: database.prepare('SELECT channel_id, target FROM channel_target WHERE channel_id = ? ORDER BY target'),
    push: database.prepare(
      'INSERT INTO channel_message (channel_id, target, message_id, event, queued_at, digest_at) VALUES (?, ?, ?, ?, ?, ?)',
    ),
    overflow: database.prepare(
      `DELETE FROM channel_message WHERE id IN (
         SELECT id FROM channel_message ${where} ORDER BY id DESC LIMIT -1 OFFSET ${queuedMax})`,
    ),
    countDropped: database.prepare(`UPDATE channel_target SET dropped = dropped + ? ${where}`),
    claim: database.prepare(
      `UPDATE channel_target SET claimed_by = ?, claimed_until = ?
       ${where} AND (claimed_until IS NULL OR claimed_until <= ? OR claimed_by = ?)`,
    ),
    release: database.prepare(
      `UPDATE channel_target SET claimed_by = NULL, claimed_until = NULL ${where} AND claimed_by = ?`,
    ),
    next: database.prepare(`SELECT * FROM channel_message ${where} AND digest_at IS NULL ORDER BY id LIMIT ?`),
    digest: database.prepare(`SELECT * FROM channel_message ${where} AND digest_at <= ? ORDER BY id LIMIT ?`),
    remove: database.prepare('DELETE FROM channel_message WHERE id = ?'),
    refuse: database.prepare('UPDATE channel_message SET refusals = refusals + 1 WHERE id = ?'),
    trouble: database.prepare(`SELECT attempts, failing_since, is_failure_told, dropped FROM channel_target ${where}`),
    succeeded: database.prepare(
      `UPDATE channel_target SET delivered_at = ?, failing_since = NULL, failure = NULL, attempts = 0,
         next_attempt_at = NULL, is_failure_told = 0 ${where}`,
    ),
    failed: database.prepare(
      `UPDATE channel_target SET failing_since = coalesce(failing_since, ?), failure = ?, attempts = attempts + 1,
         next_attempt_at = ? ${where}`,
    ),
    markTold: database.prepare(`UPDATE channel_target SET is_failure_told = 1 ${where}`),
    clearDropped: database.prepare(`UPDATE channel_target SET dropped = 0 ${where}`),
    due: database.prepare(
      `SELECT DISTINCT state.channel_id, state.target FROM channel_target AS state
         JOIN channel ON channel.id = state.channel_id AND channel.is_enabled = 1
         JOIN channel_message AS waiting ON waiting.channel_id = state.channel_id AND waiting.target = state.target
       WHERE (state.next_attempt_at IS NULL OR state.next_attempt_at <= :now)
         AND (waiting.digest_at IS NULL OR waiting.digest_at <= :now)
       ORDER BY state.channel_id, state.target`,
    ),
    nextDue: database.prepare(
      `SELECT min(max(coalesce(state.next_attempt_at, ''), coalesce(waiting.digest_at, waiting.queued_at))) AS due
       FROM channel_message AS waiting
         JOIN channel_target AS state ON state.channel_id = waiting.channel_id AND state.target = waiting.target
         JOIN channel ON channel.id = waiting.channel_id AND channel.is_enabled = 1`,
    ),
  };
  const receiverOf = (row: Record<string, unknown>): Receiver => ({
    channelId: String(row['channel_id']),
    target: String(row['target']),
  });
  return {
    receivers: (channelId) => sql.receivers.all(channelId).map(receiverOf),
    push({ channelId, target }, message, at, digestAt) {
      const event = JSON.stringify(message.event);
      sql.push.run(channelId, target, message.id, event, at.toISOString(), digestAt?.toISOString() ?? null);
      const { changes } = sql.overflow.run(channelId, target);
      if (changes > 0) sql.countDropped.run(changes, channelId, target);
    },
    claim: ({ channelId, target }, owner, now, until) =>
      sql.claim.run(owner, until.toISOString(), channelId, target, now.toISOString(), owner).changes === 1,
    release: ({ channelId, target }, owner) => void sql.release.run(channelId, target, owner),
    nextMessages: ({ channelId, target }, limit) => sql.next.all(channelId, target, limit).map(messageOf),
    dueDigest: ({ channelId, target }, now, limit) =>
      sql.digest.all(channelId, target, now.toISOString(), limit).map(messageOf),
    remove: (row) => void sql.remove.run(row),
    drop({ channelId, target }, row) {
      store.transaction(() => {
        sql.remove.run(row);
        sql.countDropped.run(1, channelId, target);
      });
    },
    countRefusal: (row) => void sql.refuse.run(row),
    trouble({ channelId, target }) {
      const row = sql.trouble.get(channelId, target) ?? {};
      const since = row['failing_since'];
      return {
        attempts: Number(row['attempts'] ?? 0),
        ...(typeof since === 'string' ? { failingSince: new Date(since) } : {}),
        isTold: row['is_failure_told'] === 1,
        dropped: Number(row['dropped'] ?? 0),
      };
    },
    succeeded: ({ channelId, target }, now) => void sql.succeeded.run(now.toISOString(), channelId, target),
    failed: ({ channelId, target }, failure, now, nextAttemptAt) =>
      void sql.failed.run(now.toISOString(), failure, nextAttemptAt.toISOString(), channelId, target),
    markTold: ({ channelId, target }) => void sql.markTold.run(channelId, target),
    clearDropped: ({ channelId, target }) => void sql.clearDropped.run(channelId, target),
    due: (now) => sql.due.all({ now: now.toISOString() }).map(receiverOf),
    nextDue() {
      const due = sql.nextDue.get()?.['due'];
      return typeof due === 'string' ? new Date(due) : undefined;
    },
  };
}

function messageOf(row: Record<string, unknown>): QueuedMessage {
  const event = JSON.parse(String(row['event'])) as Omit<OrbitEvent, 'at'> & { at: string };
  return {
    row: Number(row['id']),
    id: String(row['message_id']),
    event: { ...event, at: new Date(event.at) },
    queuedAt: new Date(String(row['queued_at'])),
    refusals: Number(row['refusals']),
  };
}

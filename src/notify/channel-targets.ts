// The receivers of a channel as they are kept: each has a queue and a state of its own.
import type { Store } from '../store/store.ts';
import type { ChannelKind } from './channel.ts';

/** The receivers that these settings name; a nameless one where the kind has one only. */
export function targetsOf({ kind, config }: { kind: ChannelKind<object>; config: object }): string[] {
  return kind.targets?.(config) ?? [''];
}

/**
 * Makes these the receivers of a channel. One that takes the place of another takes over what waits for it, and its troubles, so that
 * what was told as failing is told as restored. Those that are left are tried again at once. Within a transaction of the caller's.
 */
export function keepTargets(
  { database }: Pick<Store, 'database'>,
  channelId: string,
  targets: readonly string[],
): void {
  const before = database
    .prepare('SELECT target FROM channel_target WHERE channel_id = ? ORDER BY target')
    .all(channelId)
    .map(({ target }) => String(target));
  const gone = before.filter((target) => !targets.includes(target));
  const add = database.prepare('INSERT INTO channel_target (channel_id, target) VALUES (?, ?)');
  const succeed = database.prepare(
    `UPDATE channel_target SET (delivered_at, failing_since, failure, attempts, is_failure_told, dropped) =
       (SELECT delivered_at, failing_since, failure, attempts, is_failure_told, dropped
        FROM channel_target WHERE channel_id = :channel AND target = :gone)
     WHERE channel_id = :channel AND target = :target`,
  );
  const hand = database.prepare(
    'UPDATE channel_message SET target = :target WHERE channel_id = :channel AND target = :gone',
  );
  const fresh = targets.filter((target) => !before.includes(target));
  for (const [number, target] of fresh.entries()) {
    add.run(channelId, target);
    const predecessor = gone[number];
    if (predecessor === undefined) continue;
    for (const statement of [succeed, hand]) statement.run({ channel: channelId, target, gone: predecessor });
  }
  const remove = database.prepare('DELETE FROM channel_target WHERE channel_id = ? AND target = ?');
  for (const target of gone) remove.run(channelId, target);
  database.prepare('UPDATE channel_target SET next_attempt_at = NULL WHERE channel_id = ?').run(channelId);
}

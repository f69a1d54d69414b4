// Run events → messages → channels, and incidents. `notify` only queues, `deliver` sends what is due; between the two the store keeps it.
// A message is delivered at least once and in order; its id tells a repeated one.
import { note, reasonOf } from '../base/note.ts';
import { randomUUID } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import { type OrbitEvent, type ReportEvent, orbitEvent } from '../base/event.ts';
import { Failure, isFailure } from '../base/failure.ts';
import type { Operation } from '../base/operation.ts';
import type { InstanceKey } from '../store/instance-key.ts';
import type { Store } from '../store/store.ts';
import type { Channel, ChannelContext, ChannelMessage, DeliveryEvent, Letter, LetterReceipt } from './channel.ts';
import { targetsOf } from './channel-targets.ts';
import { type ChannelDraft, type Channels, type StoredChannel, openChannels } from './channels.ts';
import { isWanted } from './filter.ts';
import { noteIncident } from './incidents.ts';
import { type QueuedMessage, type Receiver, openQueue } from './queue.ts';

/** Milliseconds to the next attempt, by the number of attempts that failed in a row; then always the last. */
export const retryAfterMs = [5_000, 15_000, 60_000, 300_000, 900_000];

// Two failures may be a restart; the third is told through the other channels.
const toldAfterAttempts = 3;
// A receiver that does not want one message must not keep all others waiting for ever.
const refusalsMax = 5;
const batchMax = 100;
const digestMax = 1000;
const claimMs = 10 * 60_000;

/** What one `deliver` did. */
export interface DeliverySummary {
  delivered: number;
  /** Receivers that could not be reached. */
  failed: number;
  /** Messages that were given up: too old to be of use, or refused again and again. */
  dropped: number;
}

/** Tells events to channels. */
export interface Notifier {
  readonly channels: Channels;
  /** Queues the event for every channel that wants it. Never waits for the network. */
  notify: ReportEvent;
  /** Sends everything that is due now, channel by channel, side by side. Failures are kept in the queue, not thrown. */
  deliver(operation?: Operation): Promise<DeliverySummary>;
  /** When `deliver` has something to do next; undefined while nothing waits. */
  nextDueAt(): Date | undefined;
  /**
   * Sends a test message to every receiver of a channel, kept or not, past its queue, and reports each step as it really happens.
   * @throws Failure of the first receiver that did not take it, after all were tried.
   */
  test(channel: ChannelDraft, operation: Operation<DeliveryEvent>): Promise<void>;
  /**
   * Sends a letter through a channel now, past its queue, and reports each step as it really happens.
   * @throws Failure `notify.no-such-channel`, `notify.channel-off`, `notify.no-letters`, and those of `Channel`.
   */
  sendLetter(name: string, letter: Letter, operation: Operation<DeliveryEvent>): Promise<LetterReceipt>;
}

/** The notifier of an instance. */
export function openNotifier(parts: {
  store: Store;
  key: InstanceKey;
  clock: Clock;
  context: ChannelContext;
}): Notifier {
  const { store, clock, context } = parts;
  const channels = openChannels(parts);
  const queue = openQueue(store);
  const owner = randomUUID();

  const enqueue = (event: OrbitEvent, except?: string): void => {
    const now = clock.now();
    const message: ChannelMessage = { id: randomUUID(), event };
    store.transaction(() => {
      noteIncident(store, event);
      for (const channel of channels.list()) {
        if (!channel.isEnabled || channel.id === except || !isWanted(channel.filter, event)) continue;
        const digestAt = digestTime(channel, message, now);
        if (digestAt === 'never') continue;
        for (const receiver of queue.receivers(channel.id)) queue.push(receiver, message, now, digestAt);
      }
    });
  };

  const deliverTo = async (
    channel: StoredChannel,
    receiver: Receiver,
    { signal }: Operation,
  ): Promise<DeliverySummary> => {
    const summary: DeliverySummary = { delivered: 0, failed: 0, dropped: 0 };
    const name = receiver.target === '' ? channel.name : `${channel.name} (${receiver.target})`;
    let sending: QueuedMessage[] = [];
    const operation: Operation<DeliveryEvent> = {
      ...(signal === undefined ? {} : { signal }),
      report: (event) => {
        if (event.type !== 'delivered') return;
        const done = sending.find((message) => message.id === event.message.id);
        if (done === undefined) return;
        queue.remove(done.row);
        summary.delivered += 1;
        sending = sending.filter((message) => message !== done);
      },
    };
    try {
      const open = channel.kind.open(channel.config, context, receiver.target);
      for (;;) {
        const now = clock.now();
        if (!queue.claim(receiver, owner, now, new Date(now.getTime() + claimMs))) return summary;
        const batch = takeBatch(open, receiver, now);
        sending = batch.messages.filter((message) => !isExpired(channel, message, now));
        for (const message of batch.messages.filter((each) => !sending.includes(each))) {
          queue.remove(message.row);
          summary.dropped += 1;
        }
        if (batch.messages.length === 0) break;
        if (sending.length > 0) await batch.send([...sending], operation);
        if (sending.length > 0) throw new Error(`${channel.kind.kind} reported success but left messages undelivered`);
      }
      if (summary.delivered > 0) succeeded(receiver, name);
    } catch (error) {
      if (signal?.aborted) return summary;
      if (!isFailure(error)) throw error;
      // What got through before the trouble proves nothing about now: the trouble counts.
      summary.failed = 1;
      if (isFailure(error, 'notify.refused')) summary.dropped += countRefusal(receiver, sending);
      failed(channel, receiver, name, error);
    } finally {
      queue.release(receiver, owner);
    }
    return summary;
  };

  const takeBatch = (open: Channel, receiver: Receiver, now: Date): Batch => {
    const messages = queue.nextMessages(receiver, batchMax);
    const { sendDigest } = open;
    if (messages.length > 0 || sendDigest === undefined) return { messages, send: open.send.bind(open) };
    const digest = queue.dueDigest(receiver, now, digestMax);
    return { messages: digest, send: digest.length > 1 ? sendDigest.bind(open) : open.send.bind(open) };
  };

  // Only the first of what was not delivered can be the one that was refused.
  const countRefusal = (receiver: Receiver, sending: QueuedMessage[]): number => {
    const refused = sending[0];
    if (refused === undefined) return 0;
    if (refused.refusals + 1 < refusalsMax) {
      queue.countRefusal(refused.row);
      return 0;
    }
    queue.drop(receiver, refused.row);
    return 1;
  };

  const failed = (channel: StoredChannel, receiver: Receiver, name: string, failure: Failure): void => {
    const now = clock.now();
    const { attempts } = queue.trouble(receiver);
    const waitMs = retryAfterMs[Math.min(attempts, retryAfterMs.length - 1)] ?? 0;
    queue.failed(receiver, `${failure.message} [${failure.code}]`, now, new Date(now.getTime() + waitMs));
    const trouble = queue.trouble(receiver);
    if (trouble.isTold || trouble.attempts < toldAfterAttempts) return;
    queue.markTold(receiver);
    const queued = channels.states(channel).find((state) => state.target === receiver.target)?.queued ?? 0;
    const facts = {
      channel: name,
      since: trouble.failingSince ?? now,
      reason: failure.message,
      queued,
      code: failure.code,
    };
    enqueue(orbitEvent('channel.failing', facts, now), channel.id);
  };

  const succeeded = (receiver: Receiver, name: string): void => {
    const now = clock.now();
    const trouble = queue.trouble(receiver);
    queue.succeeded(receiver, now);
    if (trouble.isTold && trouble.failingSince !== undefined) {
      const since = trouble.failingSince;
      const facts = { channel: name, since, downMs: now.getTime() - since.getTime() };
      enqueue(orbitEvent('channel.restored', facts, now));
    }
    if (trouble.dropped > 0) {
      queue.clearDropped(receiver);
      const since = trouble.failingSince;
      enqueue(orbitEvent('channel.dropped', { channel: name, dropped: trouble.dropped, since }, now));
    }
  };

  return {
    channels,
    notify: (event) => enqueue(event),
    async deliver(operation = {}) {
      const byId = new Map(channels.list().map((channel) => [channel.id, channel]));
      const summary: DeliverySummary = { delivered: 0, failed: 0, dropped: 0 };
      const work = queue.due(clock.now()).flatMap((receiver) => {
        const channel = byId.get(receiver.channelId);
        return channel === undefined ? [] : [deliverTo(channel, receiver, operation)];
      });
      for (const part of await Promise.all(work)) {
        summary.delivered += part.delivered;
        summary.failed += part.failed;
        summary.dropped += part.dropped;
      }
      return summary;
    },
    nextDueAt: () => queue.nextDue(),
    async test(channel, operation) {
      const message = { id: randomUUID(), event: orbitEvent('channel.test', { channel: channel.name }, clock.now()) };
      const failures: Failure[] = [];
      for (const target of targetsOf(channel)) {
        try {
          await channel.kind.open(channel.config, context, target).send([message], operation);
        } catch (error) {
          if (!isFailure(error)) throw error;
          operation.report?.({ type: 'step', note: note('channel.failed', { reason: reasonOf(error) }) });
          failures.push(error);
        }
      }
      if (failures[0] !== undefined) throw failures[0];
    },
    async sendLetter(name, letter, operation) {
      const channel = channels.get(name);
      if (!channel.isEnabled) {
        throw new Failure('notify.channel-off', {
          message: `the channel '${name}' is switched off`,
          hint: `orbit channel enable '${name}', or name another channel.`,
        });
      }
      const open = channel.kind.open(channel.config, context, '');
      if (open.sendLetter !== undefined) return await open.sendLetter(letter, operation);
      throw new Failure('notify.no-letters', {
        message: `the channel '${name}' is of the kind ${channel.kind.kind}, which carries events only`,
        hint: 'Name a channel of the kind email.',
      });
    },
  };
}

interface Batch {
  messages: QueuedMessage[];
  send: (messages: readonly ChannelMessage[], operation: Operation<DeliveryEvent>) => Promise<void>;
}

// A channel whose secrets cannot be opened still queues: `deliver` finds out why, and tells the other channels.
function digestTime(channel: StoredChannel, message: ChannelMessage, now: Date): Date | 'never' | undefined {
  try {
    return channel.kind.digestAt?.(channel.config, message, now);
  } catch (error) {
    if (isFailure(error)) return undefined;
    throw error;
  }
}

function isExpired(channel: StoredChannel, message: QueuedMessage, now: Date): boolean {
  const expiresAfterMs = channel.kind.expiresAfterMs ?? Infinity;
  return now.getTime() - message.queuedAt.getTime() > expiresAfterMs;
}

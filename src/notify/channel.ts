// The one shape of every way to tell people: a kind is a schema and an `open`; kinds.ts lists them.
import type { Note } from '../base/note.ts';
import type { ZodType } from 'zod';
import type { OrbitEvent } from '../base/event.ts';
import type { Operation } from '../base/operation.ts';
import type { ChannelFilter } from './filter.ts';

/** An event on its way. `id` is the same in every channel and every retry, so that a receiver can know it again. */
export interface ChannelMessage {
  id: string;
  event: OrbitEvent;
}

/** What a channel knows of where it runs. */
export interface ChannelContext {
  /** The name people know this machine by. */
  hostName: string;
  /** This machine's own IPv4 address, where it has one that others see. */
  address?: string;
  /** Orbit's version. */
  version: string;
}

/** `step`: something that really happened, in words, for the Test button. `delivered`: the receiver has the message. */
export type DeliveryEvent = { type: 'step'; note: Note } | { type: 'delivered'; message: ChannelMessage };

/** Something to read that is no event: a report. Only channels that carry files can send one. */
export interface Letter {
  /** The same in every retry, so that a receiver can know it again. */
  id: string;
  subject: string;
  text: string;
  /** Instead of the channel's own recipients; empty for those. */
  to: readonly string[];
  attachments: readonly { name: string; type: string; content: Buffer }[];
}

/** Who a letter went to: those the server took it for, and those it did not. */
export interface LetterReceipt {
  recipients: string[];
  refused: string[];
}

/**
 * An open way to one receiver.
 * `send` delivers in the order given and reports each message that is surely there. When it fails, those not reported
 * are sent again later. Failures: `notify.unreachable`, `notify.untrusted`, `notify.not-authorised` say that nothing can
 * get through now; `notify.refused` says that the receiver did not want this message.
 */
export interface Channel {
  send(messages: readonly ChannelMessage[], operation: Operation<DeliveryEvent>): Promise<void>;
  /** Delivers many messages of good news as one. Only of kinds with `digestAt`. */
  sendDigest?(messages: readonly ChannelMessage[], operation: Operation<DeliveryEvent>): Promise<void>;
  /** Sends a letter; resolves when the server took it for one recipient at least. Only of email. */
  sendLetter?(letter: Letter, operation: Operation<DeliveryEvent>): Promise<LetterReceipt>;
}

/** One kind of channel: the form, the flags and the redaction come from `config`. */
export interface ChannelKind<Config> {
  kind: string;
  title: string;
  config: ZodType<Config>;
  /** What a new channel of this kind is told, unless its owner says otherwise. */
  defaultFilter: ChannelFilter;
  /** The receivers of one channel, each with a queue of its own. One nameless receiver where this is absent. */
  targets?(config: Config): string[];
  /** When this message is to be told together with others; undefined: at once; `never`: not at all. */
  digestAt?(config: Config, message: ChannelMessage, now: Date): Date | 'never' | undefined;
  /** Milliseconds after which a message that waits is of no use any more. */
  expiresAfterMs?: number;
  open(config: Config, context: ChannelContext, target: string): Channel;
}

// Every kind of channel there is.
import { Failure } from '../base/failure.ts';
import type { ChannelKind } from './channel.ts';
import { email } from './kinds/email.ts';
import { ping } from './kinds/ping.ts';
import { terminals } from './kinds/terminals.ts';
import { syslog } from './kinds/syslog.ts';
import { webhook } from './kinds/webhook.ts';

// Each kind takes only configurations that its own schema has read; the list forgets which.
const kinds = [email, syslog, webhook, ping, terminals] as unknown as ChannelKind<object>[];

/** All kinds, in the order people are shown them. */
export const channelKinds: readonly ChannelKind<object>[] = kinds;

/** The kind of this name. @throws Failure `notify.unknown-kind`. */
export function channelKind(name: string): ChannelKind<object> {
  const kind = kinds.find((each) => each.kind === name);
  if (kind !== undefined) return kind;
  throw new Failure('notify.unknown-kind', {
    message: `there is no kind of channel called '${name}'`,
    hint: `The kinds are ${kinds.map((each) => each.kind).join(', ')}.`,
  });
}

// Which events a channel is told. Pure.
import { z } from 'zod';
import { type OrbitEvent, severityNumber } from '../base/event.ts';
import { severities } from '../base/events/event-kind.ts';
import { field } from '../base/secret-schema.ts';

const pattern = z.string().regex(/^(\*|[a-z-]+\.(\*|[a-z0-9-]+))$/, 'an event id such as backup.failed, or backup.*');

/** The schema of a filter, as stored and as the command line and forms take it. */
export const channelFilter = z.object({
  minimumSeverity: field(
    z.enum(severities).default('info'),
    'Least severity',
    'tell events that are at least this severe',
  ),
  also: field(
    z.array(pattern).default([]),
    'Also these events',
    'event ids, or backup.*, told whatever their severity',
  ),
  never: field(z.array(pattern).default([]), 'Never these events', 'event ids, or backup.*; stronger than all else'),
  kinds: field(
    z.array(z.enum(['secrets', 'system', 'recordings'])).default([]),
    'Only these kinds of backup',
    'events that concern another kind are left out; empty for all',
  ),
});

/** What a channel is told: severe enough or named in `also`, not named in `never`, of one of `kinds` if it has a kind. */
export type ChannelFilter = z.infer<typeof channelFilter>;

/** True when a channel with this filter is told of the event. A test message passes always. */
export function isWanted(filter: ChannelFilter, event: Pick<OrbitEvent, 'id' | 'severity' | 'facts'>): boolean {
  if (event.id === 'channel.test') return true;
  if (filter.never.some((wanted) => matches(wanted, event.id))) return false;
  const kind = event.facts.kind;
  if (filter.kinds.length > 0 && kind !== undefined && !filter.kinds.some((wanted) => wanted === kind)) return false;
  if (filter.also.some((wanted) => matches(wanted, event.id))) return true;
  return severityNumber(event.severity) <= severityNumber(filter.minimumSeverity);
}

function matches(wanted: string, id: string): boolean {
  return wanted.endsWith('*') ? id.startsWith(wanted.slice(0, -1)) : id === wanted;
}

// How channels read, as text and as JSON. Secrets are shown as `[secret]`, and that they are there.
import { configFields } from '../../base/secret-schema.ts';
import type { Channels, StoredChannel, TargetState } from '../../notify/channels.ts';
import { table } from '../output.ts';

/** A channel as JSON: its settings, what it is told, and how its receivers are doing. */
export function channelJson(channel: StoredChannel, states: TargetState[]): Record<string, unknown> {
  const { name, kind, isEnabled, filter, config, createdAt } = channel;
  return { name, kind: kind.kind, isEnabled, filter, config, createdAt, receivers: states };
}

/** All channels in a table. */
export function channelTable(channels: Channels): string[] {
  const rows = channels.list().map((channel) => {
    const states = channels.states(channel);
    const queued = states.reduce((sum, state) => sum + state.queued, 0);
    const last = states.map((state) => state.deliveredAt?.toISOString() ?? '').reduce((a, b) => (a > b ? a : b), '');
    return [channel.name, channel.kind.kind, stateWord(channel, states), String(queued), last || 'never'];
  });
  return table(['NAME', 'KIND', 'STATE', 'WAITING', 'LAST DELIVERY'], rows);
}

/** One channel, a line for each thing. */
export function channelLines(channel: StoredChannel, states: TargetState[]): string[] {
  const settings = new Map<string, unknown>(Object.entries(channel.config));
  const fields = configFields(channel.kind.config).flatMap((field) => {
    const value = settings.get(field.name);
    if (value === undefined) return [];
    const text = field.type === 'file' ? `${String(value).split('\n', 1)[0]} …` : String(value);
    return [[field.title, text]];
  });
  const { minimumSeverity, also, never, kinds } = channel.filter;
  const receivers = states.map((state) => [
    state.target || 'receiver',
    state.failingSince === undefined
      ? `last delivery ${state.deliveredAt?.toISOString() ?? 'never'}, ${state.queued} waiting`
      : `failing since ${state.failingSince.toISOString()}, ${state.queued} waiting: ${state.failure}`,
  ]);
  return table(
    ['Channel', channel.name],
    [
      ['Kind', channel.kind.title],
      ['State', stateWord(channel, states)],
      ...fields,
      ['Told', `${minimumSeverity} and worse`],
      ...(also.length === 0 ? [] : [['Also told', also.join(' ')]]),
      ...(never.length === 0 ? [] : [['Never told', never.join(' ')]]),
      ...(kinds.length === 0 ? [] : [['Only of', kinds.join(' ')]]),
      ...receivers,
    ],
  );
}

function stateWord(channel: StoredChannel, states: TargetState[]): string {
  if (!channel.isEnabled) return 'off';
  return states.some((state) => state.failingSince !== undefined) ? 'failing' : 'on';
}

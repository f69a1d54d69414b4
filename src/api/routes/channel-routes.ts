// Who is told what happens: channels, their forms, and a test that tells what really happened.
import type { Note } from '../../base/note.ts';
import type { DeliveryEvent } from '../../notify/channel.ts';
import { isFailure } from '../../base/failure.ts';
import { type EventId, eventCatalog, eventKind, orbitEvent } from '../../base/event.ts';
import { configFields, splitSecrets } from '../../base/secret-schema.ts';
import type { ChannelDraft, StoredChannel } from '../../notify/channels.ts';
import { channelKinds } from '../../notify/kinds.ts';
import { reportsThrough } from '../../reports/scheduled-report.ts';
import { type AnyRoute, route } from '../route.ts';
import * as schemas from '../schemas/channels.ts';
import { nothing } from '../schemas/common.ts';
import type { ApiSite } from '../site.ts';
import { tellChange } from '../tell-change.ts';

/** Routes about channels. */
export const channelRoutes: AnyRoute[] = [
  route({
    method: 'GET',
    path: '/channel-kinds',
    allow: 'settings:read',
    summary: 'The kinds of channel, with the fields of their forms, and the events there are to be told',
    answer: schemas.channelKinds,
    handle: () => ({
      kinds: channelKinds.map(({ kind, title, config, defaultFilter, digestAt }) => ({
        kind,
        title,
        fields: configFields(config),
        defaultFilter,
        hasDigest: digestAt !== undefined,
      })),
      events: (Object.keys(eventCatalog) as EventId[]).map((id) => {
        const { severity, en, pt } = eventKind(id);
        return { id, severity, en: en.title, pt: pt.title };
      }),
    }),
  }),
  route({
    method: 'GET',
    path: '/channels',
    allow: 'settings:read',
    summary: 'All channels and how they are doing',
    answer: schemas.channelList,
    handle: ({ site }) => ({ channels: site.notifier.channels.list().map((channel) => viewOf(site, channel)) }),
  }),
  route({
    method: 'POST',
    path: '/channels',
    allow: 'settings:write',
    summary: 'Add a channel',
    body: schemas.newChannel,
    answer: schemas.channelView,
    subject: ({ name }) => name,
    handle({ site, caller, body }) {
      const channel = site.notifier.channels.add(body);
      tellChange(site, caller, 'channel added', channel.name);
      return viewOf(site, channel);
    },
  }),
  route({
    method: 'PUT',
    path: '/channels/{name}',
    allow: 'settings:write',
    summary: 'Change a channel: its settings, tried by a test message first; what it is told; on or off',
    body: schemas.channelChange,
    answer: schemas.channelView,
    async handle({ site, caller, params, body: { isEnabled, config, filter, ifNotDelivered } }) {
      const { channels } = site.notifier;
      const { name } = channels.get(params['name'] ?? '');
      const change = { config, filter };
      const isOther = config !== undefined || filter !== undefined;
      const draft = channels.changed(name, change);
      if (config !== undefined && ifNotDelivered === 'discard') await site.notifier.test(draft, {});
      // Told while it still hears: that somebody silenced it is worth knowing.
      if (isOther) tellChange(site, caller, 'channel changed', name);
      if (isEnabled !== undefined)
        tellChange(site, caller, isEnabled ? 'channel switched on' : 'channel switched off', name);
      if (isOther) channels.change(name, change);
      if (isEnabled !== undefined) channels.setEnabled(name, isEnabled);
      return viewOf(site, channels.get(name));
    },
  }),
  route({
    method: 'DELETE',
    path: '/channels/{name}',
    allow: 'settings:write',
    summary: 'Remove a channel with the messages that wait in it',
    answer: nothing,
    handle({ site, caller, params }) {
      const { name } = site.notifier.channels.get(params['name'] ?? '');
      site.notifier.channels.remove(name);
      const { name: user, role } = caller;
      site.tell(orbitEvent('channel.removed', { user, role, channel: name }, site.clock.now()));
      return {};
    },
  }),
  route({
    method: 'POST',
    path: '/channels/{name}/test',
    allow: 'settings:test',
    summary: 'Send a test message now and say what really happened',
    answer: schemas.testedChannel,
    handle: ({ site, params }) => tested(site, site.notifier.channels.get(params['name'] ?? '')),
  }),
  route({
    method: 'POST',
    path: '/channels/test',
    allow: 'settings:write',
    summary: 'Send a test message through settings that are not kept, new or changed, and say what really happened',
    body: schemas.triedChannel,
    answer: schemas.testedChannel,
    subject: ({ name }) => name,
    handle({ site, body: { name, kind, config, isChange } }) {
      const { channels } = site.notifier;
      return tested(site, isChange ? channels.changed(name, { config }) : channels.draft({ name, kind, config }));
    },
  }),
];

async function tested(site: ApiSite, channel: ChannelDraft): Promise<schemas.TestedChannel> {
  const steps: Note[] = [];
  const report = (event: DeliveryEvent): void => {
    if (event.type === 'step') steps.push(event.note);
  };
  try {
    await site.notifier.test(channel, { report });
    return { isDelivered: true, steps };
  } catch (error) {
    if (!isFailure(error)) throw error;
    const { code, message, hint } = error;
    return { isDelivered: false, steps, failure: { code, message, ...(hint === undefined ? {} : { hint }) } };
  }
}

function viewOf(site: ApiSite, channel: StoredChannel): schemas.ChannelView {
  return {
    name: channel.name,
    kind: channel.kind.kind,
    kindTitle: channel.kind.title,
    isEnabled: channel.isEnabled,
    filter: channel.filter,
    ...settingsOf(channel),
    reports: reportsThrough(site.store, channel.name),
    targets: site.notifier.channels.states(channel).map(({ target, queued, deliveredAt, failingSince, failure }) => ({
      target,
      queued,
      ...(deliveredAt === undefined ? {} : { deliveredAt: deliveredAt.toISOString() }),
      ...(failingSince === undefined ? {} : { failingSince: failingSince.toISOString() }),
      ...(failure === undefined ? {} : { failure }),
    })),
  };
}

// One whose secrets cannot be opened is shown too: it can be removed, and set up again.
function settingsOf(channel: StoredChannel): Pick<schemas.ChannelView, 'config' | 'kept'> {
  try {
    const { plain, secrets } = splitSecrets(channel.config);
    return { config: plain, kept: Object.keys(secrets) };
  } catch (error) {
    if (isFailure(error)) return { config: {}, kept: [] };
    throw error;
  }
}

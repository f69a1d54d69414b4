// Who is told what happens: channels, their forms, and a test that tells what really happened.
import type { Note } from '../../base/note.ts';
import type { DeliveryEvent } from '../../notify/channel.ts';
import { isFailure } from '../../base/failure.ts';
import { configFields } from '../../base/secret-schema.ts';
import type { StoredChannel } from '../../notify/channels.ts';
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
    summary: 'The kinds of channel, with the fields of their forms',
    answer: schemas.channelKinds,
    handle: () => ({
      kinds: channelKinds.map(({ kind, title, config }) => ({ kind, title, fields: configFields(config) })),
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
    summary: 'Switch a channel on or off',
    body: schemas.channelChange,
    answer: schemas.channelView,
    handle({ site, caller, params, body }) {
      const { channels } = site.notifier;
      // Told while it still hears: that somebody silenced it is worth knowing.
      tellChange(site, caller, body.isEnabled ? 'channel switched on' : 'channel switched off', params['name']);
      channels.setEnabled(params['name'] ?? '', body.isEnabled);
      return viewOf(site, channels.get(params['name'] ?? ''));
    },
  }),
  route({
    method: 'DELETE',
    path: '/channels/{name}',
    allow: 'settings:write',
    summary: 'Remove a channel with the messages that wait in it',
    answer: nothing,
    handle({ site, caller, params }) {
      site.notifier.channels.remove(params['name'] ?? '');
      tellChange(site, caller, 'channel removed', params['name']);
      return {};
    },
  }),
  route({
    method: 'POST',
    path: '/channels/{name}/test',
    allow: 'settings:test',
    summary: 'Send a test message now and say what really happened',
    answer: schemas.testedChannel,
    async handle({ site, params }) {
      const channel = site.notifier.channels.get(params['name'] ?? '');
      const steps: Note[] = [];
      const report = (event: DeliveryEvent): void => {
        if (event.type === 'step') steps.push(event.note);
      };
      try {
        await site.notifier.test(channel.name, { report });
        return { isDelivered: true, steps };
      } catch (error) {
        if (!isFailure(error)) throw error;
        const { code, message, hint } = error;
        return { isDelivered: false, steps, failure: { code, message, ...(hint === undefined ? {} : { hint }) } };
      }
    },
  }),
];

function viewOf(site: ApiSite, channel: StoredChannel): schemas.ChannelView {
  return {
    name: channel.name,
    kind: channel.kind.kind,
    kindTitle: channel.kind.title,
    isEnabled: channel.isEnabled,
    minimumSeverity: channel.filter.minimumSeverity,
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

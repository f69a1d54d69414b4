// Who is told what happens.
import { z } from 'zod';
import { formField, keptNote } from './common.ts';

/** A channel. Secrets are never in it. */
export const channelView = z.object({
  name: z.string(),
  kind: z.string(),
  kindTitle: z.string(),
  isEnabled: z.boolean(),
  minimumSeverity: z.string(),
  /** Names of the reports that go through it. */
  reports: z.array(z.string()),
  targets: z.array(
    z.object({
      target: z.string(),
      queued: z.number(),
      deliveredAt: z.string().optional(),
      failingSince: z.string().optional(),
      failure: z.string().optional(),
    }),
  ),
});

/** A channel. */
export type ChannelView = z.infer<typeof channelView>;

/** All channels. */
export const channelList = z.object({ channels: z.array(channelView) });

/** The kinds of channel, with their forms. */
export const channelKinds = z.object({
  kinds: z.array(z.object({ kind: z.string(), title: z.string(), fields: z.array(formField) })),
});

/** The kinds of channel. */
export type ChannelKindsView = z.infer<typeof channelKinds>;

/** A new channel. */
export const newChannel = z.strictObject({
  name: z.string().max(64),
  kind: z.string().max(40),
  config: z.record(z.string(), z.unknown()),
});

/** What really happened, step by step. */
export const testedChannel = z.object({
  isDelivered: z.boolean(),
  steps: z.array(keptNote),
  failure: z.object({ code: z.string(), message: z.string(), hint: z.string().optional() }).optional(),
});

/** What really happened, step by step. */
export type TestedChannel = z.infer<typeof testedChannel>;

/** Switches a channel on or off. */
export const channelChange = z.strictObject({ isEnabled: z.boolean() });

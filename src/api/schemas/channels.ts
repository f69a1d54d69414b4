// Who is told what happens.
import { z } from 'zod';
import { severities } from '../../base/events/event-kind.ts';
import { backupKind, formField, keptNote } from './common.ts';

const config = z.record(z.string(), z.unknown());

// What is left out is as the kind has it.
const channelFilterInput = z.strictObject({
  minimumSeverity: z.enum(severities).optional(),
  /** Event ids, or `backup.*`: these whatever their severity. */
  also: z.array(z.string().max(100)).max(200).optional(),
  /** Stronger than all else. */
  never: z.array(z.string().max(100)).max(200).optional(),
  /** Only of these kinds of backup; empty for all. */
  kinds: z.array(backupKind).optional(),
});

const filter = channelFilterInput.required();

/** What a channel is told. */
export type ChannelFilterView = z.infer<typeof filter>;

/** A channel. Secrets are never in it. */
export const channelView = z.object({
  name: z.string(),
  kind: z.string(),
  kindTitle: z.string(),
  isEnabled: z.boolean(),
  filter,
  /** The settings, without the secret ones. */
  config: z.record(z.string(), z.unknown()),
  /** Names of the secret settings that are kept. */
  kept: z.array(z.string()),
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
  kinds: z.array(
    z.object({
      kind: z.string(),
      title: z.string(),
      fields: z.array(formField),
      /** What a new one is told unless its owner says otherwise. */
      defaultFilter: filter,
      /** Whether good news can come as a digest. */
      hasDigest: z.boolean(),
    }),
  ),
  /** What there is to be told. */
  events: z.array(z.object({ id: z.string(), severity: z.enum(severities), en: z.string(), pt: z.string() })),
});

/** The kinds of channel. */
export type ChannelKindsView = z.infer<typeof channelKinds>;

/** A new channel. */
export const newChannel = z.strictObject({
  name: z.string().max(64),
  kind: z.string().max(40),
  config,
  /** Field by field instead of the kind's own. */
  filter: channelFilterInput.optional(),
});

/** Settings that are tried before they are kept. */
export const triedChannel = z.strictObject({
  name: z.string().max(64),
  kind: z.string().max(40),
  config,
  /** They are to be those of the channel `name`: secrets that are left out are its own. */
  isChange: z.boolean().default(false),
});

/** Settings that are tried, as they are sent. */
export type TriedChannelInput = z.input<typeof triedChannel>;

/** What really happened, step by step. */
export const testedChannel = z.object({
  isDelivered: z.boolean(),
  steps: z.array(keptNote),
  failure: z.object({ code: z.string(), message: z.string(), hint: z.string().optional() }).optional(),
});

/** What really happened, step by step. */
export type TestedChannel = z.infer<typeof testedChannel>;

/** What is to be other; what is absent stays. */
export const channelChange = z.strictObject({
  isEnabled: z.boolean().optional(),
  /** All settings; a secret that is left out stays, one that is null is given up. */
  config: config.optional(),
  filter: channelFilterInput.optional(),
  /** Settings are tried by a test message first. `discard`: those before stay unless it is delivered; `keep`: nothing is sent. */
  ifNotDelivered: z.enum(['discard', 'keep']).default('discard'),
});

/** What is to be other, as it is sent. */
export type ChannelChangeInput = z.input<typeof channelChange>;

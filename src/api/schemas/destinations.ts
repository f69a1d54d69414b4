// Destinations: kinds with their forms, the places themselves, tests.
import { z } from 'zod';
import { formField, keptFailure, keptNote } from './common.ts';
import { destinationState } from './overview.ts';

/** A kind of destination, with its form. */
export const destinationKind = z.object({
  kind: z.string(),
  title: z.string(),
  /** Reached by SSH: has a host key to confirm and an authorized_keys line. */
  isSsh: z.boolean(),
  fields: z.array(formField),
});

/** A kind of destination, with its form. */
export type DestinationKindView = z.infer<typeof destinationKind>;

/** All kinds. */
export const destinationKinds = z.object({ kinds: z.array(destinationKind) });

/** What a test found. */
export const probeResult = z.object({
  at: z.string(),
  isUsable: z.boolean(),
  failure: keptFailure.optional(),
  worries: z.array(keptNote),
  latencyMs: z.number().optional(),
  canReplace: z.boolean().optional(),
  canRead: z.boolean().optional(),
  canList: z.boolean().optional(),
  canRemove: z.boolean().optional(),
  freeBytes: z.number().optional(),
  clockDifferenceMs: z.number().optional(),
});

/** What a test found. */
export type ProbeView = z.infer<typeof probeResult>;

/** A destination. Secrets are never in `config`. */
export const destinationView = z.object({
  name: z.string(),
  kind: z.string(),
  kindTitle: z.string(),
  location: z.string(),
  config: z.record(z.string(), z.unknown()),
  state: destinationState,
  stateSince: z.string(),
  createdAt: z.string(),
  onThisMachine: z.boolean(),
  hostKeyFingerprint: z.string().optional(),
  mount: z.string().optional(),
  lastProbe: probeResult.optional(),
  appendOnly: z
    .object({ at: z.string(), isDeletingRefused: z.boolean(), isOverwritingRefused: z.boolean() })
    .optional(),
  /** No object lock of what lies there ends before; absent without object locks, or before the first renewal. */
  lockedUntil: z.string().optional(),
  /** Jobs that keep a copy here. */
  jobs: z.array(z.string()),
});

/** A destination. */
export type DestinationView = z.infer<typeof destinationView>;

/** All destinations. */
export const destinationList = z.object({ destinations: z.array(destinationView) });

const config = z.record(z.string(), z.unknown());

/** A place that is not kept yet. */
export const draft = z.strictObject({ kind: z.string().max(40), config });

/** A new destination. */
export const newDestination = z.strictObject({
  name: z.string().max(64),
  kind: z.string().max(40),
  config,
  /** The host key that a person compared, `SHA256:…`; needed for kinds reached by SSH. */
  hostKey: z.string().max(100).optional(),
  /** Jobs that shall keep a copy here from now on. */
  jobs: z.array(z.string().max(64)).max(100).default([]),
  /** `discard`: keep nothing unless the test passes; `keep`: keep it in any case. */
  ifNotUsable: z.enum(['discard', 'keep']).default('discard'),
});

/** A new destination, as it is sent. */
export type NewDestinationInput = z.input<typeof newDestination>;

/** Changed settings: all of them, but secrets that stay are left out. */
export const destinationChange = z.strictObject({
  config,
  /** As for a new destination; needed when the host is another. */
  hostKey: z.string().max(100).optional(),
  /** `discard`: the settings before stay unless the test passes; `keep`: the new ones are kept in any case. */
  ifNotUsable: z.enum(['discard', 'keep']).default('discard'),
});

/** Changed settings, as they are sent. */
export type DestinationChangeInput = z.input<typeof destinationChange>;

/** What came of it. */
export const addedDestination = z.object({
  isKept: z.boolean(),
  probe: probeResult,
  destination: destinationView.optional(),
});

/** What came of it. */
export type AddedDestination = z.infer<typeof addedDestination>;

/** What a test found, and the destination after it. */
export const testedDestination = z.object({ probe: probeResult, destination: destinationView });

/** How to test. */
export const testOptions = z.strictObject({ acceptEmpty: z.boolean().default(false) });

/** The keys a server shows. Nothing is proven by this: a person compares. */
export const hostKeys = z.object({ keys: z.array(z.object({ type: z.string(), fingerprint: z.string() })) });

/** The keys a server shows. */
export type HostKeysView = z.infer<typeof hostKeys>;

/** Which authorized_keys line. */
export const authorizeQuestion = z.strictObject({
  kind: z.string().max(40),
  config,
  right: z.enum(['append', 'write', 'read', 'full']).default('append'),
  from: z.string().max(500).optional(),
});

/** Orbit's public key, and the line that ties it to the folder. */
export const authorizedKeys = z.object({ publicLine: z.string(), line: z.string() });

/** Orbit's public key. */
export const sshKey = z.object({ name: z.string(), type: z.string(), publicLine: z.string(), createdAt: z.string() });

/** What ends when a destination is removed. What lies at the place stays. */
export const removalLoss = z.object({
  location: z.string(),
  /** Jobs that would keep no copy anywhere. */
  jobsWithoutCopy: z.array(z.string()),
  jobs: z.array(z.string()),
});

/** What ends when a destination is removed. */
export type RemovalLoss = z.infer<typeof removalLoss>;

// Looking into backups, and restoring from them. Paths are Go-quoted: bytes that are no plain text are escaped, so that every
// name comes back as it was.
import { z } from 'zod';
import { opening } from './ceremony.ts';
import { keptFailure } from './common.ts';

const copyKind = z.enum(['system', 'recordings']);
const path = z.string().max(40_000);
const nodeType = z.enum(['file', 'dir', 'symlink', 'dev', 'chardev', 'fifo', 'socket', 'irregular']);

/** The copies that can be looked into. */
export const copies = z.object({
  copies: z.array(z.object({ destination: z.string(), kind: copyKind })),
});

/** The copies that can be looked into. */
export type CopiesView = z.infer<typeof copies>;

/** What opens the recovery key of the Orbit that made it. */
export const adoption = z.strictObject({ opening });

/** It opened, and holds so many snapshots. */
export const adopted = z.object({ snapshots: z.number() });

/** A snapshot. */
export const snapshotView = z.object({
  id: z.string(),
  at: z.string(),
  host: z.string(),
  paths: z.array(z.string()),
  tags: z.array(z.string()),
  /** The snapshot that this one was copied from. */
  original: z.string().optional(),
  files: z.number().optional(),
  bytes: z.number().optional(),
  newBytes: z.number().optional(),
});

/** A snapshot. */
export type SnapshotView = z.infer<typeof snapshotView>;

/** All snapshots of a copy, the newest first. */
export const snapshotList = z.object({ snapshots: z.array(snapshotView) });

/** An entry of a folder. */
export const entryView = z.object({
  name: z.string(),
  path,
  type: nodeType,
  size: z.number(),
  changedAt: z.string(),
  mode: z.number(),
  owner: z.string(),
  group: z.string(),
  linkTarget: z.string().optional(),
});

/** An entry of a folder. */
export type EntryView = z.infer<typeof entryView>;

/** Which folder. */
export const entriesQuery = z.strictObject({
  path: path.default('/'),
  from: z.coerce.number().int().min(0).max(100_000_000).default(0),
  limit: z.coerce.number().int().min(1).max(20_000).default(20_000),
});

/** A part of a folder: folders first, each by name. */
export const entryList = z.object({ path, total: z.number(), entries: z.array(entryView) });

/** A part of a folder. */
export type EntryList = z.infer<typeof entryList>;

/** What is searched for: a part of a name, or a pattern with `*` and `?`. */
export const searchQuery = z.strictObject({
  name: z.string().min(1).max(255),
  limit: z.coerce.number().int().min(1).max(5000).default(1000),
});

/** A state of an entry, with the snapshots that hold it, the newest first. */
export const entryVersion = z.object({
  entry: entryView,
  snapshots: z.array(z.object({ id: z.string(), at: z.string() })),
});

/** What was found: paths with their states over time. `isComplete` is false when the search ended early. */
export const foundPaths = z.object({
  found: z.array(z.object({ path, versions: z.array(entryVersion) })),
  isComplete: z.boolean(),
});

/** What was found. */
export type FoundPathsView = z.infer<typeof foundPaths>;

/** Which path. */
export const pathQuery = z.strictObject({ path });

/** Why; needed for recordings. */
const reason = z.string().max(1000).optional();

/** What is to be taken out. */
export const takingOut = z.strictObject({ path, reason });

/** The states of one path, the newest first. */
export const entryVersions = z.object({ versions: z.array(entryVersion) });

/** The states of one path. */
export type EntryVersionsView = z.infer<typeof entryVersions>;

/** Which folder, and as what. */
export const archiveQuery = z.strictObject({ path, reason, format: z.enum(['tar', 'zip']).default('zip') });

/** What to restore, and where to. */
export const restoreOrder = z.strictObject({
  destination: z.string().max(64),
  kind: copyKind,
  snapshot: z.string().max(64).default('latest'),
  path: path.default('/'),
  to: z.enum(['place', 'original']),
  target: z.string().max(4096).default(''),
  overwrite: z.enum(['always', 'if-changed', 'never']).default('never'),
  /** True: says what would be done, writes nothing. */
  isPlan: z.boolean(),
  reason,
});

/** What to restore. */
export type RestoreOrderInput = z.input<typeof restoreOrder>;

const counts = z.object({ new: z.number(), replace: z.number(), keep: z.number(), cannot: z.number() });

/** A restore or a plan, going on or ended. */
export const restoreView = z.object({
  id: z.string(),
  order: restoreOrder,
  target: z.string(),
  startedBy: z.string(),
  startedAt: z.string(),
  endedAt: z.string().optional(),
  outcome: z.enum(['succeeded', 'partial', 'failed', 'cancelled']).optional(),
  failure: keptFailure.optional(),
  files: z.number(),
  bytes: z.number(),
  filesTotal: z.number().optional(),
  bytesTotal: z.number().optional(),
  counts,
  entries: z.array(
    z.object({
      path: z.string(),
      what: z.enum(['new', 'replace', 'keep', 'cannot']),
      bytes: z.number(),
      failure: keptFailure.optional(),
    }),
  ),
  /** Entries on which something could not be set, such as the owner where Orbit does not run as root. */
  notSet: z.number().optional(),
});

/** A restore or a plan. */
export type RestoreView = z.infer<typeof restoreView>;

/** Restores of this service since it was started, the newest first. */
export const restoreList = z.object({ restores: z.array(restoreView) });

// Session recordings: the catalogue, and looking at one.
import { z } from 'zod';

/** A recording of the catalogue. Times are ISO 8601 in UTC. */
export const recordingView = z.object({
  id: z.string(),
  host: z.string(),
  path: z.string(),
  format: z.string(),
  family: z.enum(['terminal', 'desktop', 'video', 'other']),
  size: z.number(),
  modifiedAt: z.string(),
  startedAt: z.string(),
  durationMs: z.number().optional(),
  user: z.string().optional(),
  origin: z.string().optional(),
  target: z.string().optional(),
  account: z.string().optional(),
  protocol: z.string().optional(),
  sessionId: z.string().optional(),
  title: z.string().optional(),
  width: z.number().optional(),
  height: z.number().optional(),
  tags: z.array(z.string()),
  sha256: z.string().optional(),
  firstSeenAt: z.string(),
  formerPaths: z.array(z.string()),
  replaces: z.string().optional(),
  damage: z.string().optional(),
  hold: z.object({ reason: z.string(), by: z.string(), at: z.string() }).optional(),
  copies: z.array(z.string()),
});

/** A recording of the catalogue. */
export type RecordingView = z.infer<typeof recordingView>;

const text = z.string().max(200).optional();

/** What is looked for; everything given must fit. */
export const recordingQuery = z.strictObject({
  text,
  /** Whole words that were shown or typed. */
  content: text,
  user: text,
  origin: text,
  target: text,
  account: text,
  protocol: text,
  tag: text,
  format: text,
  since: z.iso.datetime({ offset: true }).optional(),
  until: z.iso.datetime({ offset: true }).optional(),
  held: z.stringbool().optional(),
  skip: z.coerce.number().int().min(0).max(1_000_000_000).default(0),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

/** A page of recordings, newest first, and how many there are in all. */
export const recordingList = z.object({
  recordings: z.array(recordingView),
  /** The `skip` of the following page. */
  next: z.number().optional(),
  totals: z.object({ recordings: z.number(), bytes: z.number(), durationMs: z.number(), held: z.number() }),
  /** False when words of recordings are not kept: `content` finds nothing then. */
  findsContent: z.boolean(),
});

/** A page of recordings. */
export type RecordingList = z.infer<typeof recordingList>;

/** One recording with who has seen it. */
export const recordingDetail = z.object({
  recording: recordingView,
  viewings: z.array(
    z.object({
      viewer: z.string(),
      how: z.enum(['play', 'export', 'package']),
      reason: z.string(),
      startedAt: z.string(),
      approvedBy: z.string().optional(),
    }),
  ),
  /** What the caller may do with it. */
  may: z.object({ watch: z.boolean(), export: z.boolean(), hold: z.boolean() }),
  /** What a second person has to approve, and how the caller's own requests stand; empty where nobody has to. */
  approvals: z.array(
    z.object({
      how: z.enum(['play', 'export', 'package']),
      state: z.enum(['none', 'waiting', 'approved']),
      id: z.string().optional(),
      expiresAt: z.string().optional(),
      approvedBy: z.string().optional(),
    }),
  ),
});

/** One recording with who has seen it. */
export type RecordingDetail = z.infer<typeof recordingDetail>;

/** Why somebody wants to see it, and how. */
export const viewingRequest = z.strictObject({
  reason: z.string().max(1000),
  how: z.enum(['play', 'export']).default('play'),
});

/** A viewing that has begun: content is asked for by its id. */
export const viewingView = z.object({ viewing: z.string() });

/** Why a hold begins or ends. */
export const holdRequest = z.strictObject({ reason: z.string().max(1000) });

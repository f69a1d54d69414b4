// Secret sources: kinds with their forms, those that a job reads, tests.
import { z } from 'zod';
import { formField } from './common.ts';

/** The kinds of secret source, with the fields of their forms. */
export const sourceKinds = z.object({
  kinds: z.array(z.object({ kind: z.string(), title: z.string(), fields: z.array(formField) })),
});

/** The kinds of secret source. */
export type SourceKindsView = z.infer<typeof sourceKinds>;

/** A source that a job reads. Secrets are never in `config`. */
export const sourceView = z.object({
  job: z.string(),
  name: z.string(),
  kind: z.string(),
  kindTitle: z.string(),
  config: z.record(z.string(), z.unknown()),
  /** Names of the secret settings that are kept. */
  kept: z.array(z.string()),
});

/** A source that a job reads. */
export type SourceView = z.infer<typeof sourceView>;

/** All of them. */
export const sourceList = z.object({ sources: z.array(sourceView) });

/** A new source. It is kept only when it can be opened. */
export const newSource = z.strictObject({
  job: z.string().max(64).default('secrets'),
  name: z.string().max(60),
  kind: z.string().max(40),
  config: z.record(z.string(), z.unknown()).default({}),
});

/** Changed settings: all of them; a secret that is left out stays, one that is null is given up. */
export const sourceChange = z.strictObject({ config: z.record(z.string(), z.unknown()) });

/** What a test found: secrets held, and read when they were. */
export const testedSource = z.object({ held: z.number(), read: z.number().optional(), tookMs: z.number() });

/** What a test found. */
export type TestedSourceView = z.infer<typeof testedSource>;

/** A source that was added, with its test. */
export const addedSource = z.object({ source: sourceView, test: testedSource });

/** A source that was added. */
export type AddedSource = z.infer<typeof addedSource>;

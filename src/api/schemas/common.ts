// Shapes that many answers share. Nothing that a browser lacks: the console imports these types too.
import { z } from 'zod';
import { scopes } from '../../accounts/scope.ts';

/** An error, as RFC 9457 has it, with our code and its cure. */
export const problem = z.object({
  type: z.string().meta({ description: 'Where the code is explained.' }),
  title: z.string(),
  status: z.number().int(),
  /** A failure code of docs/errors.md; never changes. */
  code: z.string(),
  /** What happened, with names. */
  detail: z.string(),
  /** What to do about it. */
  hint: z.string().optional(),
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
});

/** An error, as RFC 9457 has it, with our code and its cure. */
export type Problem = z.infer<typeof problem>;

/** A failure inside an answer. */
export const keptFailure = z.object({ code: z.string(), message: z.string(), hint: z.string().optional() });

/** The three kinds of backup. */
export const backupKind = z.enum(['secrets', 'system', 'recordings']);

/** How a run ended. */
export const outcome = z.enum(['succeeded', 'partial', 'failed', 'cancelled', 'skipped']);

/** How a run ended. */
export type OutcomeView = z.infer<typeof outcome>;

/** What people may do. */
export const role = z.enum(['administrator', 'operator', 'auditor', 'custodian']);

/** What people may do. */
export type RoleView = z.infer<typeof role>;

/** Something that can be allowed. */
export const scope = z.enum(scopes);

/** A field of a form that is made from a schema. */
export const formField = z.object({
  name: z.string(),
  title: z.string(),
  description: z.string(),
  type: z.enum(['text', 'number', 'yes-no', 'list', 'file', 'choice']),
  isSecret: z.boolean(),
  /** Says where the secrets are sent: when it changes, they are to be given again. */
  isPlace: z.boolean(),
  isRequired: z.boolean(),
  choices: z.array(z.string()),
  default: z.unknown().optional(),
});

/** A field of a form that is made from a schema. */
export type FormField = z.infer<typeof formField>;

/** Nothing to say. */
export const nothing = z.object({});

const plainFacts = z.record(z.string(), z.union([z.string(), z.number()]));
// A reason may be a note of its own, or a failure.
const noteFact = z.union([z.string(), z.number(), z.object({ code: z.string(), facts: plainFacts }), keptFailure]);

/** Something worth knowing, as a code and its facts for words in the reader's language; as text where an earlier version kept it. */
export const keptNote = z.union([z.string(), z.object({ code: z.string(), facts: z.record(z.string(), noteFact) })]);

// What a drill leaves behind: the facts an auditor asks for, as data. No value of a secret is ever in it.
import { z } from 'zod';

/** The newest version of the report's format that we write and read. */
export const reportVersion = 1;

const text = (max: number): z.ZodString => z.string().max(max);
const count = z.number().int().nonnegative();
const milliseconds = count;

/** What a step of a drill does, in the order in which they come. */
export const stepNames = [
  /** The destination was opened anew and answered. */
  'reach',
  /** The files at its top open the backups with the current recovery key. */
  'keys',
  /** The newest snapshot or kit was found there. */
  'newest',
  /** The repository: every index, pack size and tree, and a random part of the packs byte by byte. */
  'structure',
  /** A random sample of files was restored from the destination. */
  'restore',
  /** Every restored byte was compared with the snapshot's hashes. */
  'hashes',
  /** What is unchanged at its source was compared with it byte for byte. */
  'source',
  /** Every database dump was restored into a scratch server of its own, and its tables were counted. */
  'databases',
  /** A kit's files were read back: size, SHA-256, signature. */
  'kit-files',
  /** People opened the kit. */
  'opening',
  /** The secrets were counted. */
  'count',
  /** Keyed digests of all secrets were compared with those taken when the kit was made. */
  'digests',
  /** One chosen secret was compared with the vault of today. */
  'chosen-secret',
] as const;

/** See `stepNames`. */
export type StepName = (typeof stepNames)[number];

const failure = z.strictObject({ code: text(100), message: text(5000), hint: text(5000).optional() });

const plainFacts = z.record(text(40), z.union([text(2000), z.number()]));
const noteFact = z.union([text(2000), z.number(), z.strictObject({ code: text(100), facts: plainFacts }), failure]);

const keptNote = z.union([text(1000), z.strictObject({ code: text(100), facts: z.record(text(40), noteFact) })]);

const step = z.strictObject({
  name: z.enum(stepNames),
  result: z.enum(['passed', 'failed', 'skipped']),
  durationMs: milliseconds,
  /** Numbers and names by which a reader can judge the step. */
  facts: z.record(z.string().regex(/^[a-zA-Z]{1,40}$/), z.union([text(2000), z.number(), z.boolean()])),
  /** What a reader should know though nothing failed. */
  notes: z.array(keptNote).max(100),
  failure: failure.optional(),
});

/** One step as it went. */
export type DrillStep = z.infer<typeof step>;

const sampledFile = z.strictObject({
  path: text(20_000),
  bytes: count,
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** `restored`: written to a private folder and read there; `read`: too large for it, read without being written. */
  how: z.enum(['restored', 'read']),
  /** `unchanged`: compared byte for byte with the source; else why that could not be. */
  source: z.enum(['unchanged', 'changed', 'gone', 'elsewhere']),
});

/** A file of the sample. */
export type SampledFile = z.infer<typeof sampledFile>;

const reportSchema = z.strictObject({
  format: z.literal('orbit-drill-report'),
  version: z.literal(reportVersion),
  id: z.string().regex(/^[0-9A-Za-z-]{1,60}$/),
  way: z.enum(['automatic', 'people']),
  kind: z.enum(['secrets', 'system', 'recordings']),
  result: z.enum(['passed', 'failed']),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime(),
  durationMs: milliseconds,
  /** From the start until the first file, or the first password, could be read. */
  firstReadableMs: milliseconds.optional(),
  startedBy: z.enum(['person', 'schedule']),
  /** The account that ran the drill. */
  user: text(200),
  /** Who was there, by their own word. */
  people: z.array(z.strictObject({ name: text(200), role: text(200) })).max(100),
  /** The copy that was tested. */
  copy: z.strictObject({
    destination: text(200),
    location: text(2000),
    /** The snapshot's id or the kit's name, where one was found. */
    name: text(200).optional(),
    madeAt: z.iso.datetime({ offset: true }).optional(),
    /** SHA-256 of the kit's manifest.json. */
    fingerprint: text(100).optional(),
    recoveryKey: text(100).optional(),
  }),
  /** Where the drill ran. */
  machine: z.strictObject({ host: text(255), orbit: text(50), node: text(50), system: text(200) }),
  steps: z.array(step).max(50),
  sample: z.array(sampledFile).max(10_000),
});

/** A drill's report. Times are ISO 8601 in UTC, sizes in bytes. */
export type DrillReport = z.infer<typeof reportSchema>;

/** Reads a report's data, or gives why it is none. */
export function parseReport(json: unknown): DrillReport | { problem: string } {
  const parsed = reportSchema.safeParse(json);
  return parsed.success ? parsed.data : { problem: z.prettifyError(parsed.error) };
}

/** What a passed drill of this way and kind does not prove, so that nobody takes it for more. Keys of the report's texts. */
export function limitsOf(
  report: Pick<DrillReport, 'way' | 'kind'>,
): ('sample' | 'running' | 'unopened' | 'one-group' | 'machine')[] {
  if (report.way === 'people') return ['one-group', 'machine'];
  return report.kind === 'secrets' ? ['unopened'] : ['sample', 'running', 'machine'];
}

/**
 * The controls for which a report is evidence: NIST SP 800-34 Rev. 1 with SP 800-53 Rev. 5 CP-9(1) (and CP-9(2), a sample
 * in a contingency test), ISO/IEC 27001:2022 A.8.13, Regulation (EU) 2022/2554 (DORA) article 12.
 */
export const controls = [
  { framework: 'NIST SP 800-34 Rev. 1 / SP 800-53 Rev. 5', control: 'CP-9(1)', key: 'cp9' },
  { framework: 'ISO/IEC 27001:2022', control: 'A.8.13', key: 'a813' },
  { framework: 'Regulation (EU) 2022/2554 (DORA)', control: 'Article 12', key: 'dora' },
] as const;

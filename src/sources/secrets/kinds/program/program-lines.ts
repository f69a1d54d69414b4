// What a program prints to hand secrets over: one JSON object a line, and a last line that says how many there were.
// The format is described in docs/sources/secrets.md; a key that is not of it is refused rather than lost.
import { z } from 'zod';
import { Failure } from '../../../../base/failure.ts';
import { SecretString } from '../../../../base/secret-string.ts';
import type { SecretRecord } from '../../secret-record.ts';

const hiddenText = z.string().transform((value) => new SecretString(value));
const time = z.iso.datetime({ offset: true }).transform((value) => new Date(value));
const fields = z
  .array(
    z
      .strictObject({ name: z.string(), value: hiddenText, protected: z.boolean().default(true) })
      .transform(({ name, value, protected: isProtected }) => ({ name, value, isProtected })),
  )
  .default([]);
const look = {
  title: z.string(),
  username: z.string().default(''),
  password: hiddenText.default(() => new SecretString('')),
  url: z.string().default(''),
  notes: hiddenText.default(() => new SecretString('')),
  fields,
  totp: hiddenText.optional(),
  attachments: z
    .array(
      z
        .strictObject({ name: z.string(), base64: z.base64() })
        .transform(({ name, base64 }) => ({ name, bytes: Buffer.from(base64, 'base64') })),
    )
    .default([]),
  changedAt: time.default(() => new Date(0)),
};
const secretLine = z.strictObject({
  ...look,
  id: z.string().min(1).max(200),
  type: z.enum(['login', 'ssh-key', 'api-key', 'certificate', 'note', 'database', 'other']).default('login'),
  groups: z.array(z.string()).default([]),
  tags: z.array(z.string()).default([]),
  createdAt: time.default(() => new Date(0)),
  expiresAt: time.optional(),
  history: z.array(z.strictObject(look)).default([]),
});
const idLine = z.strictObject({ id: z.string().min(1).max(200) });
const endLine = z.strictObject({ end: z.literal(true), count: z.number().int().nonnegative() });

/**
 * The secrets in a program's output, one by one. The last line must be `{"end": true, "count": N}`: a cut output is never
 * taken for a complete one.
 * @throws Failure `secrets.program-cut`, `secrets.program-line`; the latter names the line and its fields, never a value.
 */
export function* secretLines(output: Buffer, program: string): Generator<SecretRecord> {
  for (const { number, json } of jsonLines(output, program)) {
    const { expiresAt, history, ...rest } = parsed(secretLine, json, number, program);
    const past = history.map(withFactor);
    yield { ...withFactor(rest), history: past, ...(expiresAt === undefined ? {} : { expiresAt }) };
  }
}

function withFactor<Look extends { totp?: SecretString | undefined }>({ totp, ...rest }: Look) {
  return { ...rest, ...(totp === undefined ? {} : { totp }) };
}

/** The ids in the output of a program's census: lines with nothing but `{"id": "…"}`, and the same last line. */
export function idLines(output: Buffer, program: string): string[] {
  return [...jsonLines(output, program)].map(({ number, json }) => parsed(idLine, json, number, program).id);
}

function* jsonLines(output: Buffer, program: string): Generator<{ number: number; json: unknown }> {
  let number = 0;
  let count = 0;
  let isEnded = false;
  for (let at = 0; at < output.length; ) {
    const lineEnd = output.indexOf(0x0a, at);
    const line = output.toString('utf8', at, lineEnd < 0 ? output.length : lineEnd).trim();
    at = lineEnd < 0 ? output.length : lineEnd + 1;
    number += 1;
    if (line === '') continue;
    if (isEnded) throw badLine(program, number, 'something follows the last line');
    const json = jsonOf(line, number, program);
    const end = endLine.safeParse(json);
    if (!end.success) {
      count += 1;
      yield { number, json };
      continue;
    }
    if (end.data.count !== count) throw cut(program, `it says ${end.data.count} secrets and printed ${count}`);
    isEnded = true;
  }
  if (!isEnded) throw cut(program, `its last line is missing after ${count} secrets`);
}

function jsonOf(line: string, number: number, program: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    // The parser's own message quotes the line.
    throw badLine(program, number, 'it is not JSON');
  }
}

function parsed<Line>(schema: z.ZodType<Line>, json: unknown, number: number, program: string): Line {
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const faults = result.error.issues.map((issue) => `${issue.path.join('.') || 'the line'}: ${issue.code}`);
  throw badLine(program, number, faults.join('; '));
}

function cut(program: string, why: string): Failure {
  return new Failure('secrets.program-cut', {
    message: `the output of ${program} is not whole: ${why}`,
    hint: 'Its last line must be {"end": true, "count": N}, printed only when everything before it was.',
  });
}

function badLine(program: string, number: number, why: string): Failure {
  return new Failure('secrets.program-line', {
    message: `line ${number} of ${program} cannot be taken: ${why}`,
    hint: 'The format is in docs/sources/secrets.md; every key must be one of it.',
  });
}

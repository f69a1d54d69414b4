// `Idempotency-Key` on requests that make something: sent again after a broken line, the same request is not done twice, and
// gets the answer of the first time. Answers with secrets in them (tokens, links, codes) are never kept.
import { createHmac, hash } from 'node:crypto';
import { Failure } from '../base/failure.ts';
import type { InstanceKey } from '../store/instance-key.ts';
import type { AnyRoute, RouteInput } from './route.ts';

const dayMs = 24 * 60 * 60_000;
const answerBytesMax = 64 * 1024;

/**
 * Does `work` once per key, caller and address. A request that failed may be sent again.
 * @throws Failure `api.idempotency-key-used` for the same key with another body, `api.still-doing` while the first goes on.
 */
export async function onceForKey(
  spec: AnyRoute,
  { site, caller, request, body }: RouteInput<unknown, unknown>,
  work: () => Promise<unknown>,
): Promise<unknown> {
  const key = request.headers['idempotency-key'];
  if (spec.method !== 'POST' || spec.allow === 'anyone' || typeof key !== 'string') return await work();
  if (!/^[\x21-\x7e]{1,200}$/.test(key)) {
    throw new Failure('api.bad-request', {
      message: 'the Idempotency-Key is not 1 to 200 printable characters without blanks',
      hint: 'A UUID is a good one.',
    });
  }
  const { database } = site.store;
  const now = site.clock.now();
  database.prepare('DELETE FROM idempotent_answer WHERE at < ?').run(new Date(now.getTime() - dayMs).toISOString());
  const digest = hash('sha256', JSON.stringify([caller.accountId ?? caller.name, request.url, key]), 'buffer');
  const bodyDigest = digestOfBody(site.instanceKey, body);
  const { changes } = database
    .prepare('INSERT OR IGNORE INTO idempotent_answer (digest, body, at) VALUES (?, ?, ?)')
    .run(digest, bodyDigest, now.toISOString());
  if (changes === 0)
    return earlierAnswer(database.prepare('SELECT * FROM idempotent_answer WHERE digest = ?').get(digest), bodyDigest);
  try {
    const answer = await work();
    const text = JSON.stringify(answer) ?? '{}';
    const isKept = spec.hasSecretAnswer !== true && Buffer.byteLength(text) <= answerBytesMax;
    database.prepare('UPDATE idempotent_answer SET answer = ? WHERE digest = ?').run(isKept ? text : notKept, digest);
    return answer;
  } catch (error) {
    database.prepare('DELETE FROM idempotent_answer WHERE digest = ?').run(digest);
    throw error;
  }
}

const notKept = '';

// Keyed, because bodies hold passwords: whoever has the database alone must not be able to try some against a plain digest.
function digestOfBody(instanceKey: InstanceKey, body: unknown): Buffer {
  const key = instanceKey.copyBytes();
  try {
    return createHmac('sha256', key)
      .update(`idempotent body ${JSON.stringify(body) ?? ''}`)
      .digest();
  } finally {
    key.fill(0);
  }
}

function earlierAnswer(row: Record<string, unknown> | undefined, bodyDigest: Buffer): unknown {
  if (row !== undefined && !bodyDigest.equals(row['body'] as Uint8Array)) {
    throw new Failure('api.idempotency-key-used', {
      message: 'this Idempotency-Key was used with another request',
      hint: 'Take a new key for each thing that is to be done.',
    });
  }
  const answer = row?.['answer'];
  if (typeof answer === 'string' && answer !== notKept) return JSON.parse(answer) as unknown;
  if (answer === notKept) {
    throw new Failure('api.answer-not-kept', {
      message: 'this was done already, and its answer is shown only once',
      hint: 'See whether it is there; remove it and make it again with a new key to get a new secret.',
    });
  }
  throw new Failure('api.still-doing', {
    message: 'the first request with this Idempotency-Key is still being done',
    hint: 'Ask again in a moment with the same key.',
    facts: { retryAfterSeconds: 2 },
  });
}

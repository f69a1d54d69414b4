// Proves an audit trail, from a store or from an exported file, with nothing else at hand.
import { Failure } from '../base/failure.ts';
import { type KeptEntry, auditEntry, hashOfEntry, noPrevious } from './entry.ts';

/** What was proved. */
export interface VerifiedTrail {
  entries: number;
  first: number;
  last: number;
  head: string;
  /** Times of the first and the last entry. */
  from: string;
  until: string;
}

/**
 * Follows the chain. `knownHeads` are hashes kept elsewhere (by the SIEM, in a backup): each must be in the trail, which is
 * what shows that its end was not cut off and made anew.
 * @throws Failure `audit.broken` that names the first broken link, `audit.head-missing`, `audit.empty`.
 */
export async function verifyTrail(
  entries: Iterable<KeptEntry> | AsyncIterable<KeptEntry>,
  knownHeads: readonly string[] = [],
): Promise<VerifiedTrail> {
  let result: VerifiedTrail | undefined;
  const missing = new Set(knownHeads);
  for await (const { text, hash } of entries) {
    const expectedNumber: number | undefined = result === undefined ? undefined : result.last + 1;
    const parsed = auditEntry.safeParse(parseJson(text));
    if (!parsed.success) throw broken(expectedNumber ?? 1, 'it is no audit entry');
    const { number, previous, at } = parsed.data;
    if (hashOfEntry(text) !== hash) throw broken(number, 'its text does not have the hash that stands beside it');
    if (expectedNumber !== undefined && number !== expectedNumber) {
      throw broken(expectedNumber, `entry ${number} stands in its place`);
    }
    if (result !== undefined && previous !== result.head) throw broken(number, 'it does not name the entry before it');
    if (number === 1 && previous !== noPrevious) throw broken(1, 'it names an entry before it, and is the first');
    missing.delete(hash);
    result = {
      entries: (result?.entries ?? 0) + 1,
      first: result?.first ?? number,
      last: number,
      head: hash,
      from: result?.from ?? at,
      until: at,
    };
  }
  if (result === undefined) {
    throw new Failure('audit.empty', {
      message: 'the audit trail holds no entry',
      hint: 'Every instance has entries from its first sign-in on. Is this the right file or data folder?',
    });
  }
  if (missing.size === 0) return result;
  throw new Failure('audit.head-missing', {
    message: `the trail is whole in itself, but does not hold ${[...missing].join(', ')}`,
    hint: 'That hash was sent out or backed up when the entry was made: the trail was cut off or made anew since, or is of another instance.',
  });
}

/** The entries of an exported file's lines. @throws Failure `audit.broken` for a line that is none. */
export async function* readExported(lines: AsyncIterable<string>): AsyncIterable<KeptEntry> {
  let line = 0;
  for await (const text of lines) {
    line += 1;
    if (text === '') continue;
    const match = /^([0-9a-f]{64}) (\{.*\})$/.exec(text);
    if (match === null) throw broken(line, `line ${line} of the file is no entry`);
    yield { hash: match[1] ?? '', text: match[2] ?? '' };
  }
}

function broken(number: number, why: string): Failure {
  return new Failure('audit.broken', {
    message: `the chain breaks at entry ${number}: ${why}`,
    hint: 'Somebody changed the trail, or the disk did. Compare with what the SIEM received (event 336.004) and with an older backup of the database.',
    facts: { entry: number },
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

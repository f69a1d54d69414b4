// Is what was read everything? Compares with what the source said it holds, and with what the last run read.
// Pure, and free of titles and values: ids only. One vault product exported a single record of many, and called it success.
import { Failure } from '../../base/failure.ts';
import { sameTexts } from './same-texts.ts';

/** What is compared. Ids are those of the source; order does not matter. */
export interface CompletenessInput {
  /** What the source said it holds before it was read. */
  census: string[];
  /** What it said after reading; what was removed meanwhile is then not missed. */
  censusAfter?: string[];
  /** What was read. */
  read: string[];
  /** What the last good run read; absent on the first run. */
  previous?: string[];
  /** The share of the previous secrets that may be gone, 0 to 1. 0.2 unless told. */
  maxDropShare?: number;
  /** So few gone secrets are never a sudden drop, unless nothing is left. 2 unless told. */
  dropAllowed?: number;
  /** A person has said that the drop is meant. */
  isDropAccepted?: boolean;
}

/** Why a run is not complete. */
export type CompletenessFault = 'missing' | 'read-twice' | 'sudden-drop' | 'empty';

/** The verdict; `missing` names ids of the census that were not read. */
export interface CompletenessVerdict {
  isComplete: boolean;
  faults: CompletenessFault[];
  censusCount: number;
  readCount: number;
  missing: string[];
  /** Ids that were read more than once: one of the two hides the other in whatever is keyed by id. */
  readTwice: string[];
  /** How many were read that the census did not name: added meanwhile. */
  addedMeanwhile: number;
  /** How many that the last run read are not there any more, and their share of it. */
  goneCount: number;
  goneShare: number;
}

/** Judges one reading of one source. */
export function judgeCompleteness(input: CompletenessInput): CompletenessVerdict {
  const read = new Set(input.read);
  // Usually all lists are the same, and nothing needs to be looked up.
  const setOf = (ids: readonly string[]): ReadonlySet<string> => (sameTexts(ids, input.read) ? read : new Set(ids));
  const census = setOf(input.census);
  const stillThere = input.censusAfter === undefined ? census : setOf(input.censusAfter);
  const missing = without(census, read).filter((id) => stillThere.has(id));
  const previous = setOf(input.previous ?? []);
  const gone = without(previous, read);
  const goneShare = previous.size === 0 ? 0 : gone.length / previous.size;
  const isEmptied = previous.size > 0 && read.size === 0;
  const isDrop = gone.length > (input.dropAllowed ?? 2) && goneShare > (input.maxDropShare ?? 0.2);
  const readTwice = read.size === input.read.length ? [] : repeated(input.read);
  const faults: CompletenessFault[] = [];
  if (missing.length > 0) faults.push('missing');
  if (readTwice.length > 0) faults.push('read-twice');
  if (isEmptied && input.isDropAccepted !== true) faults.push('empty');
  else if (isDrop && input.isDropAccepted !== true) faults.push('sudden-drop');
  return {
    isComplete: faults.length === 0,
    faults,
    censusCount: census.size,
    readCount: read.size,
    missing,
    readTwice,
    addedMeanwhile: without(read, census).length,
    goneCount: gone.length,
    goneShare,
  };
}

/**
 * Nothing when the verdict is good.
 * @throws Failure `secrets.incomplete`, `secrets.read-twice` or `secrets.sudden-drop`, with the counts as facts.
 */
export function requireComplete(verdict: CompletenessVerdict, source: string): void {
  const { faults, missing, censusCount, readCount, goneCount, readTwice } = verdict;
  const facts = { source, censusCount, readCount, missingCount: missing.length, goneCount };
  const some = (ids: string[]): string => ids.slice(0, 5).join(', ') + (ids.length > 5 ? ', …' : '');
  if (faults.includes('missing')) {
    throw new Failure('secrets.incomplete', {
      message: `${missing.length} of ${censusCount} secrets of '${source}' were not read: ${some(missing)}`,
      hint: 'What the credential of this source may read is the usual reason; the last good kit stays the newest.',
      facts,
    });
  }
  if (faults.includes('read-twice')) {
    throw new Failure('secrets.read-twice', {
      message: `'${source}' gave ${readTwice.length} ids more than once: ${some(readTwice)}`,
      hint: 'Each secret needs an id of its own, the same in every run.',
      facts,
    });
  }
  if (faults.length > 0) {
    throw new Failure('secrets.sudden-drop', {
      message: `'${source}' has lost ${goneCount} of its secrets since the last run; ${readCount} are left`,
      hint: 'Look at the source first. If they were removed on purpose: orbit backup create --job JOB --accept-drop "why".',
      facts,
    });
  }
}

function without(ids: ReadonlySet<string>, others: ReadonlySet<string>): string[] {
  return ids === others ? [] : [...ids].filter((id) => !others.has(id));
}

function repeated(ids: string[]): string[] {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const id of ids) (seen.has(id) ? twice : seen).add(id);
  return [...twice];
}

// Which snapshot is meant by `latest` or the beginning of an id.
import { Failure } from '../../base/failure.ts';
import type { NamedSnapshot } from '../format/snapshot-types.ts';

/** Older before newer, to the nanosecond; by id where times are equal. */
export function compareSnapshots(a: NamedSnapshot, b: NamedSnapshot): number {
  return Date.parse(a.time) - Date.parse(b.time) || nanoseconds(a.time) - nanoseconds(b.time) || (a.id < b.id ? -1 : 1);
}

/**
 * Picks from candidates that are sorted oldest first.
 * @throws Failure `repository.no-such-snapshot`, `repository.ambiguous-snapshot`
 */
export function chooseSnapshot<Candidate extends { id: string }>(candidates: Candidate[], which: string): Candidate {
  const found = which === 'latest' ? candidates.slice(-1) : candidates.filter(({ id }) => id.startsWith(which));
  const [first] = found;
  if (first === undefined || which === '') throw noSuchSnapshot(which);
  if (found.length > 1) throw ambiguousSnapshot(which, found.length);
  return first;
}

function nanoseconds(time: string): number {
  return Number((/\.(\d+)/.exec(time)?.[1] ?? '').padEnd(9, '0').slice(0, 9));
}

function noSuchSnapshot(which: string): Failure {
  return new Failure('repository.no-such-snapshot', {
    message: which === 'latest' ? 'the repository has no snapshot yet' : `no snapshot's id starts with '${which}'`,
    hint: 'See which there are with `orbit repo snapshots`.',
  });
}

function ambiguousSnapshot(which: string, count: number): Failure {
  return new Failure('repository.ambiguous-snapshot', {
    message: `the ids of ${count} snapshots start with '${which}'`,
    hint: 'Give more digits of the id.',
  });
}

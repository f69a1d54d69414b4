// What `check` finds: errors, which mean that something cannot be restored, and hints, which mean that something is untidy.
import type { Failure } from '../../base/failure.ts';

/** One finding, in words that name what is concerned, and the same names for machines. */
export interface CheckProblem {
  severity: 'error' | 'hint';
  message: string;
  /** A file of the repository that is not a pack, such as `index/3f9a…`. */
  file?: string;
  pack?: string;
  blob?: string;
  snapshot?: string;
  /** A path inside that snapshot. */
  path?: string;
}

/** The names a problem carries. */
export type ProblemNames = Omit<CheckProblem, 'severity' | 'message'>;

/** Something that cannot be restored. */
export function errorProblem(message: string, names: ProblemNames = {}): CheckProblem {
  return { severity: 'error', message, ...names };
}

/** Something untidy that harms nobody. */
export function hintProblem(message: string, names: ProblemNames = {}): CheckProblem {
  return { severity: 'hint', message, ...names };
}

/** An error from a failure that was caught, with the names it carries. */
export function failureProblem(failure: Failure, names: ProblemNames = {}): CheckProblem {
  const { file, pack, blob } = failure.facts as ProblemNames;
  return errorProblem(failure.message, {
    ...(file === undefined ? {} : { file }),
    ...(pack === undefined ? {} : { pack }),
    ...(blob === undefined ? {} : { blob }),
    ...names,
  });
}

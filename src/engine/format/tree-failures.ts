// What is wrong with a stored tree.
import { Failure } from '../../base/failure.ts';
import { quote } from './go-text.ts';

/** A tree that is none. */
export function damaged(why: string, cause?: unknown): Failure {
  return new Failure('tree.damaged', {
    message: `a folder's list of entries cannot be read: ${why}`,
    hint: 'Run `orbit repo check --read-data`; an earlier snapshot may hold the folder whole.',
    cause,
  });
}

/** A value under this key that cannot be. */
export function senseless(key: string, name: Buffer): Failure {
  return damaged(`the '${key}' of '${quote(name)}' makes no sense`);
}

/** A name that no program writes. */
export function hostileName(name: Buffer, why: string): Failure {
  return new Failure('tree.hostile-name', {
    message: `the name '${quote(name)}' in a snapshot ${why}`,
    hint: 'No backup program writes such a name: someone has tampered with this snapshot. Restore an earlier one.',
  });
}

// Who may do what with recordings. Those who run backups need not see what administrators of other systems did in them.
import { Failure } from '../base/failure.ts';
import type { Caller } from './site.ts';

/** What can be done with a recording beyond finding it. */
export interface RecordingRights {
  watch: boolean;
  export: boolean;
  hold: boolean;
}

/** The rights of a caller. */
export function rightsOf({ scopes }: Pick<Caller, 'scopes'>): RecordingRights {
  const may = (right: keyof RecordingRights): boolean => scopes.includes(`recordings:${right}`);
  return { watch: may('watch'), export: may('export'), hold: may('hold') };
}

/** @throws Failure `recordings.not-allowed` */
export function requireRight(caller: Caller, right: keyof RecordingRights): void {
  if (rightsOf(caller)[right]) return;
  throw new Failure('recordings.not-allowed', {
    message: `${caller.name} may not ${right} recordings`,
    hint: 'Auditors and administrators watch; administrators export and hold. A token needs the scope recordings:watch or recordings:export.',
  });
}

// Who may do what with recordings. Those who run backups need not see what administrators of other systems did in them.
import { Failure } from '../base/failure.ts';
import type { Caller } from './site.ts';

/** What can be done with a recording beyond finding it. */
export interface RecordingRights {
  watch: boolean;
  export: boolean;
  hold: boolean;
}

// A role that is not in the table may find recordings, and nothing more.
const rights: Record<string, RecordingRights> = {
  administrator: { watch: true, export: true, hold: true },
  operator: { watch: false, export: false, hold: false },
  auditor: { watch: true, export: false, hold: false },
};

/** The rights of a caller. */
export function rightsOf({ role }: Pick<Caller, 'role'>): RecordingRights {
  return rights[role] ?? { watch: false, export: false, hold: false };
}

/** @throws Failure `recordings.not-allowed` */
export function requireRight(caller: Caller, right: keyof RecordingRights): void {
  if (rightsOf(caller)[right]) return;
  throw new Failure('recordings.not-allowed', {
    message: `the role ${caller.role} may not ${right} recordings`,
    hint: 'Auditors and administrators watch; administrators export and hold. Finding is free to all who are signed in.',
  });
}

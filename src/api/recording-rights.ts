// Who may do what with recordings. Those who run backups need not see what administrators of other systems did in them.
import type { ApprovalPerson, ApprovalSite } from '../accounts/approval.ts';
import { Failure } from '../base/failure.ts';
import { type PermittedTaking, permitTaking } from '../jobs/recording-taking.ts';
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

/** What an order to take something out of a backup says. */
export interface TakingOrder {
  destination?: string;
  kind?: string;
  snapshot?: string;
  path: string;
  reason?: string | undefined;
}

/**
 * A taking out of a backup of recordings that may begin: who may not export a recording does not get it this way either. Undefined
 * where the backup is of another kind. @throws Failure `recordings.not-allowed`, `recordings.no-reason`, `approvals.waiting`
 */
export function permittedTaking(
  site: ApprovalSite,
  by: ApprovalPerson,
  { destination = '', kind, snapshot = '', path, reason = '' }: TakingOrder,
  caller: Caller,
): PermittedTaking | undefined {
  if (kind !== 'recordings') return undefined;
  requireRight(caller, 'export');
  return permitTaking(site, { destination, snapshot, path, reason }, by);
}

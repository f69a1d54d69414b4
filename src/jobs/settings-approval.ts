// Four eyes for what lets go of copies without deleting any: keeping less, another place or none for what is to come, the end of a hold.
import { type ApprovalPerson, type ApprovalSite, type ApprovalWanted, requireApproval } from '../accounts/approval.ts';
import { note } from '../base/note.ts';
import { type Destination, kindOf, locationOf } from '../destinations/destination.ts';
import type { HoldKind } from './copy-hold.ts';
import type { Job } from './job.ts';
import { keepsLess } from './retention-rule.ts';

/**
 * Passes when the change may be done; true when the job keeps less then.
 * @throws Failure `approvals.waiting` for each thing by itself, as each is asked for and approved.
 */
export function requireJobApproval(site: ApprovalSite, before: Job, after: Job, by: ApprovalPerson): boolean {
  const job = after.name;
  for (const name of before.destinations.filter((one) => !after.destinations.includes(one))) {
    requireApproval(
      site,
      { action: 'destination.remove', subject: note('approval.destination-unused', { name, job }) },
      by,
    );
  }
  if (!keepsLess(before.retention, after.retention)) return false;
  requireApproval(site, { action: 'retention.weaken', subject: job, detail: JSON.stringify(after.retention) }, by);
  return true;
}

/** What waits when a destination is to lie elsewhere: for the jobs it is another one. `config` has no need of secrets. */
export function movedDestination(place: Destination, config: Record<string, unknown>): ApprovalWanted | undefined {
  const location = kindOf(place.kind).location(config);
  if (location === locationOf(place)) return undefined;
  const subject = note('approval.destination-elsewhere', { name: place.name, location });
  return { action: 'destination.remove', subject };
}

/** What waits when a hold is to end: retention may take then what it kept. */
export function endedHold(copy: string, how: HoldKind): ApprovalWanted {
  const subject =
    how === 'legal' ? note('approval.legal-hold-ends', { copy }) : note('approval.protection-ends', { copy });
  return { action: 'retention.weaken', subject };
}

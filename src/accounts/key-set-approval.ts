// Four eyes for the recovery key and what opens it: while there is a key, changing either waits for a second administrator.
import { isFailure } from '../base/failure.ts';
import { isRefusedOpening } from '../breakglass/custody-events.ts';
import { findCurrentKey } from '../breakglass/recovery-key-store.ts';
import { type ApprovalPerson, type ApprovalSite, requireApproval, returnApproval } from './approval.ts';

/** What changes. `detail` is what must be the same when it is done again; never a secret. */
export interface KeySetChange {
  what: 'recovery key' | 'shares' | 'master password' | 'recipients';
  detail?: string;
}

/**
 * Does `work` when it may be done. The first key ends nothing and waits for nobody. An approval is still good when the key
 * was not opened: nothing was changed then, and who mistypes a password needs no second administrator twice.
 * @throws Failure `approvals.waiting`.
 */
export async function withKeySetApproval<Result>(
  site: ApprovalSite,
  { what, detail = '' }: KeySetChange,
  by: ApprovalPerson,
  work: () => Promise<Result>,
): Promise<Result> {
  const current = findCurrentKey(site.store);
  if (current === undefined) return await work();
  const subject = what === 'recovery key' ? `recovery key ${current.id}` : `${what} of recovery key ${current.id}`;
  const used = requireApproval(site, { action: 'ceremony.end', subject, detail }, by);
  try {
    return await work();
  } catch (error) {
    if (used !== undefined && isFailure(error) && isRefusedOpening(error)) returnApproval(site, used.id);
    throw error;
  }
}

/** How a new set of shares is told apart from another: who gets one, and how many open the key. */
export function splitDetail(plan: {
  receivers: readonly { custodian: { name: string } }[];
  threshold: number;
}): string {
  return `${plan.threshold} of ${plan.receivers.map(({ custodian }) => custodian.name).join(', ')}`;
}

// Four eyes for the recovery key and what opens it: while there is a key, changing either waits for a second administrator.
import { isFailure } from '../base/failure.ts';
import { note } from '../base/note.ts';
import { isRefusedOpening } from '../breakglass/custody-events.ts';
import { findCurrentKey } from '../breakglass/recovery-key-store.ts';
import {
  type ApprovalPerson,
  type ApprovalSite,
  type ApprovalWanted,
  requireApproval,
  returnApproval,
} from './approval.ts';

/** What changes. All of it must be the same when it is done again; none of it is a secret. */
export type KeySetChange =
  | { what: 'recovery-key' | 'master-password' }
  /** The public keys that open it besides. */
  | { what: 'recipients'; recipients: readonly { recipient: string }[] }
  /** Who gets a share, and how many of them open the key. */
  | { what: 'shares'; receivers: readonly { custodian: { name: string } }[]; threshold: number };

/**
 * Does `work` when it may be done. The first key ends nothing and waits for nobody. An approval is still good when the key
 * was not opened: nothing was changed then, and who mistypes a password needs no second administrator twice.
 * @throws Failure `approvals.waiting`.
 */
export async function withKeySetApproval<Result>(
  site: ApprovalSite,
  change: KeySetChange,
  by: ApprovalPerson,
  work: () => Promise<Result>,
): Promise<Result> {
  const current = findCurrentKey(site.store);
  if (current === undefined) return await work();
  const used = requireApproval(site, wanted(change, current.id), by);
  try {
    return await work();
  } catch (error) {
    if (used !== undefined && isFailure(error) && isRefusedOpening(error)) returnApproval(site, used.id);
    throw error;
  }
}

const subjects = {
  'recovery-key': 'approval.recovery-key',
  'master-password': 'approval.master-password',
  recipients: 'approval.recipients',
} as const;

function wanted(change: KeySetChange, key: string): ApprovalWanted {
  const action = 'ceremony.end';
  if (change.what === 'shares') {
    const names = change.receivers.map(({ custodian }) => custodian.name).join(', ');
    return { action, subject: note('approval.shares', { key, threshold: change.threshold, names }) };
  }
  const subject = note(subjects[change.what], { key });
  if (change.what !== 'recipients') return { action, subject };
  return { action, subject, detail: change.recipients.map(({ recipient }) => recipient).join(' ') };
}

// Four eyes for the recovery key and what opens it: while there is a key, changing either waits for a second administrator.
import type { KeyWays } from './approval-action.ts';
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
  | { what: 'master-password' }
  /** The public keys that open it besides. */
  | { what: 'recipients'; recipients: readonly { recipient: string }[] }
  /** Who gets a share, and how many of them open the key. */
  | ({ what: 'shares' } & SharePlan)
  /** A new key: what opens it, and what becomes of the one before. */
  | {
      what: 'recovery-key';
      hasMasterPassword: boolean;
      recipients: readonly { recipient: string }[];
      shares?: SharePlan;
      before: 'opened' | 'abandoned' | 'compromised';
    };

interface SharePlan {
  receivers: readonly { custodian: { name: string } }[];
  threshold: number;
}

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

const newKeySubjects = {
  opened: 'approval.recovery-key',
  abandoned: 'approval.recovery-key-abandoned',
  compromised: 'approval.recovery-key-compromised',
} as const;

function wanted(change: KeySetChange, key: string): ApprovalWanted {
  const action = 'ceremony.end';
  if (change.what === 'shares') {
    return { action, subject: note('approval.shares', { key, threshold: change.threshold, names: namesOf(change) }) };
  }
  if (change.what === 'master-password') return { action, subject: note('approval.master-password', { key }) };
  const recipients = change.recipients.map(({ recipient }) => recipient);
  if (change.what === 'recipients') {
    return { action, subject: note('approval.recipients', { key }), detail: recipients.join(' ') };
  }
  const { hasMasterPassword, shares, before } = change;
  const ways: KeyWays = {
    masterPassword: hasMasterPassword,
    ...(shares === undefined ? {} : { shares: { threshold: shares.threshold, names: namesOf(shares) } }),
    recipients,
  };
  return { action, subject: note(newKeySubjects[before], { key }), detail: JSON.stringify(ways) };
}

function namesOf({ receivers }: SharePlan): string {
  return receivers.map(({ custodian }) => custodian.name).join(', ');
}

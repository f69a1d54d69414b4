// Four eyes for who administers: one administrator alone makes no second one to approve with, and takes none away.
import { note } from '../base/note.ts';
import type { Store } from '../store/store.ts';
import type { Account } from './account.ts';
import { type ApprovalPerson, type ApprovalSite, type ApprovalWanted, requireApproval } from './approval.ts';
import type { Role } from './role.ts';

/** What is about to happen to an account, or to the identity provider that says who administers. */
export type AdministratorChange =
  | { what: 'add'; name: string; role: Role }
  | { what: 'role'; account: Account; role: Role }
  | { what: 'link' | 'remove' | 'forget-ways'; account: Account }
  /** The settings without a secret, or undefined when it is removed. */
  | { what: 'provider'; settings: Record<string, unknown> | undefined };

/**
 * Passes when the change makes or unmakes no administrator, when it is one's own account, and while there are not two who
 * could agree. @throws Failure `approvals.waiting`.
 */
export function requireAdministratorApproval(
  site: ApprovalSite,
  change: AdministratorChange,
  by: ApprovalPerson,
): void {
  const wanted = wantedFor(change, by);
  if (wanted !== undefined && canAgree(site.store)) {
    requireApproval(site, { action: 'account.administrator', ...wanted }, by);
  }
}

const subjects = {
  role: 'approval.administrator-removed',
  link: 'approval.administrator-link',
  remove: 'approval.administrator-removed',
  'forget-ways': 'approval.administrator-ways',
} as const;

function wantedFor(change: AdministratorChange, by: ApprovalPerson): Omit<ApprovalWanted, 'action'> | undefined {
  if (change.what === 'provider') {
    return { subject: note('approval.identity-provider', {}), detail: JSON.stringify(change.settings ?? {}) };
  }
  if (change.what === 'add') {
    const { name, role } = change;
    return role === 'administrator' ? { subject: note('approval.administrator', { name }) } : undefined;
  }
  const { name, role } = change.account;
  const isRaised = change.what === 'role' && change.role === 'administrator';
  if (isRaised) return role === change.role ? undefined : { subject: note('approval.administrator', { name }) };
  // What an administrator does to their own account needs nobody: a token is none.
  if (role !== 'administrator' || name.toLowerCase() === by.user.toLowerCase()) return undefined;
  return { subject: note(subjects[change.what], { name }) };
}

// Nobody could ever agree to the second administrator otherwise.
function canAgree({ database }: Store): boolean {
  const row = database
    .prepare(
      `SELECT count(*) AS count FROM account WHERE role = 'administrator' AND (password_hash IS NOT NULL
         OR provider_subject IS NOT NULL OR id IN (SELECT account_id FROM account_passkey))`,
    )
    .get();
  return Number(row?.['count']) > 1;
}

// What four eyes can guard.

/** What may need a second administrator. */
export const approvalActions = [
  'backup.delete',
  'retention.weaken',
  'destination.remove',
  'ceremony.end',
  'envelope.open',
  'approval.weaken',
  'account.administrator',
  'recording.view',
] as const;

/** What always does while four eyes are on, because they could be gone around otherwise. */
export const alwaysApproved: readonly ApprovalAction[] = ['approval.weaken', 'account.administrator'];

/** What may need a second administrator. */
export type ApprovalAction = (typeof approvalActions)[number];

/** What opens a new key, as the detail of a request has it (JSON). */
export interface KeyWays {
  masterPassword: boolean;
  shares?: { threshold: number; names: string };
  recipients: string[];
}

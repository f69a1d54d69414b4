// What four eyes can guard.

/** What may need a second administrator. Switching four eyes off, or asking less of them, always does while they are on. */
export const approvalActions = [
  'backup.delete',
  'retention.weaken',
  'destination.remove',
  'ceremony.end',
  'envelope.open',
  'approval.weaken',
  'recording.view',
] as const;

/** What may need a second administrator. */
export type ApprovalAction = (typeof approvalActions)[number];

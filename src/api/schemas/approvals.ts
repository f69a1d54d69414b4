// Four eyes: what waits for a second administrator.
import { z } from 'zod';
import { approvalActions } from '../../accounts/approval-action.ts';
import { keptNote } from './common.ts';

const action = z.enum(approvalActions);

/** Whether four eyes are wanted, for what, how many hours a request waits, and for how many a recording may be seen. */
export const approvalRules = z.strictObject({
  isOn: z.boolean(),
  actions: z.array(action).max(10),
  hours: z.number().int().min(1).max(720),
  viewHours: z.number().int().min(1).max(720).default(8),
});

/** A request. */
export const approvalView = z.object({
  id: z.string(),
  action,
  subject: z.string(),
  /** The subject for a reader of any language, where it is more than names. */
  about: keptNote.optional(),
  detail: z.string(),
  askedBy: z.string(),
  /** Who made the token that asked. */
  askedFor: z.string().optional(),
  askedAt: z.string(),
  expiresAt: z.string(),
  state: z.enum(['waiting', 'approved', 'refused', 'used', 'expired']),
  decidedBy: z.string().optional(),
  decidedAt: z.string().optional(),
  reason: z.string().optional(),
});

/** A request. */
export type ApprovalView = z.infer<typeof approvalView>;

/** Requests, the newest first, and the rules. */
export const approvalList = z.object({ rules: approvalRules, approvals: z.array(approvalView) });

/** Why it is approved or refused. */
export const approvalReason = z.strictObject({ reason: z.string().trim().min(3).max(500) });

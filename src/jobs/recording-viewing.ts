// Looking at a recording, where that may need a second person's approval: one recording, one way, one person, some hours.
import {
  type ApprovalPerson,
  type ApprovalSite,
  type ApprovalWanted,
  needsApproval,
  requireApproval,
  standingApproval,
} from '../accounts/approval.ts';
import type { Recording } from '../recordings/catalogue/recording.ts';
import {
  beginViewing,
  reasonOfViewing,
  type Viewing,
  type ViewingKind,
  type ViewingRequest,
} from '../recordings/replay/viewing.ts';

/**
 * Begins a viewing, once it is approved where that is switched on. Every face begins one here.
 * @throws Failure `recordings.no-reason`, `approvals.waiting`
 */
export function viewRecording(
  site: ApprovalSite,
  recording: Recording,
  by: ApprovalPerson,
  request: Omit<ViewingRequest, 'permit'>,
): Viewing {
  const reason = reasonOfViewing(request.reason);
  const approval = requireApproval(site, { ...wanted(recording, request.how), detail: reason }, by);
  const permit =
    approval === undefined
      ? undefined
      : { approval: approval.id, approvedBy: approval.decidedBy ?? '', expiresAt: approval.expiresAt };
  const viewer = {
    name: by.user,
    ...(by.role === undefined ? {} : { role: by.role }),
    ...(by.address === undefined ? {} : { address: by.address }),
    ...(by.method === undefined ? {} : { method: by.method }),
  };
  return beginViewing(site, recording, viewer, { ...request, permit });
}

/** How it stands with one way of seeing a recording, for one person. */
export interface ViewingApproval {
  how: ViewingKind;
  state: 'none' | 'waiting' | 'approved';
  id?: string;
  expiresAt?: string;
  approvedBy?: string;
}

/** What a person has asked for on a recording; empty where nobody has to approve. */
export function viewingApprovals(
  site: Pick<ApprovalSite, 'store' | 'clock'>,
  recording: Recording,
  user: string,
): ViewingApproval[] {
  if (!needsApproval(site.store, 'recording.view')) return [];
  return (['play', 'export'] as const).map((how) => {
    const standing = standingApproval(site, wanted(recording, how), user);
    if (standing === undefined) return { how, state: 'none' };
    return {
      how,
      state: standing.state === 'approved' ? 'approved' : 'waiting',
      id: standing.id,
      expiresAt: standing.expiresAt,
      ...(standing.decidedBy === undefined ? {} : { approvedBy: standing.decidedBy }),
    };
  });
}

function wanted({ id }: Recording, how: ViewingKind): ApprovalWanted {
  return { action: 'recording.view', subject: `${id} (${how})` };
}

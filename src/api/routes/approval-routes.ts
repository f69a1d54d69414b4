// Four eyes: requests that wait for a second administrator, and when they are wanted.
import { decideApproval, listApprovals, readApprovalSettings, saveApprovalSettings } from '../../accounts/approval.ts';
import { Failure } from '../../base/failure.ts';
import { personOf } from '../person-of.ts';
import { type AnyRoute, type RouteInput, route } from '../route.ts';
import * as schemas from '../schemas/approvals.ts';
import { tellChange } from '../tell-change.ts';

/** Routes about approvals. */
export const approvalRoutes: AnyRoute[] = [
  route({
    method: 'GET',
    path: '/approvals',
    allow: 'approvals:read',
    summary: 'What waits for a second administrator, what became of earlier requests, and the rules',
    answer: schemas.approvalList,
    handle: ({ site }) => ({ rules: readApprovalSettings(site.store), approvals: listApprovals(site) }),
  }),
  route({
    method: 'PUT',
    path: '/approvals/rules',
    allow: 'approvals:decide',
    summary: 'Switch four eyes on or off; while they are on, asking less of them needs a second administrator',
    body: schemas.approvalRules,
    answer: schemas.approvalList,
    handle({ site, caller, body, request }) {
      saveApprovalSettings(site, body, personOf(caller, request));
      tellChange(site, caller, body.isOn ? 'four eyes on' : 'four eyes off');
      return { rules: readApprovalSettings(site.store), approvals: listApprovals(site) };
    },
  }),
  route({
    method: 'POST',
    path: '/approvals/{id}/approve',
    allow: 'approvals:decide',
    summary: 'Approve what somebody else asked for; they then do it again',
    body: schemas.approvalReason,
    answer: schemas.approvalView,
    handle: (input) => decide(input, 'approved'),
  }),
  route({
    method: 'POST',
    path: '/approvals/{id}/refuse',
    allow: 'approvals:decide',
    summary: 'Refuse a request, with a reason',
    body: schemas.approvalReason,
    answer: schemas.approvalView,
    handle: (input) => decide(input, 'refused'),
  }),
];

function decide(
  { site, caller, params, body, request }: RouteInput<unknown, { reason: string }>,
  verdict: 'approved' | 'refused',
) {
  // A token is a program that one of the two may own: deciding takes a person.
  if (caller.accountId === undefined && verdict === 'approved') {
    throw new Failure('approvals.needs-person', {
      message: 'a token cannot approve anything',
      hint: 'An administrator signs in and approves it.',
    });
  }
  return decideApproval(site, params['id'] ?? '', { verdict, reason: body.reason }, personOf(caller, request));
}

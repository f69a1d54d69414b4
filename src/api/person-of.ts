// Who sends a request, as events and approvals name people.
import type { FastifyRequest } from 'fastify';
import type { ApprovalPerson } from '../accounts/approval.ts';
import type { Caller } from './site.ts';

/** The caller with the address and the method of the request. */
export function personOf({ name, role }: Caller, request: FastifyRequest): ApprovalPerson {
  return { user: name, role, address: request.ip, method: request.method };
}

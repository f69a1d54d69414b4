// Who sends a request, as events and approvals name people.
import type { FastifyRequest } from 'fastify';
import type { ApprovalPerson } from '../accounts/approval.ts';
import type { Caller } from './site.ts';

/** The caller with the address and the method of the request. */
export function personOf({ name, role, owner }: Caller, request: FastifyRequest): ApprovalPerson {
  const known = { user: name, role, address: request.ip, method: request.method };
  return owner === undefined ? known : { ...known, owner };
}

// Failures as problem+json (RFC 9457), with the status that fits their code.
import { Failure } from '../base/failure.ts';
import type { Problem } from './schemas/common.ts';

const statusOf: Record<string, number> = {
  'accounts.not-signed-in': 401,
  'accounts.wrong-password': 401,
  'accounts.code-needed': 401,
  'accounts.wrong-code': 401,
  'accounts.passkey-refused': 401,
  'accounts.provider-refused': 401,
  'accounts.no-provider': 404,
  'accounts.codes-are-on': 409,
  'accounts.bad-link': 403,
  'accounts.too-many-attempts': 429,
  'accounts.name-taken': 409,
  'accounts.more-than-own': 403,
  'accounts.last-administrator': 409,
  'api.idempotency-key-used': 409,
  'api.answer-not-kept': 409,
  'api.still-doing': 409,
  'approvals.waiting': 409,
  'approvals.own': 403,
  'approvals.needs-person': 403,
  'approvals.decided': 409,
  'api.not-allowed': 403,
  'api.not-for-tokens': 403,
  'api.foreign-site': 403,
  'api.foreign-host': 421,
  'api.no-such-route': 404,
  'api.bad-request': 400,
  'api.bug': 500,
  'breakglass.bad-share-link': 403,
  'breakglass.envelope-exists': 409,
  'breakglass.no-custodian': 404,
  'destinations.name-taken': 409,
  'destinations.in-use': 409,
  'destinations.no-partition': 404,
  'destinations.unknown': 404,
  'destinations.unknown-kind': 404,
  'api.bad-range': 416,
  'jobs.already-running': 409,
  'jobs.legal-hold-not-allowed': 403,
  'jobs.unknown-copy': 404,
  'jobs.plan-changed': 409,
  'jobs.must-stay': 409,
  'jobs.nothing-to-delete': 409,
  'jobs.run-not-live': 409,
  'notify.channel-exists': 409,
  'notify.no-open-incident': 409,
  'recordings.no-copy': 404,
  'recordings.no-viewing': 403,
  'recordings.not-allowed': 403,
  'reports.name-taken': 409,
};

/** The HTTP status of a failure: 422 for what was understood and cannot be done. */
export function statusOfFailure(code: string): number {
  return statusOf[code] ?? (/\.(not-found|unknown|no-such-[a-z]+)$/.test(code) ? 404 : 422);
}

/** Its media type (RFC 9457). */
export const problemType = 'application/problem+json';

/** A failure as a problem. Its cause stays here. */
export function problemOf(failure: Failure, status = statusOfFailure(failure.code)): Problem {
  return {
    type: `https://orbit.invalid/errors#${failure.code}`,
    title: titles[status] ?? 'It could not be done',
    status,
    code: failure.code,
    detail: failure.message,
    ...(failure.hint === undefined ? {} : { hint: failure.hint }),
    ...(Object.keys(failure.facts).length === 0 ? {} : { facts: failure.facts }),
  };
}

const titles: Record<number, string> = {
  400: 'The request cannot be understood',
  401: 'Not signed in',
  403: 'Not allowed',
  404: 'Not found',
  409: 'In conflict with what is there',
  416: 'There is nothing there',
  421: 'Not for this server',
  429: 'Too many attempts',
  500: 'Something unexpected went wrong',
};

/** The failure that stands for an error nobody foresaw. It tells nothing of the error: that goes to the log. */
export function bugFailure(): Failure {
  return new Failure('api.bug', {
    message: 'something unexpected went wrong inside Orbit',
    hint: 'Nothing you did is wrong. The service wrote the details to its standard error; please report them.',
  });
}

/** The failure of a request that the framework refused before we saw it. */
export function badRequest(message: string, cause?: unknown): Failure {
  return new Failure('api.bad-request', {
    message,
    hint: 'GET /api/v1/openapi.json describes every request.',
    cause,
  });
}

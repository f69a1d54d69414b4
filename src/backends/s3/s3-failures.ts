// What an S3 server's status and error code mean (Amazon S3 API Reference, "Error responses"), and what the network's do.
import { Failure, isFailure, systemErrorCode } from '../../base/failure.ts';
import {
  failureOfSystemError,
  malformed,
  noSpace,
  notFound,
  permissionDenied,
  placeMissing,
  quotaReached,
  refused,
  unreachable,
} from '../failures.ts';
import type { HttpAnswer } from './http-answer.ts';

/** The failure of an answer that is not a good one. `what` completes "refused to …". */
export function s3Failure(location: string, what: string, key: string, response: HttpAnswer): Failure {
  const text = response.body.toString('utf8');
  const code = /<Code>([^<]{1,100})<\/Code>/.exec(text)?.[1] ?? `HTTP ${response.status}`;
  const words = /<Message>([^<]{1,300})<\/Message>/.exec(text)?.[1] ?? '';
  const cause = new Error(`${code} ${words}`.trim());
  switch (code) {
    case 'NoSuchKey':
    case 'NoSuchVersion':
      return notFound(location, key, cause);
    case 'NoSuchBucket':
      return placeMissing(location, cause);
    case 'InvalidAccessKeyId':
    case 'SignatureDoesNotMatch':
    case 'ExpiredToken':
    case 'InvalidToken':
      return new Failure('backend.auth', {
        message: `${location} does not accept Orbit's access key`,
        hint: 'Check the access key id and the secret (no blank at its end), and the region.',
        cause,
        facts: { location },
      });
    case 'RequestTimeTooSkewed':
      return new Failure('backend.clock-skewed', {
        message: `${location} refuses this machine's clock`,
        hint: 'Both clocks must agree within 15 minutes: switch on NTP here and there.',
        cause,
        facts: { location },
      });
    case 'AccessDenied':
    case 'InvalidObjectState':
    case 'MethodNotAllowed':
      return permissionDenied(location, what, cause);
    case 'QuotaExceeded':
      return quotaReached(location, cause);
    case 'XMinioStorageFull':
    case 'InsufficientStorage':
      return noSpace(location, cause);
    default:
      break;
  }
  if (response.status === 507) return noSpace(location, cause);
  if (response.status === 404) return notFound(location, key, cause);
  if (response.status === 403 || response.status === 401) return permissionDenied(location, what, cause);
  const passes =
    response.status >= 500 || response.status === 429 || response.status === 408 || response.status === 409;
  if (passes || code === 'SlowDown' || code === 'RequestTimeout') return unreachable(location, cause);
  return refused(location, what, cause.message, cause);
}

/** The failure of a request that got no answer. */
export function networkFailure(location: string, error: unknown): unknown {
  if (isFailure(error)) return error;
  const code = systemErrorCode(error) ?? '';
  if (/CERT|SELF_SIGNED|UNABLE_TO_|DEPTH_ZERO|ERR_TLS/.test(code)) {
    return new Failure('backend.certificate', {
      message: `the certificate of ${location} is not trusted (${code})`,
      hint: 'Give the certificate of your own authority (--ca-file), and check the host name and the expiry date.',
      cause: error,
      facts: { location },
    });
  }
  // No TLS over there, or none that both know.
  if (code.startsWith('ERR_SSL_')) return malformed(code);
  if (['ENOTFOUND', 'EAI_AGAIN', 'EPIPE', 'EPROTO'].includes(code)) return unreachable(location, error);
  return failureOfSystemError(error, location, 'answer');
}

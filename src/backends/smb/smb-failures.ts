// What a status of an SMB server means for people: cause and cure.
import { Failure } from '../../base/failure.ts';
import {
  inputOutput,
  noSpace,
  permissionDenied,
  placeMissing,
  quotaReached,
  readOnly,
  refused,
  timedOut,
  unreachable,
} from '../failures.ts';

/** smbclient answered with a status of the server, such as `OBJECT_NAME_NOT_FOUND` (MS-ERREF 2.3.1). */
export class SmbStatusError extends Error {
  readonly status: string;

  constructor(status: string, line: string) {
    super(line.trim().slice(0, 300));
    this.name = 'SmbStatusError';
    this.status = status;
  }
}

/** The first status in what smbclient printed. Lines of listings start with two blanks and may hold any name. */
export function statusIn(text: string): SmbStatusError | undefined {
  const found = /^(?! {2})[^\n]*NT_STATUS_([A-Z0-9_]+)[^\n]*/m.exec(text);
  return found?.[1] === undefined ? undefined : new SmbStatusError(found[1], found[0]);
}

/** True when the error is one of these statuses. */
export function isSmbStatus(error: unknown, ...statuses: string[]): error is SmbStatusError {
  return error instanceof SmbStatusError && statuses.includes(error.status);
}

/** Statuses that say: no such object, or no such folder above it. */
export const missingStatuses = ['OBJECT_NAME_NOT_FOUND', 'OBJECT_PATH_NOT_FOUND', 'NO_SUCH_FILE', 'NOT_A_DIRECTORY'];

/** Statuses after which the session is of no more use. */
export const brokenStatuses = new Set([
  'CONNECTION_DISCONNECTED',
  'CONNECTION_RESET',
  'CONNECTION_REFUSED',
  'CONNECTION_ABORTED',
  'CONNECTION_INVALID',
  'INVALID_NETWORK_RESPONSE',
  'IO_TIMEOUT',
  'HOST_UNREACHABLE',
  'NETWORK_UNREACHABLE',
  'NETWORK_NAME_DELETED',
  'NETWORK_SESSION_EXPIRED',
  'USER_SESSION_DELETED',
  'LOCAL_DISCONNECT',
  'REMOTE_DISCONNECT',
  'DISK_FULL',
]);

/** The failure for a status while doing `what`. */
export function failureOfStatus(
  error: SmbStatusError,
  location: string,
  what: string,
  timeoutSeconds: number,
): Failure {
  switch (error.status) {
    case 'LOGON_FAILURE':
    case 'NO_SUCH_USER':
    case 'WRONG_PASSWORD':
    case 'LOGON_TYPE_NOT_GRANTED':
      return notLetIn(location, 'user, password or domain are wrong', error);
    case 'ACCOUNT_DISABLED':
    case 'ACCOUNT_LOCKED_OUT':
    case 'ACCOUNT_EXPIRED':
    case 'ACCOUNT_RESTRICTION':
    case 'PASSWORD_EXPIRED':
    case 'PASSWORD_MUST_CHANGE':
      return notLetIn(
        location,
        `the account cannot be used (${error.status.toLowerCase().replaceAll('_', ' ')})`,
        error,
      );
    case 'BAD_NETWORK_NAME':
    case 'NETWORK_NAME_DELETED':
      return shareMissing(location, error);
    case 'OBJECT_NAME_NOT_FOUND':
    case 'OBJECT_PATH_NOT_FOUND':
    case 'NO_SUCH_FILE':
    case 'NOT_A_DIRECTORY':
      return placeMissing(location, error);
    case 'ACCESS_DENIED':
      return permissionDenied(location, what, error);
    case 'MEDIA_WRITE_PROTECTED':
      return readOnly(location, error);
    case 'DISK_FULL':
      return noSpace(location, error);
    case 'QUOTA_EXCEEDED':
    case 'DISK_QUOTA_EXCEEDED':
      return quotaReached(location, error);
    case 'IO_TIMEOUT':
      return timedOut(location, timeoutSeconds, error);
    case 'IO_DEVICE_ERROR':
    case 'UNEXPECTED_IO_ERROR':
    case 'DATA_ERROR':
      return inputOutput(location, what, error);
    case 'NOT_SUPPORTED':
    case 'INVALID_PARAMETER_MIX':
      return notEncrypted(location, error);
    case 'CONNECTION_REFUSED':
    case 'CONNECTION_DISCONNECTED':
    case 'CONNECTION_RESET':
    case 'CONNECTION_ABORTED':
    case 'CONNECTION_INVALID':
    case 'HOST_UNREACHABLE':
    case 'NETWORK_UNREACHABLE':
    case 'NETWORK_SESSION_EXPIRED':
    case 'USER_SESSION_DELETED':
    case 'LOCAL_DISCONNECT':
    case 'REMOTE_DISCONNECT':
    case 'INVALID_NETWORK_RESPONSE':
    case 'NOT_FOUND':
    case 'UNSUCCESSFUL':
      return unreachable(location, error);
    default:
      return refused(location, what, error.message, error);
  }
}

/** The server and we have no protected way to talk in common. */
export function notEncrypted(location: string, cause: unknown): Failure {
  return new Failure('backend.not-encrypted', {
    message: `${location} does not speak SMB 3 with encryption`,
    hint: 'Switch SMB 3 and its encryption on at the server. Only where the line is trusted otherwise: set the destination up with --unencrypted.',
    cause,
    facts: { location },
  });
}

function notLetIn(location: string, why: string, cause: unknown): Failure {
  return new Failure('backend.auth', {
    message: `${location} did not let Orbit in: ${why}`,
    hint: 'Check user, domain and password, and that the account may use this share from the network.',
    cause,
    facts: { location },
  });
}

function shareMissing(location: string, cause: unknown): Failure {
  return new Failure('backend.place-missing', {
    message: `${location} is not there: the server has no such share`,
    hint: 'The first part of the path is the name of the share. Was it renamed or removed at the server?',
    cause,
    facts: { location },
  });
}

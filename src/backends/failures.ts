// The failures that every kind of place shares: one sentence and one cure each, so that kinds cannot drift apart.
import { Failure, systemErrorCode } from '../base/failure.ts';

/** The key is not there. */
export function notFound(location: string, key: string, cause?: unknown): Failure {
  return new Failure('backend.not-found', {
    message: `${location} has no ${key}`,
    hint: 'Was it removed by hand, or is this another folder than the one it was written to?',
    cause,
    facts: { location, key },
  });
}

/** The key is taken and the caller asked not to replace it. */
export function keyExists(location: string, key: string): Failure {
  return new Failure('backend.key-exists', {
    message: `${location} already has ${key}`,
    hint: 'Nothing was changed. Use another name, or ask for it to be replaced.',
    facts: { location, key },
  });
}

/** The object ends before the range does. Sizes in bytes. */
export function shortObject(location: string, key: string, wanted: number, size: number): Failure {
  return new Failure('backend.short-object', {
    message: `${key} at ${location} has ${size} bytes, but was asked for up to byte ${wanted}`,
    hint: 'The object was cut off: check the repository, and the disk of the place.',
    facts: { location, key, wanted, size },
  });
}

/** The object has more bytes than anything of its kind. Sizes in bytes. */
export function tooLarge(location: string, key: string, size: number, maxBytes: number): Failure {
  return new Failure('backend.too-large', {
    message: `${key} at ${location} has ${size} bytes; nothing of its kind has more than ${maxBytes}, so it was not read`,
    hint: 'It is damaged, or somebody put it there: look at it at the place. Take the file from another destination, or remove it if Orbit never wrote it.',
    facts: { location, key, size, maxBytes },
  });
}

/** The place is not there (any more): folder gone, share removed, bucket missing. */
export function placeMissing(location: string, cause?: unknown): Failure {
  return new Failure('backend.place-missing', {
    message: `${location} is not there`,
    hint: 'Is it mounted? Was it moved or removed? Orbit does not make it anew, so that a backup never lands beside its mount.',
    cause,
    facts: { location },
  });
}

/** No room. */
export function noSpace(location: string, cause?: unknown): Failure {
  return new Failure('backend.no-space', {
    message: `${location} has no room left`,
    hint: 'Free space there (orbit prune removes what no snapshot needs) or give it more; the next run completes the work.',
    cause,
    facts: { location },
  });
}

/** The account's share of the room is used up. */
export function quotaReached(location: string, cause?: unknown): Failure {
  return new Failure('backend.quota', {
    message: `the quota at ${location} is used up`,
    hint: 'Raise the quota of the account that Orbit uses there, or free space below it.',
    cause,
    facts: { location },
  });
}

/** The place takes no writing at all. */
export function readOnly(location: string, cause?: unknown): Failure {
  return new Failure('backend.read-only', {
    message: `${location} is read-only`,
    hint: 'Mount or export it for writing; a file system goes read-only by itself when its disk fails.',
    cause,
    facts: { location },
  });
}

/** The account may not do this. */
export function permissionDenied(location: string, what: string, cause?: unknown): Failure {
  return new Failure('backend.permission', {
    message: `${location} does not allow Orbit to ${what}`,
    hint: 'Give the account that Orbit uses the right to its folder there (owner, mode, export and share options).',
    cause,
    facts: { location },
  });
}

/** The place does not answer. */
export function unreachable(location: string, cause?: unknown): Failure {
  return new Failure('backend.unreachable', {
    message: `${location} cannot be reached`,
    hint: 'Is the host up, the name and port right, and no firewall between? Orbit tries again by itself.',
    cause,
    facts: { location },
  });
}

/** The place answered once and then no more. */
export function timedOut(location: string, seconds: number, cause?: unknown): Failure {
  return new Failure('backend.timeout', {
    message: `${location} did not answer within ${seconds} s`,
    hint: 'The host or the line is overloaded or hangs. Orbit tries again by itself; look at the host when this repeats.',
    cause,
    facts: { location, seconds },
  });
}

/** A refusal that has no name of its own. */
export function refused(location: string, what: string, detail: string, cause?: unknown): Failure {
  return new Failure('backend.refused', {
    message: `${location} refused to ${what}: ${detail}`,
    hint: 'The words after the colon are the place’s own; its log tells more.',
    cause,
    facts: { location },
  });
}

/** The far side broke the rules of its own protocol. */
export function malformed(what: string): Failure {
  return new Failure('backend.protocol', {
    message: `a message of the far side cannot be understood: ${what}`,
    hint: 'Does something else than the expected server listen there? A login script that prints text also does this.',
  });
}

/** The disk or the line gave an error of its own. */
export function inputOutput(location: string, what: string, cause?: unknown): Failure {
  return new Failure('backend.input-output', {
    message: `${location} failed to ${what}: input/output error`,
    hint: 'Look at the disk (dmesg, SMART) or at the mount of the place.',
    cause,
    facts: { location },
  });
}

/** The folder's handle belongs to a file system that is no more. */
export function staleMount(location: string, cause?: unknown): Failure {
  return new Failure('backend.stale', {
    message: `the mount of ${location} is stale`,
    hint: 'The server replaced what it exports. Unmount it (umount -f -l) and mount it again.',
    cause,
    facts: { location },
  });
}

/**
 * The failure for a system error of the file system, by its errno name. What is no system error is handed back as it is:
 * it is a bug or somebody's abort. `what` completes "failed to ...".
 */
export function failureOfSystemError(error: unknown, location: string, what: string): unknown {
  const code = systemErrorCode(error);
  switch (code) {
    case undefined:
      return error;
    case 'ENOSPC':
    case 'EFBIG':
      return noSpace(location, error);
    case 'EDQUOT':
      return quotaReached(location, error);
    case 'EROFS':
      return readOnly(location, error);
    case 'EACCES':
    case 'EPERM':
      return permissionDenied(location, what, error);
    case 'ESTALE':
      return staleMount(location, error);
    case 'ENOENT':
    case 'ENOTDIR':
      return placeMissing(location, error);
    case 'EIO':
      return inputOutput(location, what, error);
    case 'EHOSTDOWN':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'ENETDOWN':
    case 'ENOTCONN':
    case 'ECONNREFUSED':
    case 'ECONNRESET':
    case 'ETIMEDOUT':
    case 'EREMOTEIO':
    // What cifs gives while it connects anew.
    case 'EAGAIN':
      return unreachable(location, error);
    default:
      // A mount that was taken away under a call may give numbers that have no name (ERESTARTSYS, 512).
      if (code.startsWith('Unknown system error')) return inputOutput(location, what, error);
      return /^E[A-Z0-9]+$/.test(code) ? refused(location, what, code, error) : error;
  }
}

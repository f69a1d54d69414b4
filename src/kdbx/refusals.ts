// The ways a KDBX file is refused, worded once.
import { Failure } from '../base/failure.ts';

/** `kdbx.damaged`: `where` says which part of the file. */
export function damaged(where: string, cause?: unknown): Failure {
  return new Failure('kdbx.damaged', {
    message: `the KDBX file is damaged: ${where}`,
    hint: 'Take another copy of the file, for example from another destination or an earlier day.',
    ...(cause === undefined ? {} : { cause }),
  });
}

/** `kdbx.over-limit`: the file asks for more than a reader should give. */
export function overLimit(what: string): Failure {
  return new Failure('kdbx.over-limit', {
    message: `the KDBX file asks for too much: ${what}`,
    hint: 'If you trust the file, save it in KeePassXC with smaller values and try again.',
  });
}

/** `kdbx.unsupported`: a variant of the format that Orbit does not read. */
export function unsupported(what: string, hint: string): Failure {
  return new Failure('kdbx.unsupported', { message: `this file cannot be read: ${what}`, hint });
}

// What a run says when one of the threads that help it is gone.
import { Failure } from '../../base/failure.ts';
import { isOutOfHeap } from '../../engine/threads/answering-thread.ts';

/** The most heap that a thread takes which goes through secrets one by one, in MiB: many times what that needs, however many there are. */
export const helperHeapMiB = 256;

/** The failure of a run whose thread ended by itself; `what` says which. */
export function lostThreadFailure(code: string, what: string, cause: unknown): Failure {
  const isTooMuch = isOutOfHeap(cause);
  return new Failure(code, {
    message: isTooMuch ? `${what} reached its limit of ${helperHeapMiB} MiB of memory` : `${what} ended by itself`,
    hint: isTooMuch
      ? 'Usually a secret has a text of tens of megabytes: keep it as a file of the secret instead, and run the backup again.'
      : 'Usually memory ran out. Give the machine more, and run the backup again.',
    cause,
  });
}

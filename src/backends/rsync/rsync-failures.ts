// What rsync and rrsync say in words and exit codes (rsync(1), "EXIT VALUES"), turned into codes.
import { Failure } from '../../base/failure.ts';
import {
  inputOutput,
  noSpace,
  permissionDenied,
  placeMissing,
  quotaReached,
  readOnly,
  refused,
  staleMount,
  timedOut,
  unreachable,
} from '../failures.ts';
import { lastWords, sshFailure } from '../ssh/ssh-failures.ts';

/** The failure of an rsync run that ended with `exitCode` and said `text`. `what` completes "refused to …". */
export function rsyncFailure(
  location: string,
  what: string,
  { exitCode, text, timeoutSeconds }: { exitCode: number; text: string; timeoutSeconds: number },
): Failure {
  const cause = new Error(lastWords(text));
  const says = (pattern: RegExp): boolean => pattern.test(text);
  if (says(/Another instance of rrsync/)) {
    return new Failure('backend.in-use', {
      message: `another rsync is at work at ${location}`,
      hint: 'Its key lets one session in at a time (rrsync). Orbit tries again by itself; end the other session if it hangs.',
      cause,
      facts: { location },
    });
  }
  if (
    says(
      /(write-only|read-only) server|not allowed by this key|rrsync.*(disabled|not permitted|not allowed)|option .* (has been )?disabled/i,
    )
  ) {
    return permissionDenied(location, `${what} with this key (its forced command forbids it)`, cause);
  }
  if (says(/No space left on device/)) return noSpace(location, cause);
  if (says(/Disk quota exceeded/)) return quotaReached(location, cause);
  if (says(/Read-only file system/)) return readOnly(location, cause);
  if (says(/Stale (NFS )?file handle/)) return staleMount(location, cause);
  if (says(/Input\/output error/)) return inputOutput(location, what, cause);
  if (
    says(
      /(change_dir|mkdir|chdir|cd:).*(can't cd|No such file|Not a directory)|FileNotFoundError|directory does not exist/i,
    )
  ) {
    return placeMissing(location, cause);
  }
  const asSsh = sshFailure(location, text);
  if (asSsh !== undefined) return asSsh;
  if (says(/Permission denied|Operation not permitted/)) return permissionDenied(location, what, cause);
  if (
    says(/rsync: (command )?not found|rsync: No such file|exec.*rsync.*No such file|rsync: unknown command/i) ||
    exitCode === 127
  ) {
    return new Failure('backend.far-program-missing', {
      message: `there is no rsync at ${location}`,
      hint: 'Install rsync on that host; in authorized_keys the forced command must name rrsync by its full path.',
      cause,
      facts: { location },
    });
  }
  if (exitCode === 30 || exitCode === 35 || says(/timeout in data send\/receive/))
    return timedOut(location, timeoutSeconds, cause);
  if (exitCode === 255 || says(/connection unexpectedly closed|error in socket IO/))
    return unreachable(location, cause);
  return refused(location, what, lastWords(text), cause);
}

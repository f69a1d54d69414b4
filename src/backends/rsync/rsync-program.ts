// Runs rsync over a connection. Its arguments are a list, the address is in the connection's own config file.
import { isFailure } from '../../base/failure.ts';
import { type ProgramResult, runProgram } from '../../base/program.ts';
import { timedOut } from '../failures.ts';
import type { SshConnection } from '../ssh/connection.ts';

/** How runs behave. */
export interface RsyncLimits {
  /** Silence of the far side that ends a run. */
  timeoutSeconds: number;
  /** KiB a second, 0 for no limit. */
  bandwidthLimitKib: number;
}

/** One run. */
export interface RsyncRun {
  /** Options, then sources and target; the far side is `target:PATH`. */
  args: string[];
  /** Bytes that may travel: they stretch the deadline. */
  bytes: number;
  /** Names, one to a line, for `--files-from=-`. */
  names?: string[];
  signal?: AbortSignal;
}

/** What is sent for: to store what is not there, to replace, or only to compare by checksum. */
export type SendMode = 'save' | 'replace' | 'prove';

/** The options of a run that sends a folder. The far side sees them: a key may be tied to just these. */
export function sendOptions(mode: SendMode, withFsync: boolean): string[] {
  const special = { save: ['--ignore-existing'], replace: ['--ignore-times'], prove: ['--checksum', '--dry-run'] }[
    mode
  ];
  return ['-rW', ...(withFsync ? ['--fsync'] : []), '--out-format=%i %n', ...special];
}

/** The options that every run has. */
export function limitOptions(limits: RsyncLimits): string[] {
  const bandwidth = limits.bandwidthLimitKib > 0 ? [`--bwlimit=${limits.bandwidthLimitKib}`] : [];
  return [`--timeout=${limits.timeoutSeconds}`, ...bandwidth];
}

const slowestBytesPerSecond = 32 * 1024;

/**
 * Runs rsync to its end and gives what it said, whatever its exit code. It never hangs: rsync ends after
 * `timeoutSeconds` of silence, ssh after three unanswered questions, and the run after a deadline that grows with `bytes`.
 */
export async function runRsync(
  connection: SshConnection,
  location: string,
  limits: RsyncLimits,
  run: RsyncRun,
): Promise<ProgramResult> {
  await connection.connect(run.signal === undefined ? {} : { signal: run.signal });
  const slowest =
    limits.bandwidthLimitKib > 0
      ? Math.min(slowestBytesPerSecond, limits.bandwidthLimitKib * 512)
      : slowestBytesPerSecond;
  const timeoutMs = Math.min(2 ** 31 - 1, limits.timeoutSeconds * 5000 + 60_000 + (run.bytes / slowest) * 1000);
  const options = ['-e', 'ssh -F config', ...limitOptions(limits)];
  if (run.names !== undefined) options.push('--files-from=-');
  try {
    return await runProgram('rsync', [...options, ...run.args], {
      cwd: connection.folder,
      timeoutMs,
      env: { TZ: 'UTC' }, // Listings tell local time.
      maxOutputBytes: 1024 * 1024 * 1024,
      ...(run.names === undefined ? {} : { input: run.names.map((name) => `${name}\n`).join('') }),
      ...(run.signal === undefined ? {} : { signal: run.signal }),
    });
  } catch (error) {
    if (isFailure(error, 'program.timed-out')) throw timedOut(location, Math.round(timeoutMs / 1000), error);
    throw error;
  }
}

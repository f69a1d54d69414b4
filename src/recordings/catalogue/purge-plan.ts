// Which recordings may be removed at their source: those old enough, held by nobody, and unchanged since their backup.
import type { BigIntStats } from 'node:fs';
import type { Recording } from './recording.ts';

/** Why a recording stays. */
export type StayReason = 'held' | 'too-young' | 'gone' | 'changed' | 'prevented' | 'no-copy' | 'elsewhere';

/** A file that tells that its folder must not be purged, as a vault's "prevent purge" does. */
export const preventName = '.orbit-prevent-purge';

/** What is asked about one recording. */
export interface PurgeQuestion {
  recording: Pick<Recording, 'host' | 'size' | 'modifiedAt' | 'hold' | 'tags' | 'copies'>;
  /** The file at its source now; undefined when it is not there. */
  stat: Pick<BigIntStats, 'size' | 'mtimeMs'> | undefined;
  /** True when a folder above it holds `.orbit-prevent-purge`. */
  isPrevented: boolean;
  host: string;
  /** Recordings changed after this moment stay. */
  before: Date;
}

/** Why it stays, or undefined when it may go once its copy is proved. */
export function staysBecause(question: PurgeQuestion): StayReason | undefined {
  const { recording, stat, isPrevented, host, before } = question;
  if (recording.hold !== undefined) return 'held';
  if (isPrevented || recording.tags.includes('prevent-purge')) return 'prevented';
  if (recording.host !== host) return 'elsewhere';
  if (recording.copies.length === 0) return 'no-copy';
  if (stat === undefined) return 'gone';
  const modifiedMs = Date.parse(recording.modifiedAt);
  if (Number(stat.size) !== recording.size || Number(stat.mtimeMs) !== modifiedMs) return 'changed';
  return modifiedMs >= before.getTime() ? 'too-young' : undefined;
}

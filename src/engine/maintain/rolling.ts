// Rolling verification: each time the packs that were not read back for longest, so that after some runs every byte was.
import { hash } from 'node:crypto';
import { join } from 'node:path';
import { systemClock, type Clock } from '../../base/clock.ts';
import { Failure, isFailure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import { formatBytes, formatCount } from '../../base/quantities.ts';
import type { PackId } from '../ids.ts';
import { IndexedRepository } from '../repository/indexed-repository.ts';
import type { Repository } from '../repository/repository.ts';
import { pickSignal } from '../repository/sealed-files.ts';
import { readIndexFiles } from './check-index.ts';
import { comparePacks, readPacks, type PackChoice, type StoredPack } from './check-packs.ts';
import type { CheckProblem } from './problems.ts';
import { parseSubset } from './subset.ts';
import { VerifiedDates, type ReadBack } from './verified-dates.ts';

/** How much one run reads: a part of all bytes (`of: 30` is a thirtieth), so many bytes, or what can be read in a time. */
export type RollingShare = { of: number } | { bytes: number } | { ms: number };

/** What one run read, and what is read back altogether. */
export interface RollingResult extends ReadBack {
  /** Read in this run. */
  readNow: { packs: number; bytes: number };
  damagedPacks: PackId[];
}

/** Reads `1/30`, `5%`, `20G` or `30min`. @throws Failure `check.bad-share` */
export function parseShare(text: string): RollingShare {
  const time = /^(\d{1,6})(s|min|h)$/.exec(text);
  if (time !== null && Number(time[1]) > 0)
    return { ms: Number(time[1]) * (time[2] === 'h' ? 3_600_000 : time[2] === 'min' ? 60_000 : 1000) };
  const part = /^1\/(\d{1,4})$/.exec(text);
  if (part !== null && Number(part[1]) > 0) return { of: Number(part[1]) };
  try {
    const subset = parseSubset(text);
    if ('percent' in subset) return { of: 100 / subset.percent };
    if ('bytes' in subset) return subset;
  } catch (error) {
    if (!isFailure(error, 'check.bad-subset')) throw error;
  }
  throw new Failure('check.bad-share', {
    message: `'${text}' does not say how much is read back in one run`,
    hint: 'Use 1/30 (everything after thirty runs), a percentage such as 5%, a size such as 20G, or a time such as 30min.',
  });
}

/** Where the dates of a repository at its place are kept, in a folder of this machine. */
export function datesPath(folder: string, { config, backend }: Pick<Repository, 'config' | 'backend'>): string {
  return join(folder, `${hash('sha256', `${config.id} ${backend.location}`).slice(0, 32)}.dates`);
}

/** Chooses packs for `check` by their dates, and notes what was read. Saves the dates now and then, and by `save`. */
export class RollingReading implements PackChoice {
  readonly #path: string;
  readonly #share: RollingShare;
  readonly #clock: Clock;
  readonly #since: Date | undefined;
  readonly #startedAt: number;
  readonly #dates: VerifiedDates;
  readonly #damaged: PackId[] = [];
  #stored: StoredPack[] = [];
  #packs = 0;
  #bytes = 0;
  #unsavedBytes = 0;

  /** `since`: what was read back since then counts towards the share already. */
  constructor(path: string, share: RollingShare, { clock = systemClock, since }: { clock?: Clock; since?: Date } = {}) {
    this.#path = path;
    this.#share = share;
    this.#clock = clock;
    this.#since = since;
    this.#startedAt = clock.now().getTime();
    this.#dates = VerifiedDates.load(path);
  }

  choose(stored: StoredPack[]): StoredPack[] {
    this.#stored = stored;
    this.#dates.meet(stored, this.#clock.now());
    const { bytes: all, readBytes } = this.#dates.readBack(stored, this.#since);
    const done = this.#since === undefined ? 0 : readBytes;
    const share = this.#share;
    const wanted = ('of' in share ? Math.ceil(all / share.of) : 'bytes' in share ? share.bytes : Infinity) - done;
    const chosen: StoredPack[] = [];
    let bytes = 0;
    for (const pack of this.#dates.queue(stored)) {
      if (bytes >= wanted) break;
      if (this.#since !== undefined && this.#dates.isReadSince(pack.id, this.#since)) continue;
      chosen.push(pack);
      bytes += pack.size;
    }
    return chosen;
  }

  isEnough(): boolean {
    return 'ms' in this.#share && this.#clock.now().getTime() - this.#startedAt >= this.#share.ms;
  }

  read({ id, size }: StoredPack, isSound: boolean): void {
    this.#packs += 1;
    this.#bytes += size;
    if (isSound) this.#dates.confirm(id, this.#clock.now());
    else {
      this.#dates.doubt(id);
      this.#damaged.push(id);
    }
    this.#unsavedBytes += size;
    if (this.#unsavedBytes >= saveEveryBytes) this.save();
  }

  /** Keeps the dates. An interrupted run keeps what it has read. */
  save(): void {
    this.#dates.save(this.#path);
    this.#unsavedBytes = 0;
  }

  /** What was read now, and how much is read back altogether. */
  result(): RollingResult {
    return {
      ...this.#dates.readBack(this.#stored),
      readNow: { packs: this.#packs, bytes: this.#bytes },
      damagedPacks: this.#damaged,
    };
  }
}

const saveEveryBytes = 4 * 1024 * 1024 * 1024;

/** Reads the share back and compares, without a look at the folders of snapshots. Hold a lock meanwhile. */
export async function verifyRolling(
  repository: Repository,
  reading: RollingReading,
  options: Operation & { isEnough?(): boolean } = {},
): Promise<{ result: RollingResult; problems: CheckProblem[]; isComplete: boolean }> {
  const operation = pickSignal(options);
  const problems: CheckProblem[] = [];
  const found = (problem: CheckProblem): void => void problems.push(problem);
  const indexed = IndexedRepository.empty(repository);
  try {
    const expected = await readIndexFiles(indexed, found, operation);
    const chosen = reading.choose(await comparePacks(repository, expected, found, operation));
    const read = (pack: StoredPack, isSound: boolean): void => reading.read(pack, isSound);
    const isEnough = (): boolean => reading.isEnough() || options.isEnough?.() === true;
    await readPacks(repository, chosen, expected, { found, read, isEnough }, operation);
    const result = reading.result();
    return { result, problems, isComplete: result.readNow.packs === chosen.length };
  } finally {
    reading.save();
    await indexed.close();
  }
}

/** In words: how much is read back, and since when. */
export function describeReadBack({ packs, bytes, readPacks, readBytes, since }: ReadBack): string {
  if (packs === 0) return 'there is nothing to read back yet';
  if (since !== undefined) return `everything (${formatBytes(bytes)}) was read back since ${since.toISOString()}`;
  return `${formatBytes(readBytes)} of ${formatBytes(bytes)} read back so far (${formatCount(readPacks)} of ${formatCount(packs)} packs)`;
}

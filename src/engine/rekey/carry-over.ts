// Carries a whole repository over to one with another master key, and proves that everything arrived and can be read.
import type { Operation } from '../../base/operation.ts';
import { Failure } from '../../base/failure.ts';
import type { PackId } from '../ids.ts';
import { check, type CheckEvent } from '../maintain/check.ts';
import type { PackChoice, StoredPack } from '../maintain/check-packs.ts';
import { copySnapshots, type CopyEvent } from '../maintain/copy.ts';
import { VerifiedDates } from '../maintain/verified-dates.ts';
import type { Repository } from '../repository/repository.ts';
import { pickSignal } from '../repository/sealed-files.ts';

/** What carrying over tells. */
export type CarryOverEvent = CopyEvent | CheckEvent;

/** What one round did. Bytes are those of sealed blobs. */
export interface CarryOverResult {
  snapshots: number;
  copied: number;
  blobs: number;
  bytes: number;
  /** Bytes of the new repository that this round read back. */
  bytesProved: number;
}

/**
 * Copies what the new repository lacks, then reads every pack of it that no round has read back yet. When it returns, everything is
 * there and was read. Interrupted, it goes on where it stopped. `datesPath` keeps what was read back.
 * @throws Failure `rekey.incomplete` when the old one has lost something, `rekey.not-proved` when the new one is not whole
 */
export async function carryOver(
  from: Repository,
  to: Repository,
  datesPath: string,
  options: Operation<CarryOverEvent> = {},
): Promise<CarryOverResult> {
  const snapshots = await from.listSnapshots(pickSignal(options));
  const { copied, incomplete, blobs, bytes } = await copySnapshots(from, to, snapshots, options);
  const [gap] = incomplete;
  if (gap !== undefined) throw isIncomplete(incomplete.length, gap.failure);
  const unread = new UnreadPacks(datesPath);
  const { problems, bytesRead } = await check(to, { ...options, readData: unread }).finally(() => unread.save());
  const errors = problems.filter(({ severity }) => severity === 'error');
  if (errors[0] !== undefined) throw notProved(errors.length, errors[0].message);
  return { snapshots: snapshots.length, copied: copied.length, blobs, bytes, bytesProved: bytesRead };
}

// A pack that was read back once is proved: nobody but us writes there before the switch.
class UnreadPacks implements PackChoice {
  readonly #path: string;
  readonly #dates: VerifiedDates;

  constructor(path: string) {
    this.#path = path;
    this.#dates = VerifiedDates.load(path);
  }

  choose(stored: StoredPack[]): StoredPack[] {
    this.#dates.meet(stored, new Date());
    return stored.filter(({ id }: { id: PackId }) => !this.#dates.isReadSince(id, new Date(1000)));
  }

  isEnough(): boolean {
    return false;
  }

  read({ id }: StoredPack, isSound: boolean): void {
    if (isSound) this.#dates.confirm(id, new Date());
    else this.#dates.doubt(id);
  }

  save(): void {
    this.#dates.save(this.#path);
  }
}

function isIncomplete(count: number, cause: Failure): Failure {
  return new Failure('rekey.incomplete', {
    message: `${count} snapshot(s) cannot be carried over: the old repository has lost something they need`,
    hint: 'See `orbit repo check --read-data`, then repair or forget them (docs/repair.md), and go on. Everything else was copied.',
    cause,
  });
}

function notProved(count: number, first: string): Failure {
  return new Failure('rekey.not-proved', {
    message: `the new repository has ${count} error(s), the first: ${first}`,
    hint: 'The old repository is untouched. Look after the disk, then cancel and begin anew.',
  });
}

// What every fault must be like: it ends within its time, names cause and cure, leaves a repository that stock restic finds
// clean with every snapshot that was announced, and the next run completes.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { Backend } from '../../src/backends/backend.ts';
import { prefixedBackend } from '../../src/backends/prefixed.ts';
import { retryingBackend } from '../../src/backends/retrying.ts';
import { verifiedBackend } from '../../src/backends/verified.ts';
import { isFailure } from '../../src/base/failure.ts';
import { Repository } from '../../src/engine/repository/repository.ts';
import { cheapCost, saveFiles, testPassword } from '../support/repositories.ts';

/** What stock restic says of the repository. */
export interface Verdict {
  isClean: boolean;
  /** Their ids. */
  snapshots: string[];
  text: string;
}

/** A place under test, behind a real server. */
export interface Place {
  /** Opens it bare, anew, as every run does. */
  open(): Promise<Backend>;
  /** Lets stock restic check, reading all data, the repository `system` there. */
  judge(): Promise<Verdict>;
}

/** A fault and its cure. */
export interface Fault {
  codes: string[];
  /** Found in message and hint: the cause and the cure. */
  says: RegExp;
  /** The time stated in docs/destinations.md for the settings of the test. */
  withinSeconds: number;
  strike(): unknown;
  mend(): unknown;
}

/** How a run is made. */
interface How {
  /** With the product's retries, only quicker. */
  isPatient?: boolean;
  /** Around the bare backend. */
  wrap?: (bare: Backend) => Backend;
}

/** Makes a repository with its first run at a place, and gives what may then happen to it. */
export async function storyAt(place: Place) {
  const announced: string[] = [];

  async function run({ isPatient = false, wrap = (bare) => bare }: How, isNew = false): Promise<void> {
    const verified = verifiedBackend(wrap(await place.open()));
    const backend = isPatient ? retryingBackend(verified, { firstDelayMs: 20, maxDelayMs: 500 }) : verified;
    try {
      const below = prefixedBackend(backend, 'system');
      const repository = isNew
        ? await Repository.init(below, testPassword, { cost: cheapCost })
        : await Repository.open(below, testPassword);
      try {
        const files = { file: [randomBytes(900_000), randomBytes(700_000)] };
        announced.push((await saveFiles(await repository.loadIndex(), files)).snapshot);
      } finally {
        repository.close();
      }
    } finally {
      await backend.close();
    }
  }

  async function beClean(): Promise<void> {
    const { isClean, snapshots, text } = await place.judge();
    assert.ok(isClean, text);
    for (const id of announced) assert.ok(snapshots.includes(id), `announced, but not there: ${id}`);
  }

  await run({ isPatient: true }, true);
  return {
    /** The fault hits a run; then it is mended and the next run completes. */
    async suffers(fault: Fault): Promise<void> {
      await fault.strike();
      let failure: unknown;
      try {
        failure = await within(fault.withinSeconds, run({}));
      } finally {
        await fault.mend();
      }
      if (!isFailure(failure)) throw new Error('the run took no notice of the fault', { cause: failure });
      assert.ok(fault.codes.includes(failure.code), `${failure.code}: ${failure.message}`);
      assert.match(`${failure.message}\n${failure.hint ?? ''}`, fault.says);
      assert.ok((failure.hint ?? '') !== '', 'the cure is named');
      await beClean();
      await run({ isPatient: true });
    },
    /**
     * The line is cut in the first calls of each kind of a run, one after the other, until a run has no more of them. With the
     * product's retries every run completes by itself. Gives how often it was cut.
     */
    async survivesCuts(cut: () => void): Promise<number> {
      let cuts = 0;
      for (const [method, most] of Object.entries(cutCalls)) {
        for (let at = 1; at <= most; at += 1) {
          const hit = { isOver: false };
          const wrap = (bare: Backend): Backend => cutAt(bare, { method, at }, cut, hit);
          assert.equal(await within(60, run({ isPatient: true, wrap })), undefined, `cut in ${method} ${at}`);
          if (!hit.isOver) break;
          cuts += 1;
        }
      }
      await beClean();
      return cuts;
    },
  };
}

/** What the work fails with, or undefined; a hang is told as such. */
async function within(seconds: number, work: Promise<void>): Promise<unknown> {
  const ended = work.then(
    () => undefined,
    (error: unknown) => error,
  );
  const late = AbortSignal.timeout(seconds * 1000);
  const hang = new Promise<never>((_resolve, reject) => {
    late.addEventListener('abort', () => reject(new Error(`the run was still under way after ${seconds} s`)));
  });
  return await Promise.race([ended, hang]);
}

// A run stores two packs, an index and a snapshot. What it lists and loads grows with the repository: the first ones do.
const cutCalls = { list: 2, load: 2, save: 9, provesEqual: 2 };

// Cuts the line as the n-th call of a method begins.
function cutAt(inner: Backend, which: { method: string; at: number }, cut: () => void, hit: { isOver: boolean }) {
  let calls = 0;
  return new Proxy(inner, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function' || name !== which.method) return value;
      return (...args: unknown[]): unknown => {
        calls += 1;
        if (calls === which.at) {
          hit.isOver = true;
          cut();
        }
        return Reflect.apply(value, target, args);
      };
    },
  });
}

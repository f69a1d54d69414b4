// Restores that the service carries out: a plan first, then the work, watched and cancelled from the page. What they write
// lies on this machine; kits are never opened here.
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { type ReportEvent, orbitEvent } from '../base/event.ts';
import { Failure } from '../base/failure.ts';
import { findEntry, findFolder } from '../engine/browse/entries.ts';
import { quote, unquote } from '../engine/format/go-text.ts';
import type { NamedSnapshot } from '../engine/format/snapshot-types.ts';
import { literalPattern } from '../engine/path-patterns.ts';
import type { IndexedRepository } from '../engine/repository/indexed-repository.ts';
import type { RestoreEvent, RestoreResult } from '../engine/restore/events.ts';
import { restore } from '../engine/restore/restore.ts';
import { type CopyName, type OpenCopies, snapshotOf } from './open-copies.ts';
import { type KeptFailure, keptFailure } from './run.ts';

/** What is restored, and where to. */
export interface RestoreOrder extends CopyName {
  snapshot: string;
  /** A file or folder of the snapshot, raw; `/` for all of it. */
  path: Buffer;
  /** `place`: below `target` under its own name; `original`: where it lay, `target` is not looked at. */
  to: 'place' | 'original';
  target: string;
  overwrite: 'always' | 'if-changed' | 'never';
  isPlan: boolean;
}

/** One entry of a plan. */
export interface PlannedEntry {
  path: string;
  /** `new`: nothing is there; `replace`: something is, and goes; `keep`: it stays as it is; `cannot`: it cannot be restored. */
  what: 'new' | 'replace' | 'keep' | 'cannot';
  bytes: number;
  /** Why it cannot. */
  failure?: ReturnType<Failure['toJSON']>;
}

/** A restore, going on or ended. */
export interface RestoreState {
  id: string;
  order: Omit<RestoreOrder, 'path'> & { path: string };
  target: string;
  startedBy: string;
  startedAt: string;
  endedAt?: string;
  outcome?: 'succeeded' | 'partial' | 'failed' | 'cancelled';
  failure?: KeptFailure;
  files: number;
  bytes: number;
  filesTotal?: number;
  bytesTotal?: number;
  /** Counts of the plan, all of it. */
  counts: Record<PlannedEntry['what'], number>;
  /** The first of them. */
  entries: PlannedEntry[];
  result?: RestoreResult;
}

const keptStates = 30;
const entriesMax = 500;

/** Carries out restores, a few at once. */
export class RestoreDesk {
  readonly #copies: OpenCopies;
  readonly #clock: Clock;
  readonly #home: string;
  readonly #tell: ReportEvent;
  readonly #states = new Map<string, { state: RestoreState; stop: AbortController; ended: Promise<void> }>();

  constructor(copies: OpenCopies, options: { clock: Clock; home: string; tell: ReportEvent }) {
    this.#copies = copies;
    this.#clock = options.clock;
    this.#home = resolve(options.home);
    this.#tell = options.tell;
  }

  /** Starts a restore or a plan, and gives it at once. @throws Failure `restore.bad-target`, `restore.busy`. */
  start(order: RestoreOrder, startedBy: string): RestoreState {
    const target = this.#targetOf(order);
    if (!order.isPlan && this.list().some((each) => each.outcome === undefined && !each.order.isPlan)) {
      throw new Failure('restore.busy', {
        message: 'a restore is going on already',
        hint: 'Wait until it ends, or cancel it.',
      });
    }
    const { path, ...rest } = order;
    const state: RestoreState = {
      id: randomUUID(),
      order: { ...rest, path: quote(path) },
      target,
      startedBy,
      startedAt: this.#clock.now().toISOString(),
      files: 0,
      bytes: 0,
      counts: { new: 0, replace: 0, keep: 0, cannot: 0 },
      entries: [],
    };
    if (!order.isPlan) this.#tell(orbitEvent('task.created', taskOf(state), this.#clock.now()));
    const stop = new AbortController();
    const ended = this.#carryOut(state, order, target, stop.signal);
    this.#states.set(state.id, { state, stop, ended });
    for (const [id, { state: old }] of this.#states) {
      if (this.#states.size <= keptStates) break;
      if (old.outcome !== undefined) this.#states.delete(id);
    }
    return state;
  }

  /** The newest first. */
  list(): RestoreState[] {
    return [...this.#states.values()].map(({ state }) => state).reverse();
  }

  /** @throws Failure `restore.not-found`. */
  find(id: string): RestoreState {
    return this.#entry(id).state;
  }

  /** Stops one as soon as it can; what was written stays. */
  cancel(id: string): void {
    this.#entry(id).stop.abort(new DOMException('cancelled by a person', 'AbortError'));
  }

  /** Stops all and waits for them. */
  async close(): Promise<void> {
    for (const { stop } of this.#states.values()) stop.abort(new DOMException('Orbit is stopping', 'AbortError'));
    await Promise.all([...this.#states.values()].map(({ ended }) => ended));
  }

  #entry(id: string) {
    const entry = this.#states.get(id);
    if (entry !== undefined) return entry;
    throw new Failure('restore.not-found', {
      message: 'there is no such restore; the service remembers the newest ones until it is started again',
      hint: 'Start it again.',
    });
  }

  #targetOf({ to, target }: RestoreOrder): string {
    if (to === 'original') return '/';
    const absolute = resolve('/', target);
    const isOurs = absolute === this.#home || absolute.startsWith(`${this.#home}/`);
    if (target.startsWith('/') && !isOurs && absolute !== '/') return absolute;
    throw new Failure('restore.bad-target', {
      message: isOurs ? `${absolute} is Orbit's own data folder` : `'${target}' is no folder to restore into`,
      hint: 'Give the absolute path of a folder, such as /srv/restored. It is made when it is missing.',
    });
  }

  async #carryOut(state: RestoreState, order: RestoreOrder, target: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#copies.useLocked(
        order,
        async (open, locked) => {
          const snapshot = snapshotOf(open, order.snapshot);
          state.order.snapshot = snapshot.id;
          const { part, include } = await partOf(open.indexed, snapshot, order, locked);
          state.result = await restore(open.indexed, part, target, {
            signal: locked,
            overwrite: order.overwrite,
            verify: true,
            dryRun: order.isPlan,
            ...(include === undefined ? {} : { include: [include] }),
            report: (event) => fold(state, event),
          });
        },
        { signal },
      );
      state.outcome = state.result?.outcome ?? 'succeeded';
    } catch (error) {
      state.outcome = signal.aborted ? 'cancelled' : 'failed';
      if (!signal.aborted) state.failure = keptFailure(error);
    }
    state.endedAt = this.#clock.now().toISOString();
    if (!order.isPlan) this.#tellEnd(state);
  }

  #tellEnd(state: RestoreState): void {
    const now = this.#clock.now();
    const facts = { ...taskOf(state), durationMs: now.getTime() - Date.parse(state.startedAt) };
    const { code, message: reason = `the restore ended ${state.outcome}` } = state.failure ?? {};
    if (state.outcome === 'succeeded') this.#tell(orbitEvent('task.succeeded', facts, now));
    else this.#tell(orbitEvent('task.failed', { ...facts, reason, code }, now));
  }
}

function taskOf({ order, startedBy: user }: RestoreState): {
  task: string;
  user: string;
  destination: string;
  kind: string;
} {
  return { task: 'restore', user, destination: order.destination, kind: order.kind };
}

// Into a place: the folder around the entry, of which only the entry is taken. Where it lay: the whole tree, of which only
// its path is taken.
async function partOf(
  indexed: IndexedRepository,
  snapshot: NamedSnapshot,
  { path, to }: RestoreOrder,
  signal: AbortSignal,
): Promise<{ part: Pick<NamedSnapshot, 'tree' | 'summary'>; include?: string }> {
  const entry = await findEntry(indexed, snapshot, path, { signal });
  if (entry === undefined) return { part: snapshot };
  if (to === 'original') return { part: { tree: snapshot.tree }, include: literalPattern(entry.path.toString('utf8')) };
  const parent = entry.path.subarray(0, Math.max(1, entry.path.lastIndexOf(0x2f)));
  const tree = await findFolder(indexed, snapshot, parent, { signal });
  return { part: { tree }, include: literalPattern(`/${entry.node.name.toString('utf8')}`) };
}

function fold(state: RestoreState, event: RestoreEvent): void {
  switch (event.type) {
    case 'scanned':
      if (!event.isComplete) return;
      state.filesTotal = event.files;
      state.bytesTotal = event.bytes;
      return;
    case 'progress':
      state.bytes += event.bytes;
      return;
    case 'file-done': {
      state.files += 1;
      if (!state.order.isPlan) return;
      state.bytes += event.size;
      const isThere = existsSync(unquote(event.path) ?? event.path);
      return add(state, { path: event.path, what: isThere ? 'replace' : 'new', bytes: event.size });
    }
    case 'file-unchanged':
      return add(state, { path: event.path, what: 'keep', bytes: 0 });
    case 'file-skipped':
      return add(state, { path: event.path, what: 'cannot', bytes: 0, failure: event.failure.toJSON() });
    case 'not-set':
    case 'deleted':
    case 'limited':
      return;
  }
}

function add(state: RestoreState, entry: PlannedEntry): void {
  state.counts[entry.what] += 1;
  // Trouble is always shown; of what goes well the first are enough.
  if (state.entries.length < entriesMax || entry.what === 'cannot') state.entries.push(entry);
  if (state.entries.length > 2 * entriesMax) state.entries.length = 2 * entriesMax;
}

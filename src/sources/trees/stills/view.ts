// The view: the machine's folders below one of our own, each file system held still where it can be, so that what is read is
// of one moment and has the same paths. Taken before reading, removed afterwards; what a crash leaves is removed by the next run.
import { type Note, note, type Reason } from '../../../base/note.ts';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram } from '../../../base/program.ts';
import { PathPatterns, pathParts } from '../../../engine/path-patterns.ts';
import { isKernels, type Mount, mounts } from '../profiles/host/file-systems.ts';
import { btrfs, isReadOnly, subvolumesBelow } from './btrfs.ts';
import { lvm } from './lvm.ts';
import { must, notTaken, spoiled, type Still, type StillKind, whyOf } from './still.ts';
import { zfs } from './zfs.ts';

/** What is read instead of the machine's own folders. */
export interface StillView {
  /** The folder that stands for `/`. */
  folder: string;
  /** Numbers of the file systems as they are seen in the view, and those of the originals. */
  devices: ReadonlyMap<bigint, bigint>;
  notes: Note[];
  /**
   * Takes it away. What cannot be removed stays written down for the next run.
   * @throws Failure `stills.spoiled` when one broke while it was read
   */
  close(): Promise<void>;
}

const kinds: readonly StillKind[] = [btrfs, lvm, zfs];

/** What a view is made of. */
export interface ViewWanted {
  folders: readonly string[];
  /** Patterns; what is mounted where nothing is read stays out of the view. */
  excludes: readonly string[];
  /** Makes the names of stills unique. */
  stamp: string;
  /** From the first still to the last at most; a minute unless told. */
  spanMsMax?: number;
}

const usualSpanMsMax = 60_000;

/** A view of these folders, below `place`, a folder of Orbit's own. Without a file system that can be held still: only notes. */
export async function takeStills(
  place: string,
  { folders, excludes, stamp, spanMsMax = usualSpanMsMax }: ViewWanted,
): Promise<StillView | { notes: Note[] }> {
  const notes = await removeLeftovers(place);
  const needed = mountsNeeded(folders, excludes, mounts());
  const planned = await planStills(needed, stamp, notes);
  if (planned.every(({ still }) => still === undefined)) return { notes };
  const view = new View(place, notes);
  try {
    await view.begin(planned.flatMap(({ still }) => (still === undefined ? [] : [still])));
    const taken = await view.takeAll(planned, spanMsMax);
    if (taken.every(({ still }) => still === undefined)) {
      await view.close();
      return { notes };
    }
    for (const each of taken) await view.show(each);
    return view;
  } catch (error) {
    // Whatever it is: a backup of what changes meanwhile is better than none.
    await view.close();
    notes.push(note('stills.as-they-are', { reason: whyOf(error) }));
    return { notes };
  }
}

/** A mount and what it is read from; without a still, as it is. */
interface Planned {
  mount: Mount;
  still?: Still | undefined;
}

/** Mounts that hold these folders or lie below them, from the outside in. Of several at one place the last is seen. */
export function mountsNeeded(
  folders: readonly string[],
  excludes: readonly string[],
  table: readonly Mount[],
): Mount[] {
  const patterns = new PathPatterns(excludes);
  // The folder itself stays where everything in it is left out; a name that nobody has stands for all.
  const isLeftOut = ({ mount }: Mount): boolean => patterns.answer(pathParts(join(mount, 'anything'))).matches;
  const seen = new Map<string, Mount>();
  for (const mount of table) {
    // What was mounted below is hidden by it.
    for (const point of seen.keys()) if (isBelow(point, mount.mount)) seen.delete(point);
    seen.set(mount.mount, mount);
  }
  const all = [...seen.values()].sort((a, b) => a.mount.length - b.mount.length);
  const wanted = new Set<Mount>();
  for (const folder of folders) {
    const holder = all.findLast(({ mount }) => mount === folder || isBelow(folder, mount));
    if (holder !== undefined) wanted.add(holder);
    for (const mount of all) if (isBelow(mount.mount, folder)) wanted.add(mount);
  }
  return all.filter((mount) => wanted.has(mount) && !isKernels(mount) && !isLeftOut(mount));
}

function isBelow(path: string, folder: string): boolean {
  return path !== folder && path.startsWith(folder === '/' ? '/' : `${folder}/`);
}

async function planStills(needed: readonly Mount[], stamp: string, notes: Note[]): Promise<Planned[]> {
  const planned: Planned[] = [];
  const points = new Set(needed.map(({ mount }) => mount));
  for (const mount of needed) {
    try {
      let still: Still | undefined;
      // Numbered: volumes of one group share their names.
      for (const kind of kinds) still ??= await kind.plan(mount, `${stamp}-${planned.length}`);
      const inner = still?.kind === 'btrfs' ? await subvolumesBelow(mount) : [];
      planned.push({ mount, still });
      for (const each of inner) {
        if (points.has(each.mount)) continue;
        planned.push({
          mount: each,
          still: (await isReadOnly(each.mount)) ? undefined : await btrfs.plan(each, stamp),
        });
      }
    } catch (error) {
      notes.push(readAsItIs(mount, whyOf(error)));
      planned.push({ mount });
    }
  }
  return planned.sort((a, b) => a.mount.mount.length - b.mount.mount.length);
}

function readAsItIs({ mount, type }: Mount, reason: Reason): Note {
  return note('stills.none', { path: mount, type, reason });
}

class View implements StillView {
  readonly folder: string;
  readonly devices = new Map<bigint, bigint>();
  readonly notes: Note[];
  readonly #place: string;
  #stills: Still[] = [];
  readonly #shown = new Set<Still>();

  constructor(place: string, notes: Note[]) {
    this.#place = place;
    this.folder = join(place, 'view');
    this.notes = notes;
  }

  /** Writes down what will be taken, so that whatever happens it can be removed. */
  async begin(stills: readonly Still[]): Promise<void> {
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    this.#stills = [...stills];
    const kept = [...readRecord(this.#place), ...stills];
    writeFileSync(recordOf(this.#place), JSON.stringify(kept), { mode: 0o600, flush: true });
    // Of its own, and private: a mount below it must never show up below the folder it stands for.
    await must('mount', ['--make-private', '-t', 'tmpfs', '-o', 'size=4m,mode=0700', 'orbit-stills', this.folder]);
  }

  /** Takes all of them, one right after the other; what is not taken by `spanMsMax` after the first is read as it is. */
  async takeAll(planned: readonly Planned[], spanMsMax: number): Promise<Planned[]> {
    const started = performance.now();
    const taken: Planned[] = [];
    for (const { mount, still } of planned) {
      if (still === undefined) {
        taken.push({ mount });
        continue;
      }
      try {
        const left = Math.round(started + spanMsMax - performance.now());
        if (left <= 0) throw notTaken(note('stills.too-late', { spanMs: spanMsMax }));
        await kindOf(still).take(still, left);
        taken.push({ mount, still });
      } catch (error) {
        this.notes.push(readAsItIs(mount, whyOf(error)));
        taken.push({ mount });
      }
    }
    const count = taken.filter(({ still }) => still !== undefined).length;
    const spanMs = Math.round(performance.now() - started);
    if (count > 1) this.notes.push(note('stills.one-after-other', { count, spanMs }));
    return taken;
  }

  async show({ mount, still }: Planned): Promise<void> {
    const folder = join(this.folder, mount.mount);
    if (!existsSync(folder) && !this.#makeRoom(folder)) throw notTaken(note('stills.no-place', { path: mount.mount }));
    if (still === undefined) await must('mount', ['--bind', '--make-private', '-o', 'ro', mount.mount, folder]);
    else {
      await kindOf(still).show(still, folder);
      this.#shown.add(still);
    }
    const [seen, own] = [statSync(folder, { bigint: true }).dev, statSync(mount.mount, { bigint: true }).dev];
    if (seen !== own) this.devices.set(seen, own);
  }

  // Only where nothing is shown yet: in what is shown nothing can be made.
  #makeRoom(folder: string): boolean {
    try {
      mkdirSync(folder, { recursive: true });
      return true;
    } catch {
      return false;
    }
  }

  async close(): Promise<void> {
    const broken: string[] = [];
    for (const still of this.#stills.filter((each) => this.#shown.has(each))) {
      const why = await kindOf(still).spoiled(still);
      if (why !== undefined) broken.push(`${still.of}: ${why}`);
    }
    await removeLeftovers(this.#place);
    if (broken.length > 0) throw spoiled(broken);
  }
}

/** Unmounts and removes what the record of an earlier run, or of this one, names. Gives what could not be removed. */
async function removeLeftovers(place: string): Promise<Note[]> {
  const folder = join(place, 'view');
  const left = mounts().filter(({ mount }) => mount === folder || isBelow(mount, folder));
  for (const { mount } of left.toReversed()) {
    if ((await runProgram('umount', [mount])).exitCode !== 0) await runProgram('umount', ['--lazy', mount]);
  }
  const still: Still[] = [];
  const notes: Note[] = [];
  for (const each of readRecord(place)) {
    try {
      await kindOf(each).remove(each);
    } catch (error) {
      still.push(each);
      notes.push(note('stills.not-removed', { reason: whyOf(error) }));
    }
  }
  if (still.length > 0) writeFileSync(recordOf(place), JSON.stringify(still), { mode: 0o600 });
  else rmSync(recordOf(place), { force: true });
  return notes;
}

function readRecord(place: string): Still[] {
  try {
    return JSON.parse(readFileSync(recordOf(place), 'utf8')) as Still[];
  } catch {
    return [];
  }
}

function recordOf(place: string): string {
  return join(place, 'stills.json');
}

function kindOf({ kind }: Still): StillKind {
  const found = kinds.find((each) => each.kind === kind);
  if (found === undefined) throw notTaken(`${kind}: no such kind of snapshot`);
  return found;
}

// The stat cache of one backup: what the last run knew of each folder, and what this one finds.
import { hash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { join } from 'node:path';
import type { AccountNames } from './same-node.ts';
import type { BlobId } from '../ids.ts';
import { type FolderCheck, openFolderCheck } from './folder-check.ts';
import {
  type FiledFolder,
  halfAt,
  halvesOf,
  type KnownFolder,
  namesText,
  StatCacheReader,
  StatCacheWriter,
  statWords,
  writeStat,
} from './stat-cache-file.ts';

/** Which cache, and under which options it may be believed. */
export interface StatCacheName {
  /** A folder of this account's own. */
  folder: string;
  /** The same for runs that back up the same: repository (unless several are fed), host and paths. */
  source: string;
  options: string;
}

/** The repositories that a run feeds, by their ids, each with its index files. */
export type IndexFiles = ReadonlyMap<string, ReadonlySet<string>>;

/** What a run looks up, and what it leaves for the next. It never fails a backup: what cannot be kept is not kept. */
export class StatCache {
  /** Tells whether a folder is what this knows of it. */
  readonly check: FolderCheck;
  readonly #name: StatCacheName;
  readonly #names: AccountNames;
  #reader: StatCacheReader | undefined;
  #writer: StatCacheWriter | undefined;
  readonly #users = new Map<number, string | null>();
  readonly #groups = new Map<number, string | null>();

  private constructor(name: StatCacheName, names: AccountNames, repositories: IndexFiles, check: FolderCheck) {
    this.check = check;
    this.#name = name;
    this.#names = names;
    const reader = StatCacheReader.open(this.#path, name);
    const isTrusted =
      reader !== undefined &&
      hasAll(repositories, reader) &&
      reader.users.every(([id, user]) => (names.userName(id) ?? null) === user) &&
      reader.groups.every(([id, group]) => (names.groupName(id) ?? null) === group);
    this.#reader = isTrusted ? reader : undefined;
    if (!isTrusted) reader?.close();
    try {
      this.#writer = new StatCacheWriter(this.#path);
    } catch {
      // Without a place for it the next run only takes longer.
    }
  }

  /**
   * Opens the cache, or begins one. `repositories`: what is there. Where one of them did not get the last run's snapshot,
   * or has not every index file that run relied on, nothing it knew is believed.
   */
  static async open(name: StatCacheName, names: AccountNames, repositories: IndexFiles): Promise<StatCache> {
    return new StatCache(name, names, repositories, await openFolderCheck());
  }

  /** What the last run knew of the folder that had this tree. */
  find(tree: BlobId): FiledFolder | undefined {
    try {
      return this.#reader?.find(tree);
    } catch {
      return undefined;
    }
  }

  /** Keeps what was found. */
  add(folder: KnownFolder): void {
    this.#noteOwners(folder);
    this.#attempt((writer) => writer.add(folder));
  }

  /** Keeps what the last run knew. */
  keepFolder(folder: FiledFolder): void {
    this.#noteOwners(folder);
    this.#attempt((writer) => writer.keep(folder));
  }

  /** When the snapshot is stored. `made`: the repositories that have it, with what is there now. */
  keep(made: IndexFiles): void {
    this.#endReading();
    const { options } = this.#name;
    const repositories = [...made].map(([id, indexIds]): [string, string[]] => [id, [...indexIds]]);
    const rest = { repositories, users: [...this.#users], groups: [...this.#groups] };
    this.#attempt((writer) => writer.finish({ options }, rest));
    this.#writer = undefined;
  }

  /** When it is not: the next run still has what the last one knew. */
  discard(): void {
    this.#endReading();
    this.#attempt((writer) => writer.discard());
    this.#writer = undefined;
  }

  // Once: the same descriptor may be somebody else's file a moment later.
  #endReading(): void {
    const reader = this.#reader;
    this.#reader = undefined;
    reader?.close();
  }

  get #path(): string {
    const { folder, source } = this.#name;
    return join(folder, hash('sha256', source).slice(0, 32));
  }

  // Most entries of a folder have the same owner as the one before.
  #noteOwners({ stats }: KnownFolder): void {
    const halves = halvesOf(stats);
    let lastUser = -1;
    let lastGroup = -1;
    for (let at = 0; at < halves.length; at += statWords * 2) {
      const user = halves[at + halfAt.user] ?? 0;
      const group = halves[at + halfAt.group] ?? 0;
      if (user !== lastUser && !this.#users.has(user)) this.#users.set(user, this.#names.userName(user) ?? null);
      if (group !== lastGroup && !this.#groups.has(group))
        this.#groups.set(group, this.#names.groupName(group) ?? null);
      lastUser = user;
      lastGroup = group;
    }
  }

  #attempt(action: (writer: StatCacheWriter) => void): void {
    if (this.#writer === undefined) return;
    try {
      action(this.#writer);
    } catch {
      const broken = this.#writer;
      this.#writer = undefined;
      try {
        broken.discard();
      } catch {
        // Nothing more can be done for it.
      }
    }
  }
}

function hasAll(repositories: IndexFiles, { repositories: known }: StatCacheReader): boolean {
  const before = new Map(known);
  return [...repositories].every(
    ([id, indexIds]) => before.get(id)?.every((indexId) => indexIds.has(indexId)) === true,
  );
}

/** Takes what the system says of an entry. */
export type EntryLook = Pick<FolderLook, 'add' | 'spoil'>;

/** What a walk sees of one folder's entries, in the order of their names. */
export class FolderLook {
  readonly #names: string[] = [];
  #stats = new BigUint64Array(16 * statWords);
  #isSound = true;
  #expected = 0;

  get count(): number {
    return this.#names.length;
  }

  /** The next entry. */
  add(name: Buffer, stat: BigIntStats): void {
    const at = this.#reserve(name.toString('latin1')); // First: it may make room elsewhere.
    writeStat(stat, this.#stats, at);
  }

  /** The next entry, which is looked at later: `fill` has to follow for the place given. */
  expect(name: string): number {
    this.#expected += 1;
    return this.#reserve(name) / statWords;
  }

  /** What the system says of an expected entry: the words at `from`. */
  fill(place: number, words: BigUint64Array, from: number): void {
    this.#expected -= 1;
    this.#stats.set(words.subarray(from, from + statWords), place * statWords);
  }

  /** For an expected entry: what is added stands in its place. */
  at(place: number): EntryLook {
    return {
      add: (_name, stat) => {
        this.#expected -= 1;
        writeStat(stat, this.#stats, place * statWords);
      },
      spoil: () => this.spoil(),
    };
  }

  #reserve(name: string): number {
    const at = this.#names.length * statWords;
    if (at === this.#stats.length) {
      const larger = new BigUint64Array(at * 2);
      larger.set(this.#stats);
      this.#stats = larger;
    }
    this.#names.push(name);
    return at;
  }

  /** Something was not as it seemed: the next run looks at everything again. */
  spoil(): void {
    this.#isSound = false;
  }

  /** What is to be kept, or undefined when it is not to be trusted. */
  known(tree: BlobId, subtrees: BlobId[]): KnownFolder | undefined {
    if (!this.#isSound || this.#expected > 0) return undefined;
    const stats = this.#stats.subarray(0, this.#names.length * statWords);
    return { tree, names: Buffer.from(namesText(this.#names), 'latin1'), stats, subtrees };
  }
}

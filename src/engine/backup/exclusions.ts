// Which entries are left out, in restic's terms (docs/excludes.md). Patterns are asked first: they need no look at the disk.
import type { BigIntStats } from 'node:fs';
import { closeSync, lstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { Failure } from '../../base/failure.ts';
import { PathPatterns } from '../path-patterns.ts';

/** What is left out of a backup. */
export interface ExclusionOptions {
  exclude?: readonly string[];
  /** The same, without regard to case. */
  iexclude?: readonly string[];
  /** `NAME` or `NAME:HEADER`: folders that hold such a file (starting with HEADER) keep only that file. */
  excludeIfPresent?: readonly string[];
  /** The same for CACHEDIR.TAG with the signature of the Cache Directory Tagging specification (bford.info/cachedir). */
  excludeCaches?: boolean;
  /** Files above this many bytes. */
  excludeLargerThan?: number;
  /** Stays on the file systems of the given paths; a mount point itself is kept as an empty folder. */
  oneFileSystem?: boolean;
  /** Says of an entry whether it stays out this time, such as a file that is still being written. Asked more than once. */
  leaveOut?: (stat: BigIntStats) => boolean;
}

interface Tag {
  name: Buffer;
  header: Buffer;
}

const cacheTag = 'CACHEDIR.TAG:Signature: 8a477f597d28d172789f06886806bc55';

/** Answers for one backup. Made once; it keeps the last tagged folder in mind. */
export class Exclusions {
  readonly #patterns: PathPatterns;
  readonly #caseless: PathPatterns;
  readonly #tags: Tag[];
  readonly #largest: bigint | undefined;
  readonly #leaveOut: ((stat: BigIntStats) => boolean) | undefined;
  readonly oneFileSystem: boolean;

  /** @throws Failure `patterns.malformed` */
  constructor(options: ExclusionOptions) {
    this.#patterns = new PathPatterns(options.exclude ?? []);
    this.#caseless = new PathPatterns(options.iexclude ?? [], { ignoreCase: true });
    const tags = [...(options.excludeIfPresent ?? []), ...(options.excludeCaches ? [cacheTag] : [])];
    this.#tags = tags.map(parseTag);
    this.#largest = options.excludeLargerThan === undefined ? undefined : BigInt(options.excludeLargerThan);
    this.#leaveOut = options.leaveOut;
    this.oneFileSystem = options.oneFileSystem ?? false;
  }

  get hasPatterns(): boolean {
    return !this.#patterns.isEmpty || !this.#caseless.isEmpty;
  }

  /** By name alone. `parts` is the absolute path as `pathParts` gives it. */
  excludesPath(parts: readonly string[]): boolean {
    return this.#patterns.answer(parts).matches || this.#caseless.answer(parts).matches;
  }

  /** Whether something below a folder may be left out by its name. */
  mayExcludeBelow(parts: readonly string[]): boolean {
    return this.#patterns.answer(parts).childMayMatch || this.#caseless.answer(parts).childMayMatch;
  }

  /** True when names alone do not tell which files stay out. */
  get asksOfFiles(): boolean {
    return this.#largest !== undefined || this.#leaveOut !== undefined;
  }

  excludesFile(stat: BigIntStats): boolean {
    if (this.#leaveOut?.(stat) === true) return true;
    return this.#largest !== undefined && !stat.isDirectory() && stat.size > this.#largest;
  }

  /** The names that stay in a folder because a tag empties it; undefined when the folder is not tagged. */
  tagsOf(folder: Buffer): Buffer[] | undefined {
    const found = this.#tags.filter((tag) => isTagged(folder, tag));
    return found.length === 0 ? undefined : found.map(({ name }) => name);
  }
}

function parseTag(text: string): Tag {
  const colon = text.indexOf(':');
  const name = colon === -1 ? text : text.slice(0, colon);
  if (name === '' || name.includes('/')) {
    throw new Failure('backup.bad-tag-file', {
      message: `'${text}' is not the name of a file that marks a folder`,
      hint: 'Give NAME or NAME:HEADER, without a slash in the name.',
    });
  }
  return { name: Buffer.from(name), header: Buffer.from(colon === -1 ? '' : text.slice(colon + 1)) };
}

function isTagged(folder: Buffer, { name, header }: Tag): boolean {
  const path = Buffer.concat([folder, Buffer.from('/'), name]);
  try {
    if (header.length === 0) return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
    if (lstatSync(path, { throwIfNoEntry: false })?.isFile() !== true) return false;
    const file = openSync(path, 'r');
    try {
      const start = Buffer.alloc(header.length);
      return readSync(file, start, 0, start.length, 0) === start.length && start.equals(header);
    } finally {
      closeSync(file);
    }
  } catch {
    // A tag that cannot be read does not empty a folder.
    return false;
  }
}

/**
 * The patterns in a file: one a line, `#` starts a comment, `$NAME` stands for a variable of `env`, `$$` for a dollar.
 * @throws Failure `backup.exclude-file`
 */
export function readPatternFile(path: string, env: NodeJS.ProcessEnv): string[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new Failure('backup.exclude-file', {
      message: `the pattern file ${path} cannot be read`,
      hint: 'Check its name and the rights to it; nothing was backed up.',
      cause: error,
    });
  }
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) =>
      line.replace(/\$(?:\$|\{(\w+)\}|(\w+))/g, (whole, braced?: string, plain?: string) =>
        whole === '$$' ? '$' : (env[braced ?? plain ?? ''] ?? ''),
      ),
    );
}

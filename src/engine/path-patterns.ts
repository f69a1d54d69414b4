// restic's pattern language for paths (restic internal/filter): shell patterns per part, `**` for any number of parts.
import { Failure } from '../base/failure.ts';

interface Part {
  /** Undefined stands for `**`. */
  matches: ((name: string) => boolean) | undefined;
}

interface Pattern {
  parts: Part[];
  /** Its last part as it was written. */
  last: string;
  isAnchored: boolean;
  isNegated: boolean;
}

/** What a list of patterns says about a path. */
export interface PatternAnswer {
  /** The path, or a folder above it, is meant. */
  matches: boolean;
  /** Something below the path may be meant. */
  childMayMatch: boolean;
}

/** The parts of an absolute path, as `PathPatterns` takes them: `/a/b` → `['/', 'a', 'b']`. */
export function pathParts(path: string): string[] {
  return ['/', ...path.split('/').filter((part) => part !== '' && part !== '.')];
}

/**
 * A list of patterns. `/a/*.log` is anchored at the root, `*.log` and `a/b` match anywhere, `!…` takes back what earlier patterns matched.
 * @throws Failure `patterns.malformed`
 */
export class PathPatterns {
  readonly #patterns: Pattern[];
  readonly #ignoresCase: boolean;
  readonly #hasNegated: boolean;

  constructor(patterns: readonly string[], options: { ignoreCase?: boolean } = {}) {
    this.#ignoresCase = options.ignoreCase ?? false;
    this.#patterns = patterns
      .filter((text) => text !== '')
      .map((text) => parsePattern(this.#ignoresCase ? text.toLowerCase() : text));
    this.#hasNegated = this.#patterns.some(({ isNegated }) => isNegated);
  }

  get isEmpty(): boolean {
    return this.#patterns.length === 0;
  }

  /** `parts` is an absolute path as `pathParts` gives it. */
  answer(parts: readonly string[]): PatternAnswer {
    const path = this.#ignoresCase ? parts.map((part) => part.toLowerCase()) : parts;
    let matches = false;
    let childMayMatch = false;
    for (const pattern of this.#patterns) {
      const isHere = matchParts(pattern.parts, path);
      const isBelow = mayMatchBelow(pattern, path);
      if (pattern.isNegated) {
        matches &&= !isHere;
        childMayMatch &&= !isHere;
      } else {
        matches ||= isHere;
        childMayMatch ||= isBelow;
        if (matches && childMayMatch && !this.#hasNegated) break;
      }
    }
    return { matches, childMayMatch };
  }

  /** True when the path itself is meant, not only a folder above it. */
  meansItself(parts: readonly string[]): boolean {
    const path = this.#ignoresCase ? parts.map((part) => part.toLowerCase()) : parts;
    return this.#patterns.reduce(
      (is, { parts: pattern, isNegated }) => (matchParts(pattern, path, true) ? !isNegated : is),
      false,
    );
  }

  /**
   * Runs of letters, digits, spaces and `._-`, one of which stands in every name that `meansItself` can be true for; undefined where there is no
   * telling.
   */
  runsOfNames(): string[] | undefined {
    if (this.#ignoresCase) return undefined;
    const runs = this.#patterns.filter(({ isNegated }) => !isNegated).map(({ last }) => longestRun(last));
    return runs.every((run) => run !== undefined) ? runs : undefined;
  }
}

// What comes after a class or a backslash is left out: it is read in another way.
function longestRun(glob: string): string | undefined {
  const [plain = ''] = glob.split(/[[\\]/, 1);
  const runs = plain.match(/[\w. -]+/g) ?? [];
  return runs.toSorted((a, b) => b.length - a.length)[0];
}

function parsePattern(text: string): Pattern {
  const isNegated = text.startsWith('!');
  const path = isNegated ? text.slice(1) : text;
  const names = cleanParts(path);
  if (names.length === 0) throw malformed(text);
  const parts = names.map((name): Part => {
    if (name === '**') return { matches: undefined };
    return { matches: /[\\[\]*?]/.test(name) ? globPart(name, text) : (other) => other === name };
  });
  return { parts, last: names.at(-1) ?? '', isAnchored: names[0] === '/', isNegated };
}

// As Go's filepath.Clean: no empty parts, no `.`, and `..` takes the part before it away.
function cleanParts(path: string): string[] {
  const parts: string[] = path.startsWith('/') ? ['/'] : [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    const last = parts.at(-1);
    if (part === '..' && last !== undefined && last !== '..') {
      if (last !== '/') parts.pop();
    } else parts.push(part);
  }
  return parts;
}

type CharTest = (char: string) => boolean;

// Go's filepath.Match for one part of a path: * ? [a-z] [^a] and backslash. No regular expression: a pattern with many stars
// would keep one busy for years.
function globPart(glob: string, whole: string): (name: string) => boolean {
  const chars = [...glob];
  const tests: (CharTest | '*')[] = [];
  let at = 0;
  const next = (): string => {
    const char = chars[at];
    if (char === undefined) throw malformed(whole);
    at += 1;
    return char;
  };
  const inClass = (): string => {
    const char = next();
    if (char === '-' || char === ']') throw malformed(whole);
    return char === '\\' ? next() : char;
  };
  const readClass = (): CharTest => {
    const isNegated = chars[at] === '^';
    if (isNegated) at += 1;
    const ranges: [number, number][] = [];
    do {
      const low = inClass();
      let high = low;
      if (chars[at] === '-') {
        at += 1;
        high = inClass();
      }
      ranges.push([codeOf(low), codeOf(high)]);
    } while (chars[at] !== ']');
    at += 1;
    return (char) => ranges.some(([low, high]) => low <= codeOf(char) && codeOf(char) <= high) !== isNegated;
  };
  while (at < chars.length) {
    const char = next();
    if (char === '*') tests.push('*');
    else if (char === '?') tests.push(() => true);
    else if (char === '[') tests.push(readClass());
    else {
      const meant = char === '\\' ? next() : char;
      tests.push((other) => other === meant);
    }
  }
  return (name) => matchChars(tests, [...name]);
}

const codeOf = (char: string): number => char.codePointAt(0) ?? 0;

// When something does not match, only the last star needs to take more: the earlier ones can do no better.
function matchChars(tests: readonly (CharTest | '*')[], name: readonly string[]): boolean {
  let test = 0;
  let char = 0;
  let star: { test: number; char: number } | undefined;
  while (char < name.length || test < tests.length) {
    const wanted = tests[test];
    const here = name[char];
    if (wanted === '*') {
      star = { test, char };
      test += 1;
    } else if (wanted !== undefined && here !== undefined && wanted(here)) {
      test += 1;
      char += 1;
    } else if (star !== undefined && star.char < name.length) {
      star.char += 1;
      char = star.char;
      test = star.test + 1;
    } else return false;
  }
  return true;
}

// A pattern may match any run of parts, so that what lies below a matching folder matches too.
function matchParts(pattern: readonly Part[], path: readonly string[], toItsEnd = false): boolean {
  if (pattern.length === 0) return path.length === 0;
  const lead = pattern.findIndex(({ matches }) => matches !== undefined);
  if (lead !== 0 && matchesFrom({ pattern, path, toItsEnd, start: 0 }, 0)) return true;
  const first = pattern[lead];
  if (first === undefined || (lead > 0 && pattern.length - 1 > path.length)) return false;
  const isAnchored = path[0] === '/' && first.matches?.('/') === true;
  const last = isAnchored ? 0 : path.length - 1;
  for (let start = isAnchored || toItsEnd || path[0] !== '/' ? 0 : 1; start <= last; start += 1)
    if (matchesFrom({ pattern, path, toItsEnd, start }, lead)) return true;
  return false;
}

interface Match {
  pattern: readonly Part[];
  path: readonly string[];
  toItsEnd: boolean;
  /** Where in the path it begins. */
  start: number;
}

// Does the pattern from its part `lead` on match the path? Each pair of places is answered once: patterns with many ** stay quick.
function matchesFrom({ pattern, path, toItsEnd, start }: Match, lead: number): boolean {
  const known = new Map<number, boolean>();
  const answer = (at: number, offset: number): boolean => {
    const part = pattern[at];
    if (part === undefined) return !toItsEnd || offset === path.length;
    const name = path[offset];
    if (part.matches !== undefined) return name !== undefined && part.matches(name) && matchesAt(at + 1, offset + 1);
    // restic takes ** for so many parts only that there is one left for each later part, ** included.
    const mayEnd = offset - start + pattern.length - at - 1 <= path.length;
    return (mayEnd && matchesAt(at + 1, offset)) || (name !== undefined && matchesAt(at, offset + 1));
  };
  const matchesAt = (at: number, offset: number): boolean => {
    const key = at * (path.length + 1) + offset;
    const before = known.get(key);
    if (before !== undefined) return before;
    const is = answer(at, offset);
    known.set(key, is);
    return is;
  };
  return matchesAt(lead, start);
}

function mayMatchBelow(pattern: Pattern, path: readonly string[]): boolean {
  if (!pattern.isAnchored) return true;
  const gap = pattern.parts.findIndex(({ matches }) => matches === undefined);
  const shown = gap !== -1 && path.length >= gap ? path.slice(0, gap) : path;
  return matchParts(pattern.parts.slice(0, shown.length), shown);
}

function malformed(pattern: string): Failure {
  return new Failure('patterns.malformed', {
    message: `the pattern '${pattern}' cannot be understood`,
    hint: 'Close every [ with ], and put \\ before a character that is meant as it stands.',
  });
}

/** The pattern that means this path and what lies below it, whatever characters are in it. */
export function literalPattern(path: string): string {
  return path.replace(/[\\[\]*?]/g, '\\$&');
}

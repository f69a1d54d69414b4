// restic's pattern language for paths (restic internal/filter): shell patterns per part, `**` for any number of parts.
import { Failure } from '../base/failure.ts';

interface Part {
  /** Undefined stands for `**`. */
  matches: ((name: string) => boolean) | undefined;
}

interface Pattern {
  parts: Part[];
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
  return { parts, isAnchored: names[0] === '/', isNegated };
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

// Go's filepath.Match for one part of a path: * ? [a-z] [^a] and backslash.
function globPart(glob: string, whole: string): (name: string) => boolean {
  const literal = (char: string): string => char.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  const chars = [...glob];
  let source = '';
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
    const meant = char === '\\' ? next() : char;
    return meant === '-' ? '\\-' : literal(meant);
  };
  while (at < chars.length) {
    const char = next();
    if (char === '*') source += '.*';
    else if (char === '?') source += '.';
    else if (char === '\\') source += literal(next());
    else if (char !== '[') source += literal(char);
    else {
      source += chars[at] === '^' ? '[^' : '[';
      if (chars[at] === '^') at += 1;
      let isFirst = true;
      while (isFirst || chars[at] !== ']') {
        const low = inClass();
        if (chars[at] === '-') {
          at += 1;
          const high = inClass();
          source += low.replace('\\', '') <= high.replace('\\', '') ? `${low}-${high}` : '';
        } else source += low;
        isFirst = false;
      }
      at += 1;
      source += ']';
    }
  }
  const expression = new RegExp(`^${source.replaceAll(/(?:\.\*){2,}/g, '.*')}$`, 'su');
  return (name) => expression.test(name);
}

// A pattern may match any run of parts, so that what lies below a matching folder matches too.
function matchParts(pattern: readonly Part[], path: readonly string[], toItsEnd = false): boolean {
  const gap = pattern.findIndex(({ matches }) => matches === undefined);
  if (gap !== -1) return matchAcross(pattern, gap, path, toItsEnd);
  if (pattern.length > path.length) return false;
  if (pattern.length === 0) return path.length === 0;
  const isAnchored = pattern[0]?.matches?.('/') === true && path[0] === '/';
  const end = path.length - pattern.length;
  const last = isAnchored ? 0 : end;
  const first = toItsEnd ? end : isAnchored || path[0] !== '/' ? 0 : 1;
  for (let offset = last; offset >= first; offset -= 1) {
    if (pattern.every((part, index) => part.matches?.(path[offset + index] ?? '') === true)) return true;
  }
  return false;
}

const anyPart: Part = { matches: () => true };

function matchAcross(pattern: readonly Part[], gap: number, path: readonly string[], toItsEnd: boolean): boolean {
  const before = pattern.slice(0, gap);
  const after = pattern.slice(gap + 1);
  for (let width = 0; width <= path.length - before.length - after.length; width += 1) {
    const wildcards = Array.from({ length: width }, () => anyPart);
    if (matchParts([...before, ...wildcards, ...after], path, toItsEnd)) return true;
  }
  return false;
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

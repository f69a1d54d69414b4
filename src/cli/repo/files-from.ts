// Lists of what to back up, from files or standard input, as restic reads them.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { PathPatterns } from '../../engine/path-patterns.ts';
import type { CliContext } from '../context.ts';
import { usageFailure } from '../usage.ts';

/** The flags as commander gives them; `-` is standard input. */
export interface FilesFromFlags {
  /** Patterns, one a line; empty lines and those that begin with # do not count. */
  filesFrom?: string[];
  /** Paths, one a line, exactly as they stand. */
  filesFromVerbatim?: string[];
  /** Paths, each ended by NUL, exactly as they stand. */
  filesFromRaw?: string[];
}

/** All paths that the lists name, as raw bytes. @throws Failure `cli.usage` */
export async function pathsFromLists(context: CliContext, flags: FilesFromFlags): Promise<Buffer[]> {
  const paths: Buffer[] = [];
  for (const file of flags.filesFrom ?? [])
    for (const line of split(await load(context, file), 0x0a))
      paths.push(...patternPaths(line.toString('utf8').trim(), file));
  for (const file of flags.filesFromVerbatim ?? [])
    paths.push(...split(await load(context, file), 0x0a).filter((line) => line.length > 0));
  for (const file of flags.filesFromRaw ?? []) {
    const bytes = await load(context, file);
    if (bytes.length > 0 && bytes.at(-1) !== 0)
      throw usageFailure(
        `the list ${file} does not end with NUL`,
        'It was cut, or is no list of names that are ended by NUL.',
      );
    paths.push(...rawPaths(bytes, file));
  }
  return paths;
}

function rawPaths(bytes: Buffer, file: string): Buffer[] {
  const paths = split(bytes, 0).slice(0, -1);
  if (paths.some((path) => path.length === 0))
    throw usageFailure(`the list ${file} holds an empty name`, 'Leave it out; an empty name means nothing.');
  return paths;
}

async function load({ stdin }: CliContext, file: string): Promise<Buffer> {
  if (file === '-') return stdin === undefined ? Buffer.alloc(0) : buffer(stdin);
  try {
    return readFileSync(file);
  } catch {
    throw usageFailure(`the list ${file} cannot be read`, 'Check its name and that you may read it.');
  }
}

function split(bytes: Buffer, at: number): Buffer[] {
  const parts: Buffer[] = [];
  let from = 0;
  for (let to = bytes.indexOf(at); to >= 0; to = bytes.indexOf(at, from)) {
    parts.push(bytes.subarray(from, to));
    from = to + 1;
  }
  return [...parts, bytes.subarray(from)];
}

// What matches a pattern now. One that matches nothing is an error, as a path would be that is not there.
function patternPaths(pattern: string, file: string): Buffer[] {
  if (pattern === '' || pattern.startsWith('#')) return [];
  if (!/[*?[\\]/.test(pattern)) return [Buffer.from(pattern)];
  let found = [pattern.startsWith('/') ? '/' : ''];
  for (const part of pattern.split('/').filter((each) => each !== ''))
    found = found.flatMap((folder) => below(folder, part));
  if (found.length === 0)
    throw usageFailure(`the pattern ${pattern} in ${file} matches nothing`, 'Check it, or take it out of the list.');
  return found.map((path) => Buffer.from(path));
}

function below(folder: string, part: string): string[] {
  if (!/[*?[\\]/.test(part)) return [join(folder, part)];
  const patterns = new PathPatterns([`/${part}`]);
  try {
    const names = readdirSync(folder === '' ? '.' : folder).sort();
    return names.filter((name) => patterns.answer(['/', name]).matches).map((name) => join(folder, name));
  } catch {
    return [];
  }
}

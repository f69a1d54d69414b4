// Links on the way to what is taken. A backup keeps a link as a link: of a folder that is one, what it leads to must be taken too,
// and what is left out must be left out where it really lies.
import { lstatSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** The folders, and where those lead that are links. */
export function withWhereLinksLead(folders: readonly string[]): string[] {
  const all = new Set(folders);
  for (const folder of folders) {
    if (!isLink(folder)) continue;
    const real = reallyAt(folder);
    if (real !== folder && !folders.some((other) => isIn(real, other))) all.add(real);
  }
  return [...all];
}

/** Patterns, and for those that begin with a path, the same where that path really lies. */
export function withWhereTheyLie(patterns: readonly string[]): string[] {
  return [...new Set(patterns.flatMap((pattern) => [pattern, whereItLies(pattern)]))];
}

/** The path with all links followed, as far as there is something that this account may look at. */
export function reallyAt(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const above = dirname(path);
    return above === path ? path : join(reallyAt(above), basename(path));
  }
}

function isLink(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink();
  } catch {
    return false;
  }
}

// Only folders above the last part are followed: the last one may be a link that is meant itself.
function whereItLies(pattern: string): string {
  if (!pattern.startsWith('/')) return pattern;
  const parts = pattern.split('/');
  const plain = parts.findIndex((part, index) => index === parts.length - 1 || /[*?[\]\\]/.test(part));
  const real = reallyAt(parts.slice(0, plain).join('/') || '/');
  return join(real, ...parts.slice(plain));
}

function isIn(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`);
}

// Finds entries while a person types. What can be found: titles, user names, addresses, groups, tags and the names of
// fields and attachments; never a value that is kept secret.
import type { KdbxEntry } from '../../src/kdbx/kdbx-types.ts';

/** Everything about the entries that a keystroke needs, made once. */
export interface SearchIndex {
  /** Folded titles, by entry. */
  titles: readonly string[];
  /** Folded text of everything that can be found, by entry. */
  texts: readonly string[];
  /** Group path, its names joined by `groupSeparator`, one separator at the end; by entry. */
  groups: readonly string[];
  flags: Uint8Array;
}

/** What an entry has that a filter asks for. */
export const entryFlags = { expires: 1, totp: 2, attachments: 4, history: 8 } as const;
/** Stands between the names of a group path; no name has it. */
export const groupSeparator = '\u0000';

/** How results are narrowed. */
export interface SearchQuery {
  text: string;
  /** A group path as in the index; its groups below are included. Empty for all. */
  group: string;
  /** Keeps an entry. */
  filter?: (entry: number) => boolean;
}

/** Makes the index. */
export function buildSearchIndex(entries: readonly KdbxEntry[]): SearchIndex {
  const titles: string[] = [];
  const texts: string[] = [];
  const groups: string[] = [];
  const flags = new Uint8Array(entries.length);
  const known = new Map<string, string>();
  for (const [place, entry] of entries.entries()) {
    const path = entry.groups.map((group) => group + groupSeparator).join('');
    const sharedPath = known.get(path) ?? path;
    known.set(path, sharedPath);
    groups.push(sharedPath);
    const open = entry.fields.filter((field) => !field.isProtected && openFields.has(field.name));
    const title = fold(open.find((field) => field.name === 'Title')?.value ?? '');
    titles.push(title);
    texts.push(
      fold(
        [
          ...open.map((field) => field.value),
          ...entry.groups,
          ...entry.tags,
          ...entry.fields.map((field) => (standardFields.has(field.name) ? '' : field.name)),
          ...entry.attachments.map((attachment) => attachment.name),
        ].join('\n'),
      ),
    );
    flags[place] =
      (entry.expiresAt === undefined ? 0 : entryFlags.expires) |
      (entry.fields.some((field) => field.name === 'otp') ? entryFlags.totp : 0) |
      (entry.attachments.length > 0 ? entryFlags.attachments : 0) |
      (entry.history.length > 0 ? entryFlags.history : 0);
  }
  return { titles, texts, groups, flags };
}

/** Places of the entries that have every word of the query: those whose title begins with it first, then other titles. */
export function search(index: SearchIndex, query: SearchQuery): Uint32Array {
  const wanted = fold(query.text).split(/\s+/).filter(Boolean);
  const whole = wanted.join(' ');
  const ranked: [number[], number[], number[]] = [[], [], []];
  for (let place = 0; place < index.texts.length; place += 1) {
    const text = index.texts[place] ?? '';
    if (!wanted.every((word) => text.includes(word))) continue;
    if (query.group !== '' && !(index.groups[place] ?? '').startsWith(query.group)) continue;
    if (query.filter?.(place) === false) continue;
    const title = index.titles[place] ?? '';
    const rank = whole === '' ? 0 : title.startsWith(whole) ? 0 : title.includes(whole) ? 1 : 2;
    ranked[rank].push(place);
  }
  return Uint32Array.from([...ranked[0], ...ranked[1], ...ranked[2]]);
}

/** Lower case, without accents: "Ação" is found by "acao". */
export function fold(text: string): string {
  const lower = text.toLowerCase();
  // Most text is plain ASCII, for which there is nothing to take apart.
  return /^[\u0000-\u007f]*$/.test(lower) ? lower : lower.normalize('NFD').replace(/\p{M}+/gu, '');
}

const openFields = new Set(['Title', 'UserName', 'URL']);
const standardFields = new Set(['Title', 'UserName', 'Password', 'URL', 'Notes', 'otp']);

// Finds entries while a person types. What can be found: titles, user names, addresses, groups, tags and the names of
// fields and attachments; never a value that is kept secret.
import type { KdbxEntry } from '../../src/kdbx/kdbx-types.ts';

/** Everything about the entries that a keystroke needs. */
export interface SearchIndex {
  /** Group path, its names joined by `groupSeparator`, one separator at the end; by entry. Equal paths are one string. */
  groups: readonly string[];
  flags: Uint8Array;
  /** Makes texts ready for so many milliseconds, or all of them; true when there is nothing left to do. */
  prepare(forMs?: number): boolean;
  /** Places of the entries that have every word of the text, in their order, among those that are ready. */
  matches(text: string): Uint32Array;
  /** Folded title of an entry. */
  titleAt(place: number): string;
}

/** What an entry has that a filter asks for. */
export const entryFlags = { expires: 1, totp: 2, attachments: 4 } as const;
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

// What a keystroke may spend on entries that are not ready yet: a small kit is ready with the first one.
const readyingMs = 15;

/** Makes the index. What is searched is made ready by `prepare`, in idle moments. */
export function buildSearchIndex(entries: readonly KdbxEntry[]): SearchIndex {
  const groups: string[] = [];
  const flags = new Uint8Array(entries.length);
  const known = new Map<string, string>();
  for (let place = 0; place < entries.length; place += 1) {
    const entry = entries[place] as KdbxEntry;
    let path = '';
    for (const group of entry.groups) path += group + groupSeparator;
    const sharedPath = known.get(path) ?? path;
    known.set(path, sharedPath);
    groups.push(sharedPath);
    flags[place] =
      (entry.expiresAt === undefined ? 0 : entryFlags.expires) |
      (entry.fields.some((field) => field.name === 'otp') ? entryFlags.totp : 0) |
      (entry.attachments.length > 0 ? entryFlags.attachments : 0);
  }
  const titles: string[] = [];
  const texts: string[] = [];
  const prepare = (forMs = Number.POSITIVE_INFINITY): boolean => {
    const until = performance.now() + forMs;
    while (texts.length < entries.length) {
      const entry = entries[texts.length] as KdbxEntry;
      titles.push(fold(openTitle(entry)));
      texts.push(fold(searchableText(entry)));
      if (texts.length % 256 === 0 && performance.now() >= until) break;
    }
    return texts.length === entries.length;
  };
  const all = Uint32Array.from({ length: entries.length }, (_, place) => place);
  let last = { text: '', found: all };
  return {
    groups,
    flags,
    prepare,
    matches(text) {
      const wanted = fold(text).split(/\s+/).filter(Boolean);
      if (wanted.length === 0) return all;
      const isReady = prepare(readyingMs);
      // Whoever types on asks for a part of what was found already.
      const isNarrower = last.text !== '' && text.startsWith(last.text);
      const among = isNarrower ? last.found : all.subarray(0, texts.length);
      const found = among.filter((place) => {
        const own = texts[place] as string;
        return wanted.every((word) => own.includes(word));
      });
      if (isReady) last = { text, found };
      return found;
    },
    titleAt: (place) => titles[place] ?? '',
  };
}

/** Places of the entries that have every word of the query: those whose title begins with it first, then other titles. */
export function search(index: SearchIndex, { text, group, filter }: SearchQuery): Uint32Array {
  const matches = index.matches(text);
  const whole = fold(text).split(/\s+/).filter(Boolean).join(' ');
  if (whole === '' && group === '' && filter === undefined) return matches;
  const ranked: [Uint32Array, Uint32Array, Uint32Array] = [
    new Uint32Array(matches.length),
    new Uint32Array(matches.length),
    new Uint32Array(matches.length),
  ];
  const counts: [number, number, number] = [0, 0, 0];
  for (const place of matches) {
    if (group !== '' && !(index.groups[place] ?? '').startsWith(group)) continue;
    if (filter?.(place) === false) continue;
    const at = whole === '' ? 0 : index.titleAt(place).indexOf(whole);
    const rank = at === 0 ? 0 : at > 0 ? 1 : 2;
    ranked[rank][counts[rank]] = place;
    counts[rank] += 1;
  }
  const found = new Uint32Array(counts[0] + counts[1] + counts[2]);
  found.set(ranked[0].subarray(0, counts[0]));
  found.set(ranked[1].subarray(0, counts[1]), counts[0]);
  found.set(ranked[2].subarray(0, counts[2]), counts[0] + counts[1]);
  return found;
}

function openTitle(entry: KdbxEntry): string {
  return entry.fields.find((field) => field.name === 'Title' && !field.isProtected)?.value ?? '';
}

function searchableText(entry: KdbxEntry): string {
  let text = '';
  for (const { name, value, isProtected } of entry.fields) {
    if (!standardFields.has(name)) text += `${name}\n`;
    else if (!isProtected && openFields.has(name)) text += `${value}\n`;
  }
  for (const group of entry.groups) text += `${group}\n`;
  for (const tag of entry.tags) text += `${tag}\n`;
  for (const { name } of entry.attachments) text += `${name}\n`;
  return text;
}

/** Lower case, without accents: "Ação" is found by "acao". */
export function fold(text: string): string {
  const lower = text.toLowerCase();
  // Most text is plain ASCII, for which there is nothing to take apart.
  return /^[\u0000-\u007f]*$/.test(lower) ? lower : lower.normalize('NFD').replace(/\p{M}+/gu, '');
}

const openFields = new Set(['Title', 'UserName', 'URL']);
const standardFields = new Set(['Title', 'UserName', 'Password', 'URL', 'Notes', 'otp']);

// How things of a secret look in a KDBX file when KeePass cannot hold them as they are. Each function always gives the
// same for the same, which is how a reader knows whether the exact value kept beside it still belongs to what is shown.
import { textFitness } from '../../kdbx/xml-text.ts';

const replacement = '\ufffd';

/** A value that sealed fields can hold: lone surrogates are shown as U+FFFD. */
export function shownValue(text: string): string {
  return textFitness(text) === 'broken' ? text.toWellFormed() : text;
}

/** A name that XML can hold: what it cannot hold is shown as U+FFFD. */
export function shownName(text: string): string {
  if (textFitness(text) === 'plain') return text;
  return text.toWellFormed().replaceAll(/[\0-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, replacement);
}

/** Tags without the separators of KeePass, blanks around them, and empty ones. */
export function shownTags(tags: readonly string[]): string[] {
  return tags
    .map((tag) =>
      shownName(tag)
        .replaceAll(/[;,\t\r\n]/g, '_')
        .trim(),
    )
    .filter((tag) => tag !== '');
}

/** Names that are all different and not reserved: `key`, `key (2)`, `key (3)`. An empty one becomes `fallback`. */
export function shownNames(names: readonly string[], fallback: string, reserved: ReadonlySet<string>): string[] {
  if (names.length === 0) return [];
  const taken = new Set(reserved);
  return names.map((name) => {
    const wanted = shownName(name) || fallback;
    let free = wanted;
    for (let number = 2; taken.has(free); number += 1) free = `${wanted} (${number})`;
    taken.add(free);
    return free;
  });
}

/** Groups no deeper than KDBX files nest them; what lies deeper is joined to the last. */
export function shownGroups(groups: readonly string[]): string[] {
  const deepest = 100;
  const shown = groups.map(shownName);
  return shown.length <= deepest ? shown : [...shown.slice(0, deepest - 1), shown.slice(deepest - 1).join('/')];
}

/** Milliseconds of the whole second within the years 1 to 9999, which is all that KDBX keeps of a time. */
export function shownTime(time: Date): number {
  const first = -62_135_596_800_000;
  const last = Date.UTC(9999, 11, 31, 23, 59, 59);
  return Math.min(Math.max(Math.floor(time.getTime() / 1000) * 1000, first), last);
}

// The words of a session by which it is found: whole ones and their parts, lower case, without accents.

/** So many different words of one recording are kept; a session that shows more is found by the first of them. */
export const wordsMax = 20_000;
const lettersMax = 64;

/** `/etc/Hostname` gives `/etc/hostname`, `etc`, `hostname`. Words of one letter find nothing worth finding. */
export function* wordsIn(text: string): Generator<string> {
  const plain = text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  for (const [run] of plain.matchAll(/[\p{L}\p{N}_./:@+=-]+/gu)) {
    const whole = run.replace(/^[.:=+-]+|[.:=+-]+$/g, '');
    if (isWord(whole)) yield whole;
    if (!/[^\p{L}\p{N}]/u.test(whole)) continue;
    for (const [part] of whole.matchAll(/[\p{L}\p{N}]+/gu)) if (isWord(part)) yield part;
  }
}

function isWord(text: string): boolean {
  return text.length >= 2 && text.length <= lettersMax;
}

/** The text as search compares it: lower case, without accents. */
export function searchForm(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
}

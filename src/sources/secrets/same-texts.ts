// Comparing lists of texts.

/** Whether two lists hold the same texts in the same order. A general comparison of objects takes longer than writing an entry. */
export function sameTexts(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, index) => text === b[index]);
}

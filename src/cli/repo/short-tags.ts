// Tags of a snapshot in a table.

/** The tags in one cell. Long ones, such as the head of the audit trail, are cut: they would push what follows off the screen. */
export function shortTags(tags: readonly string[] = []): string {
  return tags
    .map((tag) => [...tag])
    .map((letters) => (letters.length > 24 ? `${letters.slice(0, 14).join('')}…` : letters.join('')))
    .join(',');
}

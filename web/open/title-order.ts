// The order of a list of secrets.
import { fold } from './search-index.ts';

/** Sorts by title, as people look for one: capitals and accents do not count, and numbers stand by their size. */
export function byTitle<Item>(items: readonly Item[], titleOf: (item: Item) => string): Item[] {
  const titled = items.map((item) => ({ item, order: orderOf(titleOf(item)) }));
  return titled.sort((a, b) => (a.order < b.order ? -1 : a.order > b.order ? 1 : 0)).map(({ item }) => item);
}

// A text whose plain order is the one that is wanted: for very many, a collator takes ten times as long. A number stands behind how
// many digits it has.
function orderOf(title: string): string {
  return fold(title).replace(/0*(\d+)/g, (_, digits: string) => String.fromCharCode(0x2f + digits.length) + digits);
}

// Of a tree's text, the entries that can be what is looked for: they are decoded, in a small part of the time that all would take.

const head = Buffer.from('{"nodes":[');
const tail = Buffer.from(']}');
// Quotes in names and values are escaped, so this stands only between objects of a list: entries, or the attributes of one.
const between = Buffer.from('},{"name":"');
const comma = Buffer.from(',');
const typeKey = Buffer.from('"type":"');
const partsMax = 32;

/**
 * A tree of those entries whose text has one of the needles; undefined when there is none. A tree that is written in another way than
 * restic and Orbit write it comes back whole.
 */
export function siftTree(text: Buffer, needles: readonly Buffer[]): Buffer | undefined {
  const next = needles.map((needle) => text.indexOf(needle));
  if (next.every((at) => at === -1)) return undefined;
  if (!text.subarray(0, head.length).equals(head)) return text;
  const parts: Buffer[] = [head];
  let end = head.length;
  for (;;) {
    for (const [number, needle] of needles.entries())
      if ((next[number] ?? -1) !== -1 && (next[number] ?? 0) < end) next[number] = text.indexOf(needle, end);
    const hits = next.filter((at) => at !== -1);
    if (hits.length === 0) break;
    const hit = Math.min(...hits);
    const before = text.lastIndexOf(between, hit);
    const start = before < end - 1 ? end : before + 1;
    const after = text.indexOf(between, hit);
    const isLast = after === -1;
    const entry = text.subarray(start + (text[start] === 0x2c ? 1 : 0), isLast ? text.lastIndexOf(tail) : after + 1);
    // An attribute that has a name, and no entry.
    if (!entry.includes(typeKey)) return text;
    // Where many are meant, looking for each takes longer than it saves.
    if (parts.length > partsMax) return text;
    if (parts.length > 1) parts.push(comma);
    parts.push(entry);
    if (isLast) break;
    end = after + 1;
  }
  return Buffer.concat([...parts, tail]);
}

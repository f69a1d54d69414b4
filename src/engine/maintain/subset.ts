// Which packs `check --read-data-subset` reads: `2/5`, `10%` or `500M`, as restic understands them.
import { randomInt } from 'node:crypto';
import { Failure } from '../../base/failure.ts';

/** A part of all packs. `bytes` counts stored bytes. */
export type Subset = { part: number; of: number } | { percent: number } | { bytes: number };

const units: Record<string, number> = { '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 };

/** Reads `n/t`, `x%` or a size with K, M, G or T. @throws Failure `check.bad-subset` */
export function parseSubset(text: string): Subset {
  const part = /^(\d{1,3})\/(\d{1,3})$/.exec(text);
  if (part !== null) {
    const subset = { part: Number(part[1]), of: Number(part[2]) };
    if (subset.part >= 1 && subset.part <= subset.of && subset.of <= 256) return subset;
  }
  const percent = /^(\d{1,3}(?:\.\d+)?)%$/.exec(text);
  if (percent !== null && Number(percent[1]) > 0 && Number(percent[1]) <= 100) return { percent: Number(percent[1]) };
  const size = /^(\d{1,15})([KMGT]?)$/i.exec(text);
  const unit = units[size?.[2]?.toUpperCase() ?? ''];
  if (size !== null && unit !== undefined && Number(size[1]) > 0) return { bytes: Number(size[1]) * unit };
  throw new Failure('check.bad-subset', {
    message: `'${text}' says no part of the packs`,
    hint: 'Use n/t (1/5 is the first of five parts), a percentage such as 2.5%, or a size such as 500M.',
  });
}

/** The packs of the subset. Parts of one whole never overlap and together are everything; the others are drawn at random. */
export function choosePacks<Pack extends { id: string; size: number }>(packs: Pack[], subset: Subset): Pack[] {
  // By the first byte of the name, as restic: the same part is the same packs next week.
  if ('part' in subset) return packs.filter(({ id }) => parseInt(id.slice(0, 2), 16) % subset.of === subset.part - 1);
  const shuffled = shuffle(packs);
  if ('percent' in subset) return shuffled.slice(0, Math.max(1, Math.floor((packs.length * subset.percent) / 100)));
  const chosen: Pack[] = [];
  let bytes = 0;
  for (const pack of shuffled) {
    if (bytes >= subset.bytes) break;
    chosen.push(pack);
    bytes += pack.size;
  }
  return chosen;
}

function shuffle<Item>(items: Item[]): Item[] {
  const shuffled = [...items];
  for (let at = shuffled.length - 1; at > 0; at -= 1) {
    const other = randomInt(at + 1);
    [shuffled[at], shuffled[other]] = [shuffled[other] as Item, shuffled[at] as Item];
  }
  return shuffled;
}

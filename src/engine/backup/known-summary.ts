// What can be told of a known folder's entries without asking the system.
import { halfAt, halvesOf, type KnownFolder, statWord, statWords } from './stat-cache-file.ts';

/** Counts files, and names folders. */
export interface KnownSummary {
  files: number;
  /** Of all files together. */
  bytes: number;
  /** In their order; names have one character a byte. */
  folders: { name: string; device: bigint }[];
}

// sys/stat.h
const typeMask = 0xf000;
const typeOfFolders = 0x4000;
const typeOfFiles = 0x8000;

/** In one pass over the words, without an object for each entry. */
export function summaryOf({ names, stats }: KnownFolder): KnownSummary {
  const halves = halvesOf(stats);
  const summary: KnownSummary = { files: 0, bytes: 0, folders: [] };
  let name = 0;
  let nameAt = 0;
  for (let at = 0, entry = 0; at < halves.length; at += statWords * 2, entry += 1) {
    const type = (halves[at + halfAt.mode] ?? 0) & typeMask;
    if (type === typeOfFiles) {
      summary.files += 1;
      const size = at + halfAt.size;
      summary.bytes += (halves[size] ?? 0) + (halves[size + 1] ?? 0) * 2 ** 32;
    }
    if (type !== typeOfFolders) continue;
    for (; name < entry; name += 1) nameAt = names.indexOf(0, nameAt) + 1;
    const end = names.indexOf(0, nameAt);
    summary.folders.push({
      name: names.toString('latin1', nameAt, end),
      device: stats[entry * statWords + statWord.device] ?? 0n,
    });
  }
  return summary;
}

// Counts ahead of the backup what it will meet, so that remaining time can be told. It never waits for the repository.
import { lstatSync, readdirSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { BackupEvent } from './events.ts';
import type { Exclusions } from './exclusions.ts';
import { join, type SourceFolder, type SourceItem } from './source-plan.ts';

const turnMs = 8;
const restMs = 4;
const reportEveryMs = 250;

/**
 * Walks the source in short turns beside the backup and reports `scanned`. What cannot be read counts as nothing.
 * @returns when all is counted, or when the signal is aborted
 */
export async function scanSource(
  root: SourceFolder,
  exclusions: Exclusions,
  report: (event: BackupEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  let files = 0;
  let bytes = 0;
  let reportedAt = performance.now();
  let turnStarted = performance.now();
  for (const size of sizes(root, ['/'], exclusions)) {
    if (size >= 0) {
      files += 1;
      bytes += size;
    }
    const now = performance.now();
    if (now - turnStarted < turnMs) continue;
    if (now - reportedAt > reportEveryMs) {
      report({ type: 'scanned', files, bytes, isComplete: false });
      reportedAt = now;
    }
    await pause(restMs);
    if (signal.aborted) return;
    turnStarted = performance.now();
  }
  report({ type: 'scanned', files, bytes, isComplete: true });
}

// The size of each file; -1 for anything else, so that the walk can be interrupted there too.
function* sizes(item: SourceItem, parts: string[], exclusions: Exclusions): Generator<number> {
  if (item.kind === 'virtual') return;
  if (item.kind === 'path') {
    yield* sizesBelow(item.path, parts, exclusions, undefined);
    return;
  }
  for (const [key, child] of item.children) {
    parts.push(Buffer.from(key, 'latin1').toString('utf8'));
    yield* sizes(child, parts, exclusions);
    parts.pop();
  }
}

function* sizesBelow(
  path: Buffer,
  parts: string[],
  exclusions: Exclusions,
  device: bigint | undefined,
): Generator<number> {
  if (exclusions.hasPatterns && exclusions.excludesPath(parts)) return;
  try {
    const stat = lstatSync(path, { bigint: true });
    if (exclusions.excludesFile(stat)) return;
    if (exclusions.oneFileSystem && device !== undefined && device !== stat.dev) return;
    yield stat.isFile() ? Number(stat.size) : -1;
    if (!stat.isDirectory() || exclusions.tagsOf(path) !== undefined) return;
    for (const name of readdirSync(path, { encoding: 'buffer' })) {
      parts.push(name.toString('utf8'));
      yield* sizesBelow(join(path, name), parts, exclusions, stat.dev);
      parts.pop();
    }
  } catch {
    // The backup itself will say so.
  }
}

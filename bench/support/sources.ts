// What the benches back up: files that cannot be compressed, and very many small ones.
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** 20 files of 100 MiB times `scale`, random. Gives the folder. */
export function makeRecordings(folder: string, scale: number): string {
  mkdirSync(folder);
  for (let n = 0; n < 20; n += 1)
    writeFileSync(join(folder, `${n}.mp4`), randomBytes(Math.round(100 * 2 ** 20 * scale)));
  return folder;
}

/** 200,000 files times `scale`, 500 a folder, of up to 3 KB of text. */
export function makeSmallFiles(source: string, scale: number): { source: string; count: number } {
  const count = Math.round(200_000 * scale);
  for (let n = 0; n < count; n += 1) {
    const folder = join(source, `${Math.floor(n / 500)}`);
    if (n % 500 === 0) mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${n}`), `file ${n} `.repeat(1 + (n % 300)));
  }
  return { source, count };
}

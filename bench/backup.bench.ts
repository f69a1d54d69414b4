// How long does a first backup take, and an unchanged one? Ours and stock restic's in turn, same source, same page cache.
//   node bench/backup.bench.ts [--rounds 3] [--scale 1] [--tree /usr] [--only recordings,tree,small] [--restic PROGRAM]
import { rmSync } from 'node:fs';
import { openBench, report, type Which } from './support/compare.ts';
import type { Measured } from './support/measure.ts';
import { makeRecordings, makeSmallFiles } from './support/sources.ts';

const bench = openBench({ tree: { type: 'string', default: '/usr/lib' } });

async function compare(name: string, source: string): Promise<void> {
  const first: Record<Which, Measured[]> = { orbit: [], restic: [] };
  const again: Record<Which, Measured[]> = { orbit: [], restic: [] };
  for (let round = 0; round < bench.rounds; round += 1) {
    for (const which of round % 2 === 0 ? (['orbit', 'restic'] as const) : (['restic', 'orbit'] as const)) {
      const repository = bench.path(`repository-${which}`);
      const run = bench.programs[which];
      await run(repository, ['init']);
      first[which].push(await run(repository, ['backup', source]));
      again[which].push(await run(repository, ['backup', source]));
      rmSync(repository, { recursive: true });
    }
  }
  report(`${name}, first backup`, first);
  report(`${name}, unchanged`, again);
}

try {
  bench.describe();
  if (bench.only.includes('recordings')) {
    const source = makeRecordings(bench.path('recordings'), bench.scale);
    await compare('recordings: 20 incompressible files', source);
    rmSync(source, { recursive: true });
  }
  if (bench.only.includes('tree')) await compare(`tree: ${bench.values['tree']}`, String(bench.values['tree']));
  if (bench.only.includes('small')) {
    const { source, count } = makeSmallFiles(bench.path('small'), bench.scale);
    await compare(`small: ${count} files`, source);
  }
} finally {
  bench.end();
}

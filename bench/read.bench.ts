// How long does it take to prove every byte of a repository, and to restore it? Ours and stock restic's in turn on one repository.
//   node bench/read.bench.ts [--rounds 3] [--scale 1] [--tree /usr/lib] [--only recordings,tree,small] [--restic PROGRAM]
import { mkdirSync, rmSync } from 'node:fs';
import { compareRounds, openBench } from './support/compare.ts';
import { makeRecordings, makeSmallFiles } from './support/sources.ts';

const bench = openBench({ tree: { type: 'string', default: '/usr/lib' } });

async function compare(name: string, source: string): Promise<void> {
  const repository = bench.path('repository');
  await bench.programs.restic(repository, ['init']);
  await bench.programs.restic(repository, ['backup', source]);
  await compareRounds(`${name}, check --read-data`, bench.rounds, (which) =>
    bench.programs[which](repository, ['check', '--read-data']),
  );
  // All targets stay to the end: where thousands of files were deleted a moment ago, ext4 takes several times as long for new ones.
  const targets: string[] = [];
  await compareRounds(`${name}, restore`, bench.rounds, (which) => {
    const target = bench.path(`target-${targets.length}`);
    mkdirSync(target);
    targets.push(target);
    return bench.programs[which](repository, ['restore', 'latest', '--target', target]);
  });
  for (const path of [repository, ...targets]) rmSync(path, { recursive: true });
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

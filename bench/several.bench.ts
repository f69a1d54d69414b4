// What does a second destination cost, and a third? One reading of the source into one, two and three folders by Orbit; by
// restic one backup and then a copy for each further one. Same source, same page cache, in turn.
//   node bench/several.bench.ts [--rounds 3] [--scale 1] [--only recordings,small] [--restic PROGRAM]
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { openFolderBackend } from '../src/backends/folder.ts';
import { runProgram } from '../src/base/program.ts';
import { SecretString } from '../src/base/secret-string.ts';
import { backupIntoSeveral } from '../src/engine/backup/backup-into-several.ts';
import { Repository } from '../src/engine/repository/repository.ts';
import { openBench } from './support/compare.ts';
import { makeRecordings, makeSmallFiles } from './support/sources.ts';

const bench = openBench();
const password = 'benchmark';
const passwordFile = bench.path('the password');
writeFileSync(passwordFile, password);
const copies = [1, 2, 3];

/** Milliseconds of one backup into so many new repositories. Making them is not counted, opening them is. */
const programs: Record<'orbit' | 'restic', (source: string, places: string[]) => Promise<number>> = {
  async orbit(source, places) {
    const open = async (path: string) => Repository.open(await openFolderBackend(path), new SecretString(password));
    let chunkerPolynomial: bigint | undefined;
    for (const path of places) {
      mkdirSync(path);
      const how = chunkerPolynomial === undefined ? {} : { chunkerPolynomial };
      const made = await Repository.init(await openFolderBackend(path), new SecretString(password), how);
      ({ chunkerPolynomial } = made.config);
      made.close();
    }
    const started = performance.now();
    const repositories = await Promise.all(places.map(open));
    const fed = repositories.map((repository, at) => ({ name: places[at] ?? '', repository, snapshots: [] }));
    const ends: string[] = [];
    await backupIntoSeveral(fed, [source], { onEnd: ({ state }) => ends.push(state) });
    const tookMs = performance.now() - started;
    for (const repository of repositories) repository.close();
    const behind = ends.filter((state) => state !== 'made').length;
    if (behind > 0)
      console.log(`  (${behind} of ${places.length} could not keep up, and would be copied to afterwards)`);
    return tookMs;
  },
  async restic(source, places) {
    const [first = '', ...others] = places;
    const restic = async (repository: string, ...args: string[]): Promise<void> => {
      const fixed = ['-q', '-r', repository, '--password-file', passwordFile, '--no-cache'];
      const { exitCode, stderr } = await runProgram(String(bench.values['restic']), [...fixed, ...args], {
        timeoutMs: 3_600_000,
      });
      if (exitCode !== 0) throw new Error(stderr);
    };
    const from = ['--from-repo', first, '--from-password-file', passwordFile];
    await restic(first, 'init');
    for (const other of others) await restic(other, 'init', ...from, '--copy-chunker-params');
    const started = performance.now();
    await restic(first, 'backup', source);
    for (const other of others) await restic(other, 'copy', ...from);
    return performance.now() - started;
  },
};

async function compare(name: string, source: string): Promise<void> {
  for (const count of copies) {
    const measured = { orbit: [] as number[], restic: [] as number[] };
    for (let round = 0; round < bench.rounds; round += 1) {
      for (const which of round % 2 === 0 ? (['orbit', 'restic'] as const) : (['restic', 'orbit'] as const)) {
        const places = Array.from({ length: count }, (_, at) => bench.path(`${which}-${at}`));
        measured[which].push(await programs[which](source, places));
        for (const place of places) rmSync(place, { recursive: true });
      }
    }
    const [orbit, restic] = [median(measured.orbit), median(measured.restic)];
    const ratio = (restic / orbit).toFixed(2);
    console.log(
      `${name}, ${count} destination(s): wall ms orbit ${orbit.toFixed(0)}, restic ${restic.toFixed(0)}, ratio ${ratio}`,
    );
  }
}

const median = (numbers: number[]): number => numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;

try {
  bench.describe();
  if (bench.only.includes('recordings')) {
    const source = makeRecordings(bench.path('recordings'), bench.scale);
    await compare('recordings: 20 incompressible files', source);
    rmSync(source, { recursive: true });
  }
  if (bench.only.includes('small')) {
    const { source, count } = makeSmallFiles(bench.path('small'), bench.scale);
    await compare(`small: ${count} files`, source);
  }
} finally {
  bench.end();
}

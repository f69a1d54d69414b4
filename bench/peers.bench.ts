// How do the programs of this kind compare on this machine? Orbit, restic, rustic and borg in turn: first backup, unchanged,
// check of all data, restore. The same source, the page cache warm for all, zstd at a low level where it helps.
//   node bench/peers.bench.ts [--rounds 2] [--scale 1] [--only recordings,tree,small] [--tree /usr/lib] [--rustic PROGRAM]
import { mkdirSync, rmSync } from 'node:fs';
import { describeMachine, openBench } from './support/compare.ts';
import { type Measured, median } from './support/measure.ts';
import { findPeers, type Peer, type Step, steps } from './support/peers.ts';
import { makeRecordings, makeSmallFiles } from './support/sources.ts';

const bench = openBench({
  tree: { type: 'string', default: '/usr/lib' },
  rustic: { type: 'string' },
  borg: { type: 'string' },
});
const { restic, rustic, borg } = bench.values as Record<string, string | undefined>;
const named = Object.entries({ restic, rustic, borg }).filter(
  (each): each is [string, string] => each[1] !== undefined,
);
const peers = findPeers(bench.path('peers'), bench.passwordFile, Object.fromEntries(named));

async function compare(name: string, source: string): Promise<void> {
  const measured = new Map<Step, Map<Peer, Measured[]>>();
  for (let round = 0; round < bench.rounds; round += 1) {
    for (const peer of round % 2 === 0 ? peers : peers.toReversed()) {
      const repository = bench.path(`repository-${peer.name}`);
      // What was restored stays until the end: ext4 passes over every inode that was deleted in the last minutes.
      const target = bench.path(`restored-${peer.name}-${round}`);
      mkdirSync(target);
      for (const step of steps) {
        const figures = measured.get(step) ?? new Map<Peer, Measured[]>();
        measured.set(
          step,
          figures.set(peer, [...(figures.get(peer) ?? []), await peer.run(step, { repository, source, target })]),
        );
      }
      rmSync(repository, { recursive: true });
    }
  }
  console.log(`\n${name}`);
  for (const [step, figures] of measured)
    if (step !== 'init') for (const line of linesOf(step, figures)) console.log(line);
  for (let round = 0; round < bench.rounds; round += 1)
    for (const { name: peer } of peers) rmSync(bench.path(`restored-${peer}-${round}`), { recursive: true });
}

// The ratios are of the medians: above 1 Orbit is ahead.
function linesOf(step: Step, figures: Map<Peer, Measured[]>): string[] {
  const of = (peer: Peer, what: keyof Measured): number => median((figures.get(peer) ?? []).map((each) => each[what]));
  const [ours] = peers;
  return peers.map((peer) => {
    const ratio = (what: keyof Measured): string =>
      peer === ours || ours === undefined ? '' : ` (${(of(peer, what) / of(ours, what)).toFixed(2)})`;
    const seconds = (what: 'wallMs' | 'cpuMs'): string => `${(of(peer, what) / 1000).toFixed(2)} s${ratio(what)}`;
    return `  ${step.padEnd(9)} ${peer.name.padEnd(7)} wall ${seconds('wallMs').padEnd(15)} processor ${seconds('cpuMs').padEnd(15)} peak ${of(peer, 'peakMb').toFixed(0)} MB`;
  });
}

try {
  describeMachine(
    bench,
    peers.map(({ version }) => version),
  );
  if (bench.only.includes('recordings')) {
    const source = makeRecordings(bench.path('recordings'), bench.scale);
    await compare('20 files that cannot be compressed', source);
    rmSync(source, { recursive: true });
  }
  if (bench.only.includes('tree')) await compare(String(bench.values['tree']), String(bench.values['tree']));
  if (bench.only.includes('small')) {
    const { source, count } = makeSmallFiles(bench.path('small'), bench.scale);
    await compare(`${count} small files`, source);
  }
} finally {
  bench.end();
}

// Two ways to store and fetch the same files at the same place, in turn: Orbit's, and what a user would do by hand.
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readAheadOf } from '../../src/backends/abilities.ts';
import type { Backend } from '../../src/backends/backend.ts';
import { loadAhead } from '../../src/backends/load-ahead.ts';
import { runProgram } from '../../src/base/program.ts';
import { together } from '../../src/base/together.ts';
import { Rooms } from '../../src/engine/repository/rooms.ts';
import type { ProcessorClock } from './processor-time.ts';

/** One kind and the way by hand, for the files of a folder. */
export interface Contender {
  kind: string;
  byHand: string;
  /** What is open stays open between rounds, as in a run. */
  open(place: string): Promise<Backend>;
  put(source: string, place: string): Promise<void>;
  get(place: string, target: string): Promise<void>;
  stop(): Promise<void>;
}

/** What is stored and fetched. */
export interface Load {
  name: string;
  count: number;
  bytes: number;
  /** Calls under way at once. */
  atOnce: number;
  /** Fetched as index files and snapshots are: in order, as many ahead as the kind asks for. */
  readsAhead: boolean;
}

/** As the engine does: a few packs at once, fetched into memory that is used again as a check does. Small objects are stored as many as a kind takes along, and fetched as it asks for. */
export const loadsOf = ({ packs, small }: { packs: number; small: number }): Load[] =>
  [
    { name: 'packs of 16 MiB', count: packs, bytes: 16 * 2 ** 20, atOnce: 4, readsAhead: false },
    { name: 'objects of 2 KiB', count: small, bytes: 2048, atOnce: 2500, readsAhead: true },
  ].filter(({ count }) => count > 0);

/** How a race is run. */
export interface RaceOptions {
  rounds: number;
  loads: Load[];
  /** For sources and what is fetched by hand. */
  folder: string;
  clock: ProcessorClock;
}

const median = (numbers: number[]): number => numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;

interface Taken {
  wallMs: number;
  cpuMs: number;
}

type Times = Record<'stored' | 'fetched', Record<'ours' | 'hand', Taken[]>>;

/** Runs every load, and prints medians and ratios (by hand / Orbit: above 1 Orbit is quicker). */
export async function race(contender: Contender, { rounds, loads, folder, clock }: RaceOptions): Promise<void> {
  const timed = async (work: () => Promise<unknown>): Promise<Taken> => {
    const before = { wallMs: performance.now(), cpuMs: clock.now() };
    await work();
    return { wallMs: performance.now() - before.wallMs, cpuMs: clock.now() - before.cpuMs };
  };
  for (const { name, count, bytes, atOnce, readsAhead } of loads) {
    const source = join(folder, 'source');
    mkdirSync(source);
    // The engine knows the digest of what it stores: it is the name.
    const objects = Array.from({ length: count }, (_, index) => {
      const content = randomBytes(bytes);
      return { key: `o${index}`, content, sha256: createHash('sha256').update(content).digest('hex') };
    });
    for (const { key, content } of objects) writeFileSync(join(source, key), content);
    const rooms = new Rooms(bytes);
    const times: Times = { stored: { ours: [], hand: [] }, fetched: { ours: [], hand: [] } };
    for (let round = 0; round < rounds; round += 1) {
      const ours = async (): Promise<void> => {
        const backend = await contender.open(`${contender.kind}-${bytes}-${round}`);
        await backend.stat('nothing').catch(() => {}); // The connection is made once a run.
        times.stored.ours.push(
          await timed(() =>
            together(objects, atOnce, ({ key, content, sha256 }) => backend.save(key, content, { sha256 })),
          ),
        );
        let fetched = 0;
        const readAll = async (): Promise<void> => {
          const load = ({ key }: { key: string }): Promise<Buffer> => backend.load(key);
          const sized = objects.map(({ key, content }) => ({ key, size: content.length }));
          for await (const { loaded } of loadAhead(sized, load, readAheadOf(backend))) fetched += (await loaded).length;
        };
        times.fetched.ours.push(
          await timed(() =>
            readsAhead
              ? readAll()
              : together(objects, atOnce, async ({ key }) => {
                  const loaded = await rooms.fill((room) => backend.load(key, undefined, { room }));
                  fetched += loaded.length;
                  rooms.giveBack(loaded);
                }),
          ),
        );
        if (fetched !== count * bytes) throw new Error(`Orbit fetched ${fetched} bytes`);
        await backend.close();
      };
      const hand = async (): Promise<void> => {
        const place = `${contender.kind}-by-hand-${bytes}-${round}`;
        const target = join(folder, 'target');
        mkdirSync(target);
        times.stored.hand.push(await timed(() => contender.put(source, place)));
        times.fetched.hand.push(await timed(() => contender.get(place, target)));
        if (readdirSync(target).length !== count) throw new Error('the copy by hand is short');
        rmSync(target, { recursive: true });
      };
      for (const which of round % 2 === 0 ? [ours, hand] : [hand, ours]) await which();
    }
    report(contender, { name, count, bytes }, times);
    rmSync(source, { recursive: true });
  }
}

function report({ kind, byHand }: Contender, load: Omit<Load, 'atOnce' | 'readsAhead'>, times: Times): void {
  for (const [what, { ours, hand }] of Object.entries(times)) {
    const of = (taken: Taken[], name: keyof Taken): string => median(taken.map((one) => one[name])).toFixed(0);
    const ratio = (name: keyof Taken): string =>
      median(hand.map((one, round) => one[name] / (ours[round]?.[name] ?? Number.NaN))).toFixed(2);
    console.log(
      `${kind.padEnd(6)} ${load.count} ${load.name} ${what}: wall ${of(ours, 'wallMs')} ms, ${byHand} ${of(hand, 'wallMs')}, ` +
        `ratio ${ratio('wallMs')}; processor ${of(ours, 'cpuMs')} ms, by hand ${of(hand, 'cpuMs')}, ratio ${ratio('cpuMs')}`,
    );
  }
}

/** Runs a program to its good end. */
export async function done(
  program: string,
  args: string[],
  options: Parameters<typeof runProgram>[2] = {},
): Promise<void> {
  const { exitCode, stderr, stdout } = await runProgram(program, args, options);
  if (exitCode !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}${stdout.toString()}`);
}

// How much processor time something takes, its programs and the servers it talks to included: on a busy machine it says more
// than the clock on the wall.
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import koffi from 'koffi';

/** Milliseconds of processor time (user and system) so far. */
export interface ProcessorClock {
  /** Whose time it is, for people. */
  readonly of: string;
  now(): number;
  /** Leaves the group again. */
  stop(): void;
}

/**
 * Counts this process and everything it starts from now on, daemons too, by a control group of its own (version 1 or 2, as
 * root); where that cannot be made, this process and the programs it has waited for.
 */
export function processorClock(): ProcessorClock {
  for (const [parent, read] of [
    ['/sys/fs/cgroup/cpuacct', (group: string) => Number(text(group, 'cpuacct.usage')) / 1e6],
    ['/sys/fs/cgroup', (group: string) => Number(/usage_usec (\d+)/.exec(text(group, 'cpu.stat'))?.[1]) / 1e3],
  ] as const) {
    const group = join(parent, `orbit-bench-${process.pid}`);
    try {
      mkdirSync(group);
      writeFileSync(join(group, 'cgroup.procs'), String(process.pid));
      if (Number.isNaN(read(group))) throw new Error('it counts nothing');
    } catch {
      leave(parent, group);
      continue;
    }
    return { of: 'this side and the server', now: () => read(group), stop: () => leave(parent, group) };
  }
  return { of: 'this side', now: () => processorMs(0) + processorMs(-1), stop: () => {} };
}

/** Counts the whole machine: for a guest that does nothing else. */
export function machineClock(): ProcessorClock {
  // proc_stat(5): user, nice, system, idle, iowait, irq, softirq, in hundredths of a second.
  const ticks = (): number[] => text('/proc', 'stat').split('\n')[0]?.split(/\s+/).slice(1).map(Number) ?? [];
  return {
    of: 'the guest',
    now: () => [0, 1, 2, 5, 6].reduce((sum, at) => sum + (ticks()[at] ?? 0), 0) * 10,
    stop: () => {},
  };
}

// getrusage(2): two timevals of two 64-bit words each come first.
const getrusage = koffi.load(null).func('int getrusage(int who, void *usage)') as (
  who: number,
  usage: Buffer,
) => number;

/** Processor time of the programs that ended, in milliseconds. */
export const childrenCpuMs = (): number => processorMs(-1);

// 0: this process, all threads; -1: the children it waited for.
function processorMs(who: 0 | -1): number {
  const usage = Buffer.alloc(256);
  getrusage(who, usage);
  const word = (at: number): number => Number(usage.readBigInt64LE(at * 8));
  return (word(0) + word(2)) * 1000 + (word(1) + word(3)) / 1000;
}

const text = (folder: string, name: string): string => readFileSync(join(folder, name), 'utf8');

function leave(parent: string, group: string): void {
  try {
    for (const pid of text(group, 'cgroup.procs').split('\n').filter(Boolean)) {
      writeFileSync(join(parent, 'cgroup.procs'), pid);
    }
    rmdirSync(group);
  } catch {
    // It was never made, or something in it goes on: the empty group does no harm.
  }
}

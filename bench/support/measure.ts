// Runs one program and takes its time, processor time and peak memory.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { childrenCpuMs } from './processor-time.ts';

/** One run of one program. Its threads' processor time counts, its peak is of its own memory. */
export interface Measured {
  wallMs: number;
  cpuMs: number;
  peakMb: number;
}

/** Runs it to its end. @throws Error when it does not end with 0 */
export async function measure(
  program: string,
  args: string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<Measured> {
  const cpuBefore = childrenCpuMs();
  const started = performance.now();
  const child = spawn(program, args, { ...options, stdio: ['ignore', 'ignore', 'inherit'] });
  let peakMb = 0;
  const watch = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      peakMb = Math.max(peakMb, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
    } catch {
      // It has just ended.
    }
  }, 20);
  const [code] = (await once(child, 'close')) as [number];
  clearInterval(watch);
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}`);
  return { wallMs: performance.now() - started, cpuMs: childrenCpuMs() - cpuBefore, peakMb };
}

/** The middle one, or the upper of two. */
export const median = (numbers: number[]): number =>
  numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;

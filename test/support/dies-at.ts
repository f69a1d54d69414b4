// Loaded before Orbit (`--import`): counts what a recovery starts and what it notes, and dies at one of these moments, as by kill -9.
// Counting begins with the first note: before it a recovery only looks.
import childProcess, { type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { isMainThread } from 'node:worker_threads';

const pointsFile = process.env['ORBIT_TEST_POINTS'];
const [diesAt, moment] = process.env['ORBIT_TEST_DIES_AT']?.split(' ') ?? [];
const stateName = '.orbit-recover.json';
let points = 0;

function dieIf(point: number, now: string): void {
  if (String(point) === diesAt && now === moment) process.kill(process.pid, 'SIGKILL');
}

function next(what: string): number {
  points += 1;
  if (pointsFile !== undefined) fs.appendFileSync(pointsFile, `${what.replaceAll('\n', ' ')}\n`);
  return points;
}

if (isMainThread) {
  const { renameSync } = fs;
  fs.renameSync = (from, to) => {
    if (!String(to).endsWith(stateName)) return renameSync(from, to);
    const point = next('note');
    dieIf(point, 'before');
    renameSync(from, to);
    dieIf(point, 'after');
  };
  const spawn = childProcess.spawn as (command: string, ...rest: unknown[]) => ChildProcess;
  Object.assign(childProcess, {
    spawn(command: string, ...rest: unknown[]): ChildProcess {
      if (points === 0) return spawn(command, ...rest);
      const args = Array.isArray(rest[0]) ? (rest[0] as string[]) : [];
      const point = next(`program ${[command, ...args].join(' ')}`);
      dieIf(point, 'before');
      const child = spawn(command, ...rest);
      dieIf(point, 'started');
      child.once('exit', () => dieIf(point, 'after'));
      return child;
    },
  });
  syncBuiltinESMExports();
}

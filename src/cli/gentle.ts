// Lowers the priority of this process, so that what is backed up is never disturbed: processor and disk go to others first.
import { constants, setPriority } from 'node:os';
import { runProgram } from '../base/program.ts';
import { isFailure } from '../base/failure.ts';

/** Nice 10, and the last place at the disk within the normal class. Threads that are started later inherit both. */
export async function goGently(): Promise<void> {
  setPriority(0, constants.priority.PRIORITY_BELOW_NORMAL);
  try {
    await runProgram('ionice', ['-c', '2', '-n', '7', '-p', String(process.pid)]);
  } catch (error) {
    // A machine without ionice, or that forbids it: the processor part holds all the same.
    if (!isFailure(error)) throw error;
  }
}

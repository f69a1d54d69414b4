// The console and the page of packaged recordings as their sources make them: built once for all files of a whole run, by
// scripts/test.ts, else by each file of tests that needs them.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildConsole, buildRecordingPage, type ConsoleSize } from '../../scripts/build-console.ts';

/** Where a console was built, and its sizes. */
export interface BuiltConsole {
  folder: string;
  size: ConsoleSize;
}

/** A built console; `remove` it when the tests are over. */
export async function builtConsole(): Promise<BuiltConsole & { remove(): Promise<void> }> {
  const shared = process.env['ORBIT_TEST_CONSOLE'];
  if (shared !== undefined) return { ...(JSON.parse(shared) as BuiltConsole), remove: () => Promise.resolve() };
  const folder = await mkdtemp(join(tmpdir(), 'orbit-console-'));
  const size = await buildConsole(folder);
  return { folder, size, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** Sees to it that recordings are packaged into the page that the sources make. */
export async function builtRecordingPage(): Promise<void> {
  if (process.env['ORBIT_TEST_CONSOLE'] === undefined) await buildRecordingPage();
}

// Runs a command line as somebody without rights. Only root can become somebody else.
import { chownSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ProgramResult, runProgram } from '../../src/base/program.ts';
import type { TestRepository } from './repository.ts';

/** The user and group id of the account without rights. */
export const nobody = 65534;

/** Runs `orbit ARGS -r … -p …` in a process of nobody's; what it works on must be readable for nobody. */
export function asNobody(repository: TestRepository, args: string[]): Promise<ProgramResult> {
  const script = join(repository.folder, 'as-nobody.mjs');
  const all = [...args, '-r', repository.path, '-p', repository.passwordFile];
  writeFileSync(
    script,
    `process.setgroups([]); process.setgid(${nobody}); process.setuid(${nobody});
    const { runCli } = await import(${JSON.stringify(new URL('../../src/cli/run.ts', import.meta.url).href)});
    const { signal } = new AbortController();
    const { stdout, stderr } = process;
    process.exitCode = await runCli(${JSON.stringify(all)}, { stdout, stderr, isTerminal: false, home: '/nonexistent', env: {}, signal });`,
  );
  chownSync(script, nobody, nobody);
  return runProgram(process.execPath, [script]);
}

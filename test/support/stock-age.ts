// Runs stock programs the way a person does: in a folder, with a password typed on a terminal when one is asked for.
import { spawn } from 'node:child_process';
import { runProgram } from '../../src/base/program.ts';

/** Runs a program in a folder and gives its output. @throws Error with what it printed when it does not end with 0. */
export async function stock(folder: string, command: string, ...args: string[]): Promise<Buffer> {
  const result = await runProgram(command, args, { cwd: folder, maxOutputBytes: 512 * 1024 * 1024 });
  if (result.exitCode !== 0) throw new Error(`${command} ended with ${result.exitCode}: ${result.stderr}`);
  return result.stdout;
}

/**
 * Runs a shell line on a terminal of its own (util-linux `script`) and types `answer` whenever the program has asked
 * ("passphrase", or "password"). Gives what the terminal showed and the exit code.
 */
export async function typed(
  folder: string,
  line: string,
  answer: string,
): Promise<{ exitCode: number; shown: string }> {
  const child = spawn('script', ['-qec', line, '/dev/null'], { cwd: folder, stdio: ['pipe', 'pipe', 'inherit'] });
  // What it shows of an entry looks like one more question; it may have ended before the answer comes.
  child.stdin.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  let shown = '';
  let answered = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    shown += chunk.toString('utf8');
    const questions = [...shown.matchAll(/(passphrase|password)[^\n:]*: ?/gi)].length;
    if (questions > answered) {
      answered = questions;
      child.stdin.write(`${answer}\n`);
    }
  });
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? -1));
  });
  return { exitCode, shown };
}

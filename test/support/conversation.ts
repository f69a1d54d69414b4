// A person at a real terminal: a program runs behind a pseudo-terminal (util-linux `script`), and is answered as it asks.
import { spawn } from 'node:child_process';

/** Runs a shell line and types each answer when its question is shown, in their order. Gives all that the terminal showed. */
export async function conversation(
  line: string,
  answers: readonly (readonly [question: RegExp, answer: string])[],
  options: { env?: Record<string, string>; folder?: string } = {},
): Promise<{ exitCode: number; shown: string; unanswered: number }> {
  const child = spawn('script', ['-qefc', line, '/dev/null'], {
    cwd: options.folder,
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, SHELL: '/bin/sh', ...options.env },
  });
  const waiting = [...answers];
  let shown = '';
  let unread = '';
  child.stdout.on('data', (chunk: Buffer) => {
    shown += chunk.toString('utf8');
    unread += chunk.toString('utf8');
    const [next] = waiting;
    if (next?.[0].test(unread) !== true) return;
    waiting.shift();
    unread = '';
    child.stdin.write(`${next[1]}\n`);
  });
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? -1));
  });
  return { exitCode, shown, unanswered: waiting.length };
}

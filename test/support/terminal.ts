// A terminal of the system's own, for tests of what is written to terminals.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Does `work` while a terminal is open: its line such as `pts/3`, the process on it, and what stands on it. */
export async function withTerminal<Result>(
  work: (line: string, pid: number, shown: () => Promise<string>) => Promise<Result>,
) {
  // `script` opens a terminal, and keeps what stands on it.
  const folder = await mkdtemp(join(tmpdir(), 'orbit-terminal-'));
  const transcript = join(folder, 'transcript');
  const child = spawn('script', ['--quiet', '--flush', '--command', 'tty; exec sleep 600', transcript], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const shown = async (): Promise<string> => await readFile(transcript, 'utf8').catch(() => '');
  try {
    for (;;) {
      const line = /\/dev\/(pts\/\d+)/.exec(await shown())?.[1];
      if (line !== undefined) return await work(line, child.pid ?? 0, shown);
      await sleep(20);
    }
  } finally {
    child.kill();
    await once(child, 'close');
    await rm(folder, { recursive: true });
  }
}

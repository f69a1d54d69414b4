// What the README's first command does, judged from outside: `npm start` in an empty home reaches the summary of the first
// backup, answers on its health endpoint, and stops cleanly on Ctrl-C.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const deadlineMs = 180_000;
const home = mkdtempSync(join(tmpdir(), 'orbit-first-start-'));
const { ORBIT_HOME: _home, XDG_DATA_HOME: _data, ...env } = process.env;
const child = spawn('npm', ['start', '--', '--listen', '127.0.0.1:0'], {
  env: { ...env, HOME: home, LANG: 'C.UTF-8' },
  stdio: ['ignore', 'pipe', 'pipe'],
  // Its own group, so that the interrupt reaches npm and Orbit as Ctrl-C on a terminal does.
  detached: true,
});
let output = '';
const deadline = setTimeout(() => end(`not ready after ${deadlineMs / 1000} s`), deadlineMs);
let health: Promise<void> | undefined;

for (const stream of [child.stdout, child.stderr]) {
  stream.on('data', (chunk: Buffer) => {
    output += chunk.toString('utf8');
    process.stdout.write(chunk);
    const url = /http:\/\/127\.0\.0\.1:\d+\/health/.exec(output)?.[0];
    if (url !== undefined) health ??= judge(url).catch((error: unknown) => end(String(error)));
  });
}
child.on('close', (code, signal) => {
  const how = signal ?? code;
  if (health === undefined) end(`npm start ended with ${how} before it was ready`);
  // npm itself may end by the signal that it handed on; Orbit says when it stopped cleanly.
  else if (!output.includes('Orbit has stopped.') || (code !== 0 && signal !== 'SIGINT')) {
    end(`npm start ended with ${how} after Ctrl-C`);
  } else end();
});

async function judge(url: string): Promise<void> {
  const answer = (await (await fetch(url)).json()) as { jobs: { kind: string; lastGood?: string }[] };
  for (const kind of ['secrets', 'system']) {
    if (answer.jobs.find((job) => job.kind === kind)?.lastGood === undefined)
      throw new Error(`no good backup of ${kind}`);
  }
  for (const word of ['Protected', 'Where', 'Open it without Orbit', 'Not yet protected']) {
    if (!output.includes(word)) throw new Error(`the summary does not say '${word}'`);
  }
  process.kill(-(child.pid ?? 0), 'SIGINT');
}

function end(problem?: string): void {
  clearTimeout(deadline);
  const isRunning = child.exitCode === null && child.signalCode === null;
  if (problem !== undefined && isRunning && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  rmSync(home, { recursive: true, force: true });
  console.log(problem === undefined ? 'first start: as the README says' : `first start: ${problem}`);
  process.exit(problem === undefined ? 0 : 1);
}

// A program of the tests, run as root in a mount namespace of its own: a service with its console, on a machine where one person is
// signed in at a terminal. Prints its address, a cookie and the terminal; when its input ends, what stood on the terminal.
import { writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { runProgram } from '../../src/base/program.ts';
import { consoleSite } from './console.ts';
import { signInRecord } from './sign-in-record.ts';
import { withTerminal } from './terminal.ts';

/** The first line that it prints. */
export interface TerminalConsole {
  url: string;
  cookie: string;
  line: string;
}

await runProgram('mount', ['-t', 'tmpfs', 'tmpfs', '/run']);
const ends: (() => unknown)[] = [];
const context = { after: (end: () => unknown) => ends.push(end) } as unknown as TestContext;
const site = await consoleSite(context, { consoleFolder: process.argv[2] ?? '' });
await withTerminal(async (line, pid, shown) => {
  await writeFile('/run/utmp', signInRecord('ana', line, pid));
  const url = await site.server.listen({ host: '127.0.0.1', port: 0 });
  console.log(JSON.stringify({ url, cookie: await site.cookieOf('administrator'), line } satisfies TerminalConsole));
  process.stdin.resume();
  await once(process.stdin, 'end');
  // What `wall` wrote is in the transcript a moment later.
  while (!(await shown()).includes('Orbit')) await sleep(20);
  console.log(JSON.stringify(await shown()));
});
for (const end of ends.reverse()) await end();

// The command line: finds the command, runs it, turns its end into an exit code.
import { endAtOnce } from '../base/end-at-once.ts';
import { dataFolder } from './context.ts';
import { runCli } from './run.ts';

// `orbit … | head` closes our output early: that is how pipes end, not a failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

const interrupted = new AbortController();
// Not SIGHUP: stock restic sends it to the owner of a lock only to see whether it lives (engine/repository/lock-owner.ts).
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => interrupted.abort(new DOMException(`stopped by ${signal}`, 'AbortError')));
}
process.exitCode = await runCli(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  isTerminal: process.stderr.isTTY === true,
  home: dataFolder(process.env),
  env: process.env,
  signal: interrupted.signal,
});
await endAtOnce();

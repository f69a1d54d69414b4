// Starts an instance for a test, as `npm start` does, and stops it when it runs.
import { type CliResult, cli } from './cli.ts';

/** Runs `orbit start ARGS` and stops the service as soon as it says that it runs. */
export async function startThenStop(home: string, args: string[]): Promise<CliResult> {
  const stop = new AbortController();
  return cli(['start', '--listen', '127.0.0.1:0', ...args], {
    home,
    signal: stop.signal,
    onOutput: (text) => {
      if (text.includes('/health answers')) stop.abort();
    },
  });
}

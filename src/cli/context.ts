// What every command gets: where to print, where the data folder is, and whether a person is watching.
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The surroundings of a command. Tests hand in their own. */
export interface CliContext {
  stdout: NodeJS.WritableStream;
  stderr: NodeJS.WritableStream;
  /** Standard input; the process's own when it is not given. */
  stdin?: InputStream;
  /** True when a person reads standard error on a terminal: progress lines are drawn, colours are used. */
  isTerminal: boolean;
  /** The data folder, from `ORBIT_HOME`, else `~/.local/share/orbit`. */
  home: string;
  env: NodeJS.ProcessEnv;
  /** Aborted by Ctrl-C or SIGTERM. */
  signal: AbortSignal;
}

/** What commands read: a pipe, a file, or a terminal that can be told not to echo. */
export type InputStream = NodeJS.ReadableStream & { isTTY?: boolean; setRawMode?(isRaw: boolean): unknown };

/** The data folder named by `ORBIT_HOME`, else `$XDG_DATA_HOME/orbit`, else `~/.local/share/orbit`. */
export function dataFolder(env: NodeJS.ProcessEnv): string {
  if (env['ORBIT_HOME']) return env['ORBIT_HOME'];
  return join(env['XDG_DATA_HOME'] || join(homedir(), '.local', 'share'), 'orbit');
}

/** The folder of all caches of this account: `$XDG_CACHE_HOME/orbit`, else `~/.cache/orbit`; undefined where there is no home. */
export function cacheFolder(env: NodeJS.ProcessEnv): string | undefined {
  const cache = env['XDG_CACHE_HOME'] || (env['HOME'] ? join(env['HOME'], '.cache') : undefined);
  return cache === undefined ? undefined : join(cache, 'orbit');
}

// What real database servers of tests have in common: how they are reached, started, stopped and removed.
import { waitUntil } from './ports.ts';
import { removeServerFolder, startUnprivileged } from './unprivileged.ts';

/** A running server. Every sign-in wants a password, by socket and by TCP; `user` may do everything. */
export interface DatabaseServer {
  host: string;
  port: number;
  user: string;
  password: string;
  /** Where its data lies. */
  dataFolder: string;
  /** Runs SQL and gives what the server's own client prints. */
  sql(text: string, database?: string): Promise<string>;
  /** Stops it as an administrator would (`fast`), or as a power cut would. */
  stop(how?: 'fast' | 'power-cut'): Promise<void>;
  start(): Promise<void>;
  /** Stops it and removes everything. Whoever starts a server does this, in `after`. */
  remove(): Promise<void>;
}

/** How one kind of server lives. */
export interface DatabaseKind {
  command: readonly [program: string, ...args: string[]];
  signals: Record<'fast' | 'power-cut', NodeJS.Signals>;
  /** Answers once it can be asked, and fails before. */
  isUp(): Promise<string>;
}

/** Start, stop and remove for a server that lives in `folder`. */
export function databaseLife(
  title: string,
  folder: string,
  { command: [program, ...args], signals, isUp }: DatabaseKind,
): Pick<DatabaseServer, 'start' | 'stop' | 'remove'> {
  let running: ReturnType<typeof startUnprivileged> | undefined;
  return {
    async start() {
      const child = startUnprivileged(program, args, folder);
      running = child;
      await waitUntil(async () => {
        if (!child.isRunning()) throw new Error(`${program} ended`);
        return await isUp().catch(() => undefined);
      }, title);
    },
    async stop(how = 'fast') {
      await running?.end(signals[how]);
      running = undefined;
    },
    async remove() {
      await running?.end(signals['power-cut']);
      await removeServerFolder(folder);
    },
  };
}

/** Starts a server for the first time and sets it up; when that fails nothing of it stays. */
export async function started<Server extends DatabaseServer>(
  server: Server,
  setUp: () => Promise<void> = async () => {},
): Promise<Server> {
  try {
    await server.start();
    await setUp();
    return server;
  } catch (error) {
    await server.remove();
    throw error;
  }
}

// The moment of a MariaDB server: its dump is begun when the moment is there, and read later. While commits are blocked, what
// can be read stays as it is; queries, and writing without a commit, go on.
import { isFailure } from '../../../base/failure.ts';
import { note } from '../../../base/note.ts';
import { commandOutput, type StartedCommand, startCommand } from '../../../engine/backup/command-stream.ts';
import type { CommandFile, MadeFile } from '../../../engine/backup/source-plan.ts';
import { askMariadb, type MariadbConfig, openMariadbSession } from './mariadb-client.ts';
import type { MomentServer } from './shared-moment.ts';
import type { SqlSession } from './sql-session.ts';

// For each of the two locks, so that nobody waits for us much longer than for others.
const lockSecondsMax = 1;
// By default the server ends a connection that nothing is read from for a minute, and a dump waits for its turn.
const patientSeconds = 86_400;
const patience: Record<string, number> = {
  net_write_timeout: patientSeconds,
  wait_timeout: patientSeconds,
  idle_transaction_timeout: 0,
  idle_readonly_transaction_timeout: 0,
};

/** A dump that is begun at one time and read at another. */
export interface MariadbDump extends MomentServer {
  /** What was begun; from the second time on it is dumped anew. */
  file: MadeFile;
  /** Ends what was never read. */
  close(): Promise<void>;
}

/** The dump of this server, by mariadb-dump in one transaction. */
export function mariadbDump(settings: MariadbConfig, dump: CommandFile, signal?: AbortSignal): MariadbDump {
  let holder: SqlSession | undefined;
  let started: StartedCommand | undefined;
  let reads = 0;
  return {
    heldBy: 'commits',
    async hold() {
      holder = openMariadbSession(settings, signal);
      try {
        await holder.query(`SET lock_wait_timeout = ${lockSecondsMax}; BACKUP STAGE START; BACKUP STAGE BLOCK_COMMIT`);
        return undefined;
      } catch (error) {
        if (!isFailure(error, 'profiles.database-refused')) throw error;
        return note('profiles.mariadb-not-held', { reason: error.message });
      }
    },
    async begin() {
      const restore = await makePatient(settings, signal);
      try {
        const talking = { ...dump, args: ['--verbose', ...dump.args] };
        started = startCommand(talking, /^-- /);
        await started.said('-- Setting savepoint');
      } finally {
        await restore();
      }
    },
    async release() {
      await holder?.close();
      holder = undefined;
    },
    file: {
      path: dump.path,
      ...(dump.shownAs === undefined ? {} : { shownAs: dump.shownAs }),
      open(during) {
        reads += 1;
        return reads === 1 && started !== undefined ? started.output(during) : commandOutput(dump, during);
      },
    },
    async close() {
      if (reads === 0) started?.stop();
    },
  };
}

// The dump cannot say how long its connection may wait: it begins with what the server gives to everybody at that instant.
async function makePatient(settings: MariadbConfig, signal?: AbortSignal): Promise<() => Promise<void>> {
  const names = Object.keys(patience).map((name) => `'${name}'`);
  const rows = await askMariadb(settings, `SHOW GLOBAL VARIABLES WHERE Variable_name IN (${names.join()})`, signal);
  const usual = rows.map((row): [string, number] => {
    const [name = '', value] = row.split('\t');
    return [name, Number(value)];
  });
  const set = async (values: [string, number][]): Promise<void> => {
    if (values.length > 0)
      await askMariadb(settings, `SET ${values.map(([name, value]) => `GLOBAL ${name} = ${value}`).join()}`);
  };
  try {
    await set(usual.map(([name]) => [name, patience[name] ?? 0]));
  } catch (error) {
    // A user who may not; then the dump has a minute, which is enough where nothing is in its way.
    if (!isFailure(error, 'profiles.database-refused')) throw error;
    return async () => {};
  }
  return () => set(usual);
}

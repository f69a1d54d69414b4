// A few sessions to one share: calls made together take one each, and an ended one is replaced by the next call.
import { unreachable } from '../failures.ts';
import { turns } from '../turns.ts';
import { type SmbSession, openSmbSession } from './smb-session.ts';
import type { SmbSettings } from './smb-settings.ts';

/** Sessions to one share. */
export interface SmbPool {
  /** Runs `work` with a session of its own. */
  use<Result>(signal: AbortSignal | undefined, work: (session: SmbSession) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

/** Sessions at once. */
export const sessionsAtMost = 3;

/** Makes a pool that connects when it is first used. `onOpen` runs in every new session before anything else does. */
export function smbPool(settings: SmbSettings, onOpen: (session: SmbSession) => Promise<void>): SmbPool {
  const idle: SmbSession[] = [];
  const pool = turns(sessionsAtMost);
  let isClosed = false;

  async function take(signal: AbortSignal | undefined): Promise<SmbSession> {
    for (let session = idle.pop(); session !== undefined; session = idle.pop()) {
      if (session.isOpen) return session;
      await session.close();
    }
    const session = await openSmbSession(settings, signal);
    await onOpen(session);
    return session;
  }

  return {
    async use(signal, work) {
      const giveBack = await pool.take(signal);
      let session: SmbSession | undefined;
      try {
        if (isClosed) throw unreachable(settings.location, new Error('the destination was closed'));
        session = await take(signal);
        return await work(session);
      } finally {
        if (session !== undefined) {
          if (session.isOpen && !isClosed) idle.push(session);
          else await session.close();
        }
        giveBack();
      }
    },
    async close() {
      isClosed = true;
      for (const session of idle.splice(0)) await session.close();
    },
  };
}

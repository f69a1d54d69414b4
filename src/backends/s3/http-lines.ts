// Lines to one server that are kept open: so many at once, the others wait.
import { createSecureContext, rootCertificates } from 'node:tls';
import { isFailure } from '../../base/failure.ts';
import { unreachable } from '../failures.ts';
import { turns } from '../turns.ts';
import type { HttpAnswer } from './http-answer.ts';
import { type HttpLine, type HttpRequest, type LineAddress, openLine } from './http-line.ts';

/** Where a server is and who it has to be. */
export interface ServerAddress {
  location: string;
  /** `https:` or `http:`, host and port. */
  origin: URL;
  /** PEM of a private certificate authority that is believed besides the system's. */
  ca?: string | undefined;
  timeoutSeconds: number;
}

/** Lines to one server. */
export interface HttpLines {
  /** Sends what `make` gives once it is its turn. @throws as `HttpLine.exchange` does; any status is an answer */
  exchange(make: () => HttpRequest, signal: AbortSignal | undefined): Promise<HttpAnswer>;
  close(): void;
}

/** Requests under way at once. */
export const linesAtMost = 16;

/** Connects when the first request is sent. */
export function httpLines(server: ServerAddress): HttpLines {
  const address = addressOf(server);
  const line = turns(linesAtMost);
  const open = new Set<HttpLine>();
  let idle: HttpLine[] = [];
  let isClosed = false;

  function connect(): HttpLine {
    const made = openLine(address, () => {
      open.delete(made);
      idle = idle.filter((other) => other !== made);
    });
    open.add(made);
    return made;
  }

  async function exchangeOver(used: HttpLine, request: HttpRequest, signal: AbortSignal | undefined) {
    try {
      return await used.exchange(request, signal);
    } finally {
      if (used.isUsable) idle.push(used);
    }
  }

  return {
    async exchange(make, signal) {
      const giveBack = await line.take(signal);
      try {
        for (;;) {
          if (isClosed) throw unreachable(server.location, new Error('the destination was closed'));
          const request = make();
          const kept = idle.pop();
          try {
            return await exchangeOver(kept ?? connect(), request, signal);
          } catch (error) {
            // A server ends a line that was idle without a word, perhaps while the request was on its way. Only what changes
            // nothing is asked again: what became of the rest, whoever stores must look.
            const changesNothing = request.method === 'GET' || request.method === 'HEAD';
            const hadGone = kept !== undefined && !kept.wasHeard && !isFailure(error, 'backend.timeout');
            if (!changesNothing || !hadGone || signal?.aborted) throw error;
          }
        }
      } finally {
        giveBack();
      }
    },
    close() {
      isClosed = true;
      for (const one of open) one.close();
    },
  };
}

function addressOf({ location, origin, ca, timeoutSeconds }: ServerAddress): LineAddress {
  const isTls = origin.protocol === 'https:';
  const host = origin.hostname.replace(/^\[|\]$/g, '');
  const port = origin.port === '' ? (isTls ? 443 : 80) : Number(origin.port);
  // `ca` would replace the system's authorities: a private one is added to them.
  const trusted = ca === undefined ? {} : { ca: [...rootCertificates, ca] };
  const tls = isTls ? { tls: { context: createSecureContext(trusted) } } : {};
  return { location, host, port, timeoutSeconds, ...tls };
}

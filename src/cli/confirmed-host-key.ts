// Asks a person whether a server is the right one, by its fingerprint.
import { createInterface } from 'node:readline/promises';
import { confirmHostKey } from '../destinations/trust.ts';
import type { CliContext } from './context.ts';

/** The key to pin, `ssh-ed25519 AAAA…`. Without `expected` a person at a terminal is asked; nobody else may say yes. */
export async function confirmedHostKey(
  context: CliContext,
  server: { host: string; port: number },
  expected: string | undefined,
): Promise<string> {
  const ask = context.isTerminal && process.stdin.isTTY;
  return await confirmHostKey(server, {
    signal: context.signal,
    ...(expected === undefined ? {} : { expected }),
    ...(ask
      ? {
          confirm: async (_server, key) => {
            const prompt = createInterface({ input: process.stdin, output: process.stderr });
            try {
              const question = `The server shows ${key.fingerprint} (${key.type}).\nIs that the one on its own console? [yes/no] `;
              return (await prompt.question(question, { signal: context.signal })).trim() === 'yes';
            } finally {
              prompt.close();
            }
          },
        }
      : {}),
  });
}

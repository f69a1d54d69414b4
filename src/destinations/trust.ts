// Who a server is: its fingerprint is shown, a person confirms it, and from then on no other is accepted.
import { type HostKey, hostKeyLine, scanHostKeys } from '../backends/ssh/host-key.ts';
import { Failure } from '../base/failure.ts';
import type { Operation } from '../base/operation.ts';

/** Shows a person the fingerprint and gives true when it is the right one. */
export type ConfirmHostKey = (server: { host: string; port: number }, key: HostKey) => Promise<boolean>;

/**
 * Asks the server for its keys and gives the one to pin, as `ssh-ed25519 AAAA…`. `expected` is a fingerprint that
 * was compared already (`SHA256:…`); without it `confirm` is asked, and without that nothing is trusted.
 * @throws Failure `destinations.host-key-unconfirmed`, `destinations.host-key-differs`, `backend.unreachable`.
 */
export async function confirmHostKey(
  server: { host: string; port: number },
  options: Operation & { expected?: string; confirm?: ConfirmHostKey },
): Promise<string> {
  const keys = await scanHostKeys(
    server.host,
    server.port,
    options.signal === undefined ? {} : { signal: options.signal },
  );
  const place = `${server.host}, port ${server.port}`;
  const shown = keys.map((key) => `${key.fingerprint} (${key.type})`).join(', ');
  if (options.expected !== undefined) {
    const wanted = options.expected.replace(/=+$/, '');
    const match = keys.find((key) => key.fingerprint === wanted);
    if (match !== undefined) return hostKeyLine(match);
    throw new Failure('destinations.host-key-differs', {
      message: `the server at ${place} shows ${shown}, not ${wanted}`,
      hint: 'Compare again on the server’s own console: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub',
      facts: { host: server.host, port: server.port, shown },
    });
  }
  const [best] = keys;
  if (best !== undefined && options.confirm !== undefined && (await options.confirm(server, best)))
    return hostKeyLine(best);
  throw new Failure('destinations.host-key-unconfirmed', {
    message: `nobody confirmed the host key of ${place}: ${shown}`,
    hint: `Compare it on the server’s own console (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub), then add --host-key ${best?.fingerprint ?? 'SHA256:…'}`,
    facts: { host: server.host, port: server.port, fingerprint: best?.fingerprint ?? '' },
  });
}

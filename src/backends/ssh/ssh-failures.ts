// What ssh says in words, turned into codes. The words are OpenSSH's (sshconnect.c, packet.c, clientloop.c), LC_ALL=C.
import { Failure } from '../../base/failure.ts';
import { timedOut, unreachable } from '../failures.ts';

/** The failure that ssh's own messages tell of, or undefined when they tell of none. */
export function sshFailure(location: string, text: string): Failure | undefined {
  const cause = new Error(lastWords(text));
  if (
    /IDENTIFICATION HAS CHANGED|no matching host key type|host key is known for|Host key verification failed/.test(text)
  ) {
    const shown = /key sent by the remote host is\s+(SHA256:[A-Za-z0-9+/]{43})/.exec(text)?.[1];
    return new Failure('backend.host-key-changed', {
      message: `${location} is not the server it was: its host key changed`,
      hint: 'Was the server reinstalled? Then compare its fingerprint on its own console and confirm it with orbit destination trust. Otherwise somebody is in between: nothing was sent.',
      cause,
      facts: { location, ...(shown === undefined ? {} : { shownFingerprint: shown }) },
    });
  }
  if (/Permission denied \(|Too many authentication failures|no such identity/.test(text)) {
    return new Failure('backend.auth', {
      message: `${location} does not accept Orbit's SSH key`,
      hint: 'Put the line that orbit destination authorize prints into ~/.ssh/authorized_keys of that user, and check the owner and mode (0700, 0600) of both.',
      cause,
      facts: { location },
    });
  }
  if (/Timeout, server .* not responding|Connection timed out during banner/.test(text)) {
    return timedOut(location, 45, cause);
  }
  const gone =
    /Could not resolve hostname|Connection refused|Connection timed out|No route to host|Network is unreachable|Connection (closed|reset) by|kex_exchange_identification|Connection to .* closed|client_loop: send disconnect|mux_client|Operation timed out/;
  return gone.test(text) ? unreachable(location, cause) : undefined;
}

/** The end of a program's messages, on one line, for the cause of a failure. */
export function lastWords(text: string): string {
  return text.trim().split('\n').slice(-4).join(' / ').slice(-600) || 'it said nothing';
}

// What the commands that serve are told: `orbit serve` and `orbit start`.
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { defaultListen } from '../api/server.ts';
import { usageFailure } from './usage.ts';

/** Where and how to serve. */
export interface ServeOptions {
  listen: string;
  /** Files in PEM. */
  certificate?: string;
  certificateKey?: string;
  /** Make a certificate where none is given. */
  tls?: boolean;
  stateFor?: string[];
  metricsFile?: string;
  /** Seconds between two looks at the destinations. */
  lookEvery?: string;
  /** Do not let others have processor and disk first. */
  fullSpeed?: boolean;
}

/** Adds the options of a command that serves. */
export function withServeOptions(command: Command): Command {
  return command
    .option('--listen <address>', 'host:port to listen on', defaultListen)
    .option('--certificate <file>', 'certificate in PEM: serve by TLS, which any address but this machine’s own needs')
    .option('--certificate-key <file>', 'its private key in PEM')
    .option('--tls', 'serve by TLS with a certificate of its own making; its fingerprint is printed')
    .option('--state-for <address...>', 'addresses and networks that GET /state is answered to, besides this machine')
    .option('--metrics-file <file>', 'keep the metrics in this file too, for node-exporter’s textfile collector')
    .option('--look-every <seconds>', 'how often destinations are looked at, 1 to 3600 (60)')
    .option('--full-speed', 'do not let others have processor and disk first');
}

/** Seconds between two looks at the destinations. @throws Failure `cli.usage`. */
export function lookEverySeconds({ lookEvery = '60' }: ServeOptions): number {
  const seconds = Number(lookEvery);
  if (/^\d+$/.test(lookEvery) && seconds >= 1 && seconds <= 3600) return seconds;
  throw usageFailure(`--look-every ${lookEvery} is not a whole number from 1 to 3600`, 'Without it, every 60 seconds.');
}

/** Certificate and key that were named, read. @throws Failure `cli.usage`, also when only one is named. */
export function tlsFiles({ certificate, certificateKey }: ServeOptions): { cert: Buffer; key: Buffer } | undefined {
  if (certificate === undefined && certificateKey === undefined) return undefined;
  if (certificate === undefined || certificateKey === undefined) {
    throw usageFailure('--certificate and --certificate-key belong together', 'Give both, as files in PEM.');
  }
  const read = (file: string): Buffer => {
    try {
      return readFileSync(file);
    } catch {
      throw usageFailure(`the file ${file} cannot be read`, 'Check its name and that you may read it.');
    }
  };
  return { cert: read(certificate), key: read(certificateKey) };
}

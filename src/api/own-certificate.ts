// A certificate that the service makes for itself, where nobody gave it one. Browsers warn of it until a person has compared
// its fingerprint, which is printed at each start.
import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, renameSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { App } from '../app.ts';
import type { Clock } from '../base/clock.ts';
import { orbitEvent } from '../base/event.ts';
import { Failure } from '../base/failure.ts';
import { runProgram } from '../base/program.ts';
import { isDueToTell } from '../jobs/told.ts';

/** Certificate and key in PEM, and the SHA-256 fingerprint that browsers show. */
export interface OwnCertificate {
  cert: Buffer;
  key: Buffer;
  fingerprint: string;
}

const dayMs = 24 * 60 * 60_000;
// Browsers refuse certificates that are good for longer than 398 days.
const daysGood = 397;
const renewBeforeDays = 30;
// Its own one is made anew by a start in the days before.
const warnBeforeDays = 21;

/** The certificate of the data folder; made at the first start, and anew before it ends. @throws Failure `api.no-certificate`. */
export async function ownCertificate(home: string, clock: Clock): Promise<OwnCertificate> {
  const [certFile, keyFile] = [join(home, 'certificate.pem'), join(home, 'certificate-key.pem')];
  if (!isGood(certFile, keyFile, clock)) await make(certFile, keyFile);
  const cert = readFileSync(certFile);
  return { cert, key: readFileSync(keyFile), fingerprint: new X509Certificate(cert).fingerprint256 };
}

/** Tells, once a day, that the certificate people reach the service by ends soon. */
export function tellCertificate({ store, clock, tell }: Pick<App, 'store' | 'clock' | 'tell'>, cert: Buffer): void {
  const { subject, validTo } = new X509Certificate(cert);
  const expiresAt = new Date(validTo);
  const now = clock.now();
  if (expiresAt.getTime() - now.getTime() > warnBeforeDays * dayMs) return;
  if (!isDueToTell(store, 'certificate', expiresAt.toISOString(), now, dayMs)) return;
  tell(orbitEvent('certificate.expiring', { subject: subject.replaceAll('\n', ', '), expiresAt }, now));
}

function isGood(certFile: string, keyFile: string, clock: Clock): boolean {
  if (!existsSync(certFile) || !existsSync(keyFile)) return false;
  const { validTo } = new X509Certificate(readFileSync(certFile));
  return Date.parse(validTo) - clock.now().getTime() > renewBeforeDays * dayMs;
}

async function make(certFile: string, keyFile: string): Promise<void> {
  const names = ['DNS:localhost', 'IP:127.0.0.1', 'IP:::1'];
  if (/^[A-Za-z0-9][A-Za-z0-9.-]{0,62}$/.test(hostname())) names.push(`DNS:${hostname()}`);
  const { exitCode, stderr } = await runProgram('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc'],
    ...['-days', String(daysGood), '-subj', '/CN=Orbit', '-addext', `subjectAltName=${names.join(',')}`],
    ...['-addext', 'extendedKeyUsage=serverAuth', '-keyout', `${keyFile}.new`, '-out', `${certFile}.new`],
  ]);
  if (exitCode !== 0) {
    throw new Failure('api.no-certificate', {
      message: `no certificate could be made: ${stderr.trim().split('\n').at(-1) ?? ''}`,
      hint: 'Give one with --certificate and --certificate-key, or look whether the data folder can be written.',
    });
  }
  // openssl makes the key's file with mode 0600 by itself.
  renameSync(`${keyFile}.new`, keyFile);
  renameSync(`${certFile}.new`, certFile);
}

// TLS to receivers: fields that several kinds of channel share, and failures told apart.
import { type Note, note } from '../base/note.ts';
import type { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { Failure, systemErrorCode } from '../base/failure.ts';
import { fileText, place, secretFile } from '../base/secret-schema.ts';
import type { SecretString } from '../base/secret-string.ts';

/** The TLS fields of a channel's configuration, for `z.object({ ...tlsFields })`. */
export const tlsFields = {
  ca: place(fileText('Certificate authority', 'PEM file; the only authority that is trusted when given')).optional(),
  certificate: fileText('Client certificate', 'PEM file, where the receiver asks for one').optional(),
  certificateKey: secretFile('Key of the client certificate', 'PEM').optional(),
};

/** The TLS part of a configuration. */
export interface TlsConfig {
  ca?: string | undefined;
  certificate?: string | undefined;
  certificateKey?: SecretString | undefined;
}

/** Options for `node:tls`: never below TLS 1.2, always verified. */
export function tlsOptions(config: TlsConfig, host: string): ConnectionOptions {
  return {
    minVersion: 'TLSv1.2',
    ...(/^[\d.]+$|:/.test(host) ? {} : { servername: host }),
    ...(config.ca === undefined ? {} : { ca: config.ca }),
    ...(config.certificate === undefined ? {} : { cert: config.certificate }),
    ...(config.certificateKey === undefined ? {} : { key: config.certificateKey.reveal() }),
  };
}

/** `TLSv1.3, TLS_AES_256_GCM_SHA384, certificate of logs.example.org by Example CA until 2027-01-01` */
export function describeTls(socket: TLSSocket): Note {
  const certificate = socket.getPeerCertificate();
  const name = (value: string | string[] | undefined): string => [value ?? '?'].flat().join(', ');
  const until = new Date(certificate.valid_to).toISOString().slice(0, 10);
  return note('channel.tls', {
    protocol: socket.getProtocol() ?? '',
    cipher: socket.getCipher().standardName,
    subject: name(certificate.subject.CN),
    issuer: name(certificate.issuer.CN),
    until,
  });
}

/** Which address answers to that name. */
export function connectedTo(server: string, { remoteAddress = '' }: Socket): Note {
  return note('channel.connected', { server, address: remoteAddress });
}

const trustCodes =
  /^(CERT_|ERR_TLS_CERT|ERR_SSL_CERT|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|HOSTNAME_MISMATCH|INVALID_CA|PATH_LENGTH)/;

/** The failure that stands for a socket's error: the certificate is not trusted, or nothing gets through. */
export function connectionFailure(place: string, error: unknown): Failure {
  if (error instanceof Failure) return error;
  const text = error instanceof Error ? error.message : String(error);
  const code = systemErrorCode(error) ?? '';
  const message = text.startsWith(code) || code === '' ? text : `${text} (${code})`;
  if (trustCodes.test(code) || /certificate/i.test(text)) {
    return new Failure('notify.untrusted', {
      message: `the certificate of ${place} is not trusted: ${message || code}`,
      hint: 'Give the authority that signed it as the channel’s `ca`, and the name that stands in the certificate as its host.',
      cause: error,
    });
  }
  return new Failure('notify.unreachable', {
    message: `${place} cannot be reached: ${message || code || 'the connection ended'}`,
    hint: 'Check its name and port, that it is up, that a firewall lets Orbit through, and that both sides mean TLS or both do not.',
    cause: error,
  });
}

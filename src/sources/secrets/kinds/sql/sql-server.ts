// Where a database is and who signs in: the settings that both databases share.
import { z } from 'zod';
import { field, fileText, place, secretText } from '../../../../base/secret-schema.ts';

const plainText = z.string().regex(/^[^\p{Cc}]+$/u, 'has a control character');

/** The settings of a connection. */
export function serverSettings(port: number) {
  return {
    host: place(field(plainText, 'Host', 'a name or an address; or a path, for a socket of this machine')),
    port: place(field(z.number().int().min(1).max(65_535).default(port), 'Port')),
    database: field(plainText, 'Database'),
    user: field(plainText, 'User', 'an account that can read one view and nothing else'),
    password: secretText('Password').optional(),
    authority: place(fileText('Certificate authority', 'in PEM; needed unless the server is this machine')).optional(),
  };
}

const shape = z.object(serverSettings(1));
/** A connection. */
export type SqlServer = z.infer<typeof shape>;

/** True when nothing between here and the server can listen. */
export function isThisMachine(host: string): boolean {
  return host.startsWith('/') || host === 'localhost' || host === '::1' || /^127(\.\d+){3}$/.test(host);
}

/** Beyond this machine, a server must prove who it is: its password and everything it gives cross a network. */
export function isProven({ host, authority }: { host: string; authority?: string | undefined }): boolean {
  return isThisMachine(host) || authority !== undefined;
}

/** What is said when `isProven` is false. */
export const unproven = {
  message: 'give the certificate authority of a server that is not this machine',
  path: ['authority'],
};

// The fields that both ways to a CIFS/SMB share have, with and without a mount.
import { z } from 'zod';
import { place } from '../../base/secret-schema.ts';
import { secretField } from './kind.ts';

/** Host, path, user, password, domain and port. */
export const smbFields = {
  host: place(
    z
      .string()
      .regex(/^[A-Za-z0-9]([A-Za-z0-9._:-]*[A-Za-z0-9])?$/, 'a host name or an IP address')
      .meta({ title: 'Host name or IP address' }),
  ),
  path: z
    .string()
    .regex(/^\/[^/\\"*?<>|:\p{Cc}]+(\/[^\\"*?<>|:\p{Cc}]*)?$/u, 'a path such as /share or /share/folder')
    .meta({ title: 'Path on that host: /share or /share/folder' }),
  user: z
    .string()
    .regex(/^[^%\\/",\p{Cc}]+$/u, 'a user name without % \\ / " or a comma')
    .meta({ title: 'User' }),
  password: secretField('Password (any printable characters, up to 128)'),
  domain: z
    .string()
    .regex(/^[^%\\/",\p{Cc}]*$/u, 'a domain name without % \\ / " or a comma')
    .optional()
    .meta({ title: 'Domain of the user' }),
  port: place(z.number().int().min(1).max(65_535).default(445).meta({ title: 'Port' })),
  unencrypted: z
    .boolean()
    .default(false)
    .meta({ title: 'Do not encrypt what is on the line (only signed; for servers that cannot)' }),
};

/** What the schema of those fields gives, without the password. */
export interface SmbFields {
  host: string;
  path: string;
  user: string;
  domain?: string | undefined;
  port: number;
  unencrypted: boolean;
}

/** `smb://backup@host/share/folder`. */
export function smbLocation(scheme: string, { host, path, user, port }: SmbFields): string {
  const at = host.includes(':') ? `[${host}]` : host;
  return `${scheme}://${user}@${at}${port === 445 ? '' : `:${port}`}${path}`;
}

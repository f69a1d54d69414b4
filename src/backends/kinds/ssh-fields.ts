// The fields that every kind through SSH has.
import { z } from 'zod';
import { type SshConnection, openSshConnection } from '../ssh/connection.ts';
import { Failure } from '../../base/failure.ts';
import type { Surroundings } from './kind.ts';

/** Host, port, user and key of a server reached by SSH. */
export const sshFields = {
  host: z.string().min(1).meta({ title: 'Host name or IP address' }),
  port: z.number().int().min(1).max(65_535).default(22).meta({ title: 'Port' }),
  user: z.string().min(1).meta({ title: 'User on that host' }),
  path: z
    .string()
    .regex(/^[^\0\n\r]+$/, 'a path without line breaks')
    .meta({ title: 'Folder on that host' }),
  sshKey: z.string().default('orbit').meta({ title: "Name of Orbit's SSH key (orbit ssh-key show)" }),
};

/** What the schema of those fields gives. */
export interface SshFields {
  host: string;
  port: number;
  user: string;
  path: string;
  sshKey: string;
}

/** `rsync://backup@host:22/srv/orbit`. */
export function sshLocation(scheme: string, config: SshFields): string {
  const host = config.host.includes(':') ? `[${config.host}]` : config.host;
  return `${scheme}://${config.user}@${host}:${config.port}${config.path.startsWith('/') ? '' : '/'}${config.path}`;
}

/** A connection with the key of that name. @throws Failure `backend.host-key-unknown`, `backend.bad-address`. */
export async function connectionFor(
  scheme: string,
  config: SshFields,
  surroundings: Surroundings,
  keyName = config.sshKey,
): Promise<SshConnection> {
  const location = sshLocation(scheme, config);
  if (surroundings.hostKey === undefined) {
    throw new Failure('backend.host-key-unknown', {
      message: `nobody has confirmed yet that ${location} is the right server`,
      hint: 'Run orbit destination trust NAME, and compare the fingerprint on the server’s own console.',
      facts: { location },
    });
  }
  const target = { ...config, key: surroundings.sshKey(keyName), hostKey: surroundings.hostKey };
  return await openSshConnection(target, location);
}

// The authorized_keys line of a place reached by SSH, whether it is kept already or only being set up.
import { appendCommands } from '../backends/rsync/far-commands.ts';
import { Failure } from '../base/failure.ts';
import { type KeyRight, appendLine, rrsyncLine, sftpLine } from './authorized-keys.ts';

/** What the line allows, and from where. */
export interface AuthorizeOptions {
  right: KeyRight;
  /** Addresses as sshd takes them. */
  from?: string;
  /** Where rrsync lies over there. */
  rrsync?: string;
}

/**
 * The line for a place of `kind` with these settings.
 * @throws Failure `destinations.no-authorized-keys`, `destinations.bad-addresses`, `backend.far-commands-unknown`.
 */
export async function authorizedKeysLine(
  kind: string,
  config: Record<string, unknown>,
  publicLine: string,
  options: AuthorizeOptions,
): Promise<string> {
  if (options.from !== undefined && !/^[A-Za-z0-9.:,*?!/_-]+$/.test(options.from)) {
    throw new Failure('destinations.bad-addresses', {
      message: `'${options.from}' is no list of addresses`,
      hint: 'Example: 192.0.2.10,2001:db8::/64',
    });
  }
  if (config['sshKey'] === undefined) {
    throw new Failure('destinations.no-authorized-keys', {
      message: 'this destination is not reached by SSH',
      hint: 'Only rsync and SFTP destinations have such a line.',
    });
  }
  const from = options.from === undefined ? {} : { from: options.from };
  const key = { publicLine, path: String(config['path']), ...from };
  if (kind === 'sftp') return sftpLine(key);
  if (options.right !== 'append') return rrsyncLine(key, options.right, options.rrsync);
  const { timeoutSeconds, bandwidthLimitKib } = config as { timeoutSeconds: number; bandwidthLimitKib: number };
  return appendLine(key, await appendCommands({ timeoutSeconds, bandwidthLimitKib }));
}

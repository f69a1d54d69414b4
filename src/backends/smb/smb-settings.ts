// Where a CIFS/SMB folder is and how smbclient gets there. What it could misread is refused before it is started.
import { Failure } from '../../base/failure.ts';
import type { SecretString } from '../../base/secret-string.ts';

/** Where and how. */
export interface SmbSettings {
  /** For people, such as `smb://backup@host/share/orbit`. */
  location: string;
  host: string;
  port: number;
  /** `/share` or `/share/folder/below`. The folder must exist: `makeSmbFolder`. */
  path: string;
  user: string;
  domain?: string | undefined;
  password: SecretString;
  /** Refuse a server that does not encrypt (SMB 3). */
  encrypt: boolean;
  /** Seconds that one request may take. */
  timeoutSeconds: number;
  /** A folder on this machine for the object under way; what lies there has no name and is gone with the process. */
  spoolFolder: string;
}

// MS-FSCC 2.1.5: what no name on such a server may hold; smbclient would take `"` for the end of the name and `*` for many.
const forbiddenInName = /["*?<>|:\\\p{Cc}]/u;

/**
 * Share and folder of a path like `/share/folder`, the folder as smbclient wants it: `\folder` or empty.
 * @throws Failure `backend.bad-address`.
 */
export function shareAndFolder(location: string, path: string): { share: string; folder: string } {
  const [share, ...folders] = path.split('/').filter((part) => part !== '');
  const isBad = (part: string): boolean => forbiddenInName.test(part) || part === '.' || part === '..';
  if (share === undefined || isBad(share) || folders.some(isBad)) {
    throw badAddress(location, 'its path is not /share or /share/folder in names such a server can hold');
  }
  return { share, folder: folders.map((part) => `\\${part}`).join('') };
}

/** @throws Failure `backend.bad-address` for what cannot be told apart from an option, or not be handed over as a line. */
export function checkSmbSettings(settings: SmbSettings): void {
  const { location, host, user, domain = '', password } = settings;
  if (!/^[A-Za-z0-9]([A-Za-z0-9._:-]*[A-Za-z0-9])?$/.test(host))
    throw badAddress(location, 'its host is no name or IP address');
  // `%` would start a password, `\` and `/` a domain (smbclient(1), -U).
  if (user === '' || /[%\\/"\p{Cc}]/u.test(user))
    throw badAddress(location, 'its user holds one of % \\ / " or is empty');
  if (/[%\\/"\p{Cc}]/u.test(domain)) throw badAddress(location, 'its domain holds one of % \\ / "');
  const secret = password.reveal();
  const isUsable = secret !== '' && !/[\0\r\n]/.test(secret) && [...secret].length <= 128;
  if (!isUsable) throw badAddress(location, 'its password is empty, longer than 128 characters, or has a line break');
}

function badAddress(location: string, why: string): Failure {
  return new Failure('backend.bad-address', {
    message: `${location} cannot be used: ${why}`,
    hint: 'Give host, user, domain and path in their own fields; every printable character may be in the password.',
    facts: { location },
  });
}

// Which options a share is mounted with: ours for safety and for an end to waiting, then what the administrator adds.
import { Failure } from '../../base/failure.ts';

/** A CIFS share, as mount.cifs(8) takes it. */
export interface CifsOptions {
  user: string;
  domain?: string | undefined;
  port: number;
  encrypt: boolean;
  extra: string;
}

/** An NFS export, as nfs(5) describes it. */
export interface NfsOptions {
  version: '4.2' | '4.1' | '4.0' | '3';
  port?: number | undefined;
  extra: string;
}

// Nothing from a share may be run, be a device, or give rights.
const harmless = ['nosuid', 'nodev', 'noexec'];

/** Options for `mount -t cifs`. The password is not among them. @throws Failure `backend.bad-mount-option`. */
export function cifsMountOptions({ user, domain, port, encrypt, extra }: CifsOptions): string[] {
  return [
    `username=${user}`,
    ...(domain === undefined || domain === '' ? [] : [`domain=${domain}`]),
    ...(port === 445 ? [] : [`port=${port}`]),
    'vers=3.1.1',
    ...(encrypt ? ['seal'] : ['sign']),
    // Without it passwords beyond ASCII fail where the kernel's default is another.
    'iocharset=utf8',
    // A server that is gone gives errors instead of waiting for ever.
    'soft',
    'echo_interval=5',
    'nosharesock',
    'actimeo=1',
    'uid=0',
    'gid=0',
    'file_mode=0600',
    'dir_mode=0700',
    ...harmless,
    ...checkedExtra(extra),
  ];
}

/**
 * Options that not every kernel knows: they are left out where it refuses them. A file that was closed is not kept open at the
 * server for a moment longer (Linux 6.0): a share that is detached with such files while its server is away makes Linux 6.1
 * panic when the server comes back.
 */
export const newerCifsMountOptions = ['closetimeo=0'];

/** Options for `mount -t nfs`. @throws Failure `backend.bad-mount-option`. */
export function nfsMountOptions({ version, port, extra }: NfsOptions): string[] {
  return [
    `vers=${version}`,
    ...(version === '3' ? ['nolock'] : []),
    ...(port === undefined ? [] : [`port=${port}`]),
    // softerr: a server that is gone gives ETIMEDOUT, which is what it is. Times are tenths of a second.
    'softerr',
    'timeo=50',
    'retrans=2',
    'retry=0',
    'actimeo=1',
    ...harmless,
    ...checkedExtra(extra),
  ];
}

/** The options for people, should a password ever be among them: `pass=*******`. */
export function maskedOptions(options: string): string {
  return options.replace(/\b(pass(?:word)?2?|cred(?:entials)?)=[^,]*/g, '$1=*******');
}

const haveFields = ['user', 'username', 'dom', 'domain', 'workgroup', 'port', 'unc', 'source', 'prefixpath'];
const carryCredentials = ['pass', 'password', 'password2', 'passwd', 'cred', 'credentials'];
const wouldHarm = ['suid', 'dev', 'exec', 'hard', 'bind', 'rbind', 'move', 'remount', 'loop', 'users', 'guest', 'ro'];

/** The administrator's own options, one by one. @throws Failure `backend.bad-mount-option` that names the first wrong one. */
export function checkedExtra(extra: string): string[] {
  const options = extra.split(',').filter((option) => option !== '');
  for (const option of options) {
    const name = option.split('=')[0] ?? '';
    if (!/^[a-z][a-z0-9_]*(=[A-Za-z0-9._:/@%+-]*)?$/.test(option))
      throw badOption(name, 'it is not NAME or NAME=VALUE');
    if (carryCredentials.includes(name))
      throw badOption(name, 'a credential is never an option: give it as the password');
    if (haveFields.includes(name)) throw badOption(name, 'it has a setting of its own');
    if (wouldHarm.includes(name)) throw badOption(name, 'a backup must neither hang on it nor be endangered by it');
  }
  return options;
}

function badOption(name: string, why: string): Failure {
  return new Failure('backend.bad-mount-option', {
    message: `the mount option '${name.slice(0, 40)}' cannot be used: ${why}`,
    hint: 'Extra options are separated by commas, such as vers=3.0,nobrl; mount.cifs(8) and nfs(5) explain them.',
    facts: { option: name.slice(0, 40) },
  });
}

// Accounts of a machine, by its own /etc/passwd: of this one, or of one whose root lies in a folder.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../../base/failure.ts';

/** An account by number, as programs are run under it. */
export interface Account {
  uid: number;
  gid: number;
}

/** The account of that name. @throws Failure `profiles.no-account` */
export function accountNamed(name: string, root = '/'): Account {
  for (const line of readFileSync(join(root, 'etc/passwd'), 'utf8').split('\n')) {
    const [user, , uid, gid] = line.split(':');
    if (user === name) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Failure('profiles.no-account', {
    message: `there is no account '${name}' in ${join(root, 'etc/passwd')}`,
    hint: 'Install the server’s packages first, or name the account it runs under.',
  });
}

/** How a program is run as `name`: only root can become somebody else, anybody else stays who they are. */
export function runningAs(name: string, root = '/'): { account?: Account } {
  return process.getuid?.() === 0 && name !== 'root' ? { account: accountNamed(name, root) } : {};
}

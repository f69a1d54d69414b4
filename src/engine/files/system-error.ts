// Errors of system calls that we make ourselves, in the shape of node:fs's.
import { getSystemErrorMap } from 'node:util';

/** An error as node:fs would throw it: `EACCES: permission denied, lsetxattr '/path'`. */
export function systemError(errno: number, syscall: string, path: Buffer): NodeJS.ErrnoException {
  const [code, text] = getSystemErrorMap().get(-errno) ?? ['EUNKNOWN', `error ${errno}`];
  const error: NodeJS.ErrnoException = new Error(`${code}: ${text}, ${syscall} '${path.toString('utf8')}'`);
  return Object.assign(error, { code, errno: -errno, syscall, path: path.toString('utf8') });
}

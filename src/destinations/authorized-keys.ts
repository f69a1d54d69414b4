// The line for `authorized_keys` on the far side that lets our key do its work there and nothing else.

/** What the key may do. `append` stores and proves; `read` lists and fetches; `full` does all of it. */
export type KeyRight = 'append' | 'read' | 'full';

const rrsyncOptions: Record<KeyRight, string[]> = { append: ['-wo', '-no-del'], read: ['-ro'], full: [] };

/**
 * The line: no shell, no forwarding (`restrict`), only rsync below `path` (`rrsync`), and only from `from` when given
 * (addresses or patterns as sshd(8) takes them). Quoting: the path for the shell there, the whole for authorized_keys.
 */
export function rsyncAuthorizedKeysLine(wanted: {
  publicLine: string;
  path: string;
  right: KeyRight;
  from?: string;
  /** Where rrsync lies over there. */
  rrsync?: string;
}): string {
  const quotedPath = `'${wanted.path.replaceAll("'", String.raw`'\''`)}'`;
  const command = [wanted.rrsync ?? '/usr/bin/rrsync', ...rrsyncOptions[wanted.right], quotedPath].join(' ');
  // Inside the quotes of authorized_keys only `\"` is special.
  const options = ['restrict', ...(wanted.from === undefined ? [] : [`from="${wanted.from}"`])];
  return `${[...options, `command="${command.replaceAll('"', String.raw`\"`)}"`].join(',')} ${wanted.publicLine}`;
}

/** The line for SFTP: no shell, and the server's own SFTP only. */
export function sftpAuthorizedKeysLine(wanted: { publicLine: string; path: string; from?: string }): string {
  const directory = `'${wanted.path.replaceAll("'", String.raw`'\''`)}'`;
  const command = `internal-sftp -d ${directory}`;
  const options = ['restrict', ...(wanted.from === undefined ? [] : [`from="${wanted.from}"`])];
  return `${[...options, `command="${command.replaceAll('"', String.raw`\"`)}"`].join(',')} ${wanted.publicLine}`;
}

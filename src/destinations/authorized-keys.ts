// The line for `authorized_keys` on the far side that lets our key do its work there and nothing else.

/**
 * What the key may do: `append` stores new objects and compares them, nothing else; `write` also overwrites;
 * `read` lists and fetches; `full` does all of it.
 */
export type KeyRight = 'append' | 'write' | 'read' | 'full';

/** What a line is made of. */
export interface AuthorizedKey {
  /** `ssh-ed25519 AAAA… name`. */
  publicLine: string;
  /** The folder over there. Any characters but line breaks. */
  path: string;
  /** Addresses or patterns as sshd(8) takes them; everywhere when it is missing. */
  from?: string;
}

const rrsyncOptions: Record<Exclude<KeyRight, 'append'>, string[]> = {
  write: ['-wo', '-no-del'],
  read: ['-ro'],
  full: [],
};

/**
 * The line that ties a key to rsync below `path` by rrsync, which comes with rsync. rrsync has no way to refuse
 * overwriting: `appendLine` has.
 */
export function rrsyncLine(key: AuthorizedKey, right: Exclude<KeyRight, 'append'>, rrsync = '/usr/bin/rrsync'): string {
  return line(key, [rrsync, ...rrsyncOptions[right], shellQuoted(key.path)].join(' '));
}

/**
 * The line that ties a key to exactly these commands, in that folder. They are compared as a whole, and hold no character
 * that a shell knows; the names of files travel inside the protocol. With the commands of `appendCommands` the server itself runs
 * rsync with `--ignore-existing` and without any `--delete`.
 */
export function appendLine(key: AuthorizedKey, commands: string[]): string {
  const allowed = commands.map((command) => `'${command}'`).join('|');
  const refusal = `*) echo not allowed by this key >&2; exit 1;;`;
  return line(
    key,
    `case "$SSH_ORIGINAL_COMMAND" in ${allowed}) cd ${shellQuoted(key.path)} && exec $SSH_ORIGINAL_COMMAND;; ${refusal} esac`,
  );
}

/** The line for SFTP: no shell, and the server's own SFTP only, starting in that folder. It does not keep the key in there. */
export function sftpLine(key: AuthorizedKey): string {
  return line(key, `internal-sftp -d ${shellQuoted(key.path)}`);
}

function line(key: AuthorizedKey, command: string): string {
  const from = key.from === undefined ? [] : [`from="${key.from}"`];
  // Inside the quotes of authorized_keys only `\"` is special.
  const options = ['restrict', ...from, `command="${command.replaceAll('"', String.raw`\"`)}"`];
  return `${options.join(',')} ${key.publicLine}`;
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

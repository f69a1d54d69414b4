// The commands of a runbook: stock programs only, each block complete in itself, for a shell with `set -e`.
import { dirname } from 'node:path';
import type { CopyFacts, ServerFacts } from './recovery-facts.ts';

/** A word for the shell, whatever is in it. */
export function shellWord(text: string): string {
  return /^[A-Za-z0-9_./:=,@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** Bytes of the largest statement that MariaDB can be told to take: a dump writes each row as one, and its bytes as digits. */
export const largestPacket = 1024 ** 3;
/** Says so to its server, its client and its dump, which take some 16 MiB otherwise. */
export const packetArgs = [`--max-allowed-packet=${largestPacket}`];

// A folder nobody else may enter holds the socket: while a server is filled, only root and its own account reach it.
const work = '/var/tmp/orbit-recover';
const restic = 'restic -r "$REPO" --no-lock --no-cache';
const dumped = (file: string): string => `${restic} dump latest ${shellWord(file)}`;

/** All files, into the new root, without these. */
export function fileCommands(excludes: readonly string[]): string[] {
  const out = excludes.map((path) => `--exclude ${shellWord(path)}`);
  return [`${restic} restore latest --target "$TARGET" ${out.join(' ')}`];
}

// Devices are made anew, in memory: those of the machine at hand must never be reachable below a root that somebody removes.
const devices = ['null 1 3', 'zero 1 5', 'full 1 7', 'random 1 8', 'urandom 1 9'];

/** What programs in the new root need while servers are filled; and afterwards. */
export function mountCommands(): { before: string[]; after: string[] } {
  return {
    before: [
      'mkdir -p "$TARGET/proc" "$TARGET/dev" "$TARGET/run" "$TARGET/tmp" "$TARGET/var/tmp"',
      'chmod 1777 "$TARGET/tmp" "$TARGET/var/tmp"',
      'mount -t proc proc "$TARGET/proc"',
      'mount -t tmpfs -o mode=755 tmpfs "$TARGET/dev"',
      ...devices.map((device) => `mknod -m 666 "$TARGET/dev/${device.replace(' ', '" c ')}`),
      'mkdir -m 1777 "$TARGET/dev/shm"',
      'ln -s /proc/self/fd "$TARGET/dev/fd"',
    ],
    after: ['umount "$TARGET/dev"', 'umount "$TARGET/proc"'],
  };
}

/** Copies of single files, to their places. */
export function copyCommands({ file, path, uid, gid, mode }: CopyFacts): string[] {
  const place = `"$TARGET"${shellWord(path)}`;
  return [
    `mkdir -p "$TARGET"${shellWord(dirname(path))}`,
    `${dumped(file)} > ${place}`,
    `chown ${uid}:${gid} ${place}`,
    `chmod ${mode.toString(8)} ${place}`,
    `rm -f ${place}-wal ${place}-shm ${place}-journal`,
  ];
}

/** An empty server, filled, and stopped again. */
export function serverCommands(server: ServerFacts): string[] {
  return server.engine === 'postgresql' ? postgresCommands(server) : mariadbCommands(server);
}

function postgresCommands(server: ServerFacts): string[] {
  const { account, dataFolder, globals, databases, settings } = server;
  const as = `chroot --userspec=${shellWord(account)}:${shellWord(account)} "$TARGET" `;
  const program = (name: string): string =>
    as + shellWord(server.programs === '' ? name : `${server.programs}/${name}`);
  const data = shellWord(dataFolder);
  const socket = `-h ${work} -U ${shellWord(account)}`;
  return [
    `chroot "$TARGET" install -d -o ${shellWord(account)} -g ${shellWord(account)} -m 0700 ${data} ${work}`,
    `${program('initdb')} -D ${data} --username=${shellWord(account)} --auth=trust ${initdbArgs(settings).map(shellWord).join(' ')}`,
    `${program('pg_ctl')} -D ${data} -w -s -l ${work}/log -o "-c listen_addresses= -c unix_socket_directories=${work}" start`,
    `# "role already exists" is right here: the account that runs the server was made with it.`,
    `${dumped(globals)} | ${program('psql')} -X -q ${socket} -d postgres`,
    ...databases.map(
      ({ name, file }) => `${dumped(file)} | ${program('pg_restore')} ${socket} ${restoreArgs(name).join(' ')}`,
    ),
    `${program('pg_ctl')} -D ${data} -w -s stop`,
    ...(settings['configFile']?.startsWith(`${dataFolder}/`) === true
      ? []
      : [`rm -f "$TARGET"${data}/postgresql.conf "$TARGET"${data}/pg_hba.conf "$TARGET"${data}/pg_ident.conf`]),
    `rm -rf "$TARGET"${work}`,
  ];
}

/** How initdb makes an empty server like the old one. */
export function initdbArgs(settings: Record<string, string>): string[] {
  const { encoding = 'UTF8', collate = 'C', ctype = 'C', checksums = 'off' } = settings;
  return [
    `--encoding=${encoding}`,
    `--lc-collate=${collate}`,
    `--lc-ctype=${ctype}`,
    ...(checksums === 'on' ? ['--data-checksums'] : []),
  ];
}

/** How pg_restore makes a database anew; `postgres` is there already, and is what others connect to meanwhile. */
export function restoreArgs(database: string): string[] {
  const how = ['--exit-on-error', '-d', 'postgres'];
  return database === 'postgres' ? [...how, '--clean', '--if-exists'] : [...how, '--create'];
}

function mariadbCommands({ account, dataFolder, globals, databases }: ServerFacts): string[] {
  const data = shellWord(dataFolder);
  const owner = shellWord(account);
  const client = `chroot "$TARGET" mariadb --no-defaults --socket=${work}/socket --user=root ${packetArgs.join(' ')}`;
  const dumps = [...new Set(databases.map(({ file }) => file))];
  return [
    `chroot "$TARGET" install -d -o ${owner} -g ${owner} -m 0755 ${data}`,
    `chroot "$TARGET" install -d -o ${owner} -g ${owner} -m 0700 ${work}`,
    `chroot "$TARGET" mariadb-install-db --no-defaults --user=${owner} --datadir=${data} --auth-root-authentication-method=socket --skip-test-db > /dev/null`,
    `chroot "$TARGET" mariadbd --no-defaults --user=${owner} --datadir=${data} --socket=${work}/socket --pid-file=${work}/pid --log-error=${work}/log ${packetArgs.join(' ')} --skip-networking < /dev/null > /dev/null 2>&1 &`,
    `for second in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do chroot "$TARGET" mariadb-admin --no-defaults --socket=${work}/socket --user=root --silent ping && break; sleep 1; done`,
    `${dumped(globals)} | ${client}`,
    ...dumps.map((file) => `${dumped(file)} | ${client}`),
    `chroot "$TARGET" mariadb-admin --no-defaults --socket=${work}/socket --user=root shutdown`,
    'wait',
    `rm -rf "$TARGET"${work}`,
  ];
}

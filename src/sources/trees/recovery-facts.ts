// What a system snapshot says of itself for the day of recovery: `/orbit/recovery.json`. A plan and a runbook are made from it.
import { z } from 'zod';
import { Failure } from '../../base/failure.ts';

/** Where Orbit keeps what it adds to a system snapshot. */
export const orbitFolder = '/orbit';

/** The file of the facts. */
export const recoveryFactsPath = `${orbitFolder}/recovery.json`;

const bilingual = z.strictObject({ en: z.string(), pt: z.string() });

/** One database of a server. */
export const databaseFacts = z.strictObject({
  name: z.string(),
  /** Its dump in the snapshot. Databases of one server may share a dump. */
  file: z.string(),
  tables: z.number().int(),
});

/** A database server whose dumps are in the snapshot. */
export const serverFacts = z.strictObject({
  engine: z.enum(['postgresql', 'mariadb']),
  /** Of the profile. */
  profile: z.string(),
  version: z.string(),
  /** The folder of the server's own programs. */
  programs: z.string(),
  /** Who runs it. */
  account: z.string(),
  dataFolder: z.string(),
  /** Who may do everything there, and signs in without a password on that machine. */
  user: z.string(),
  /** MariaDB's socket; the folder of PostgreSQL's. */
  socket: z.string(),
  port: z.number().int(),
  /** What a new, empty server must be made with: encoding, locale. */
  settings: z.record(z.string(), z.string()),
  /** Roles or users: a dump that goes back before any database. */
  globals: z.string(),
  /** In the order in which they go back. */
  databases: z.array(databaseFacts),
  takenAt: z.string(),
  /** True when it was proven that all dumps show the same moment. */
  isOneMoment: z.boolean(),
});

/** A server, as facts tell it. */
export type ServerFacts = z.infer<typeof serverFacts>;

/** How the servers of one run were begun together. */
const momentFacts = z.strictObject({
  profiles: z.array(z.string()),
  /** Why they do not show one moment with each other; missing when they do. */
  why: z.string().optional(),
  /** How long others waited. */
  heldMs: z.number(),
  /** From the first to the last beginning. */
  spanMs: z.number(),
});

/** The moment, as facts tell it. */
export type MomentFacts = z.infer<typeof momentFacts>;

/** A file that was copied consistently, and where it belongs. */
export const copyFacts = z.strictObject({
  file: z.string(),
  path: z.string(),
  uid: z.number().int(),
  gid: z.number().int(),
  mode: z.number().int(),
});

/** A copy, as facts tell it. */
export type CopyFacts = z.infer<typeof copyFacts>;

const profileFacts = z.strictObject({
  name: z.string(),
  kind: z.string(),
  title: z.string(),
  takes: bilingual,
  consistent: bilingual,
  back: bilingual,
});

const fileSystemFacts = z.strictObject({
  mount: z.string(),
  device: z.string(),
  type: z.string(),
  sizeBytes: z.number(),
  usedBytes: z.number(),
  /** By which tables of mounts and boot loaders find it. */
  uuid: z.string().optional(),
  label: z.string().optional(),
  /** The folder of the file system that is mounted, where that is not its top: a subvolume of btrfs. */
  root: z.string().optional(),
});

/** One file system of the machine, as facts tell it. */
export type FileSystemFacts = z.infer<typeof fileSystemFacts>;

const schema = z.strictObject({
  format: z.literal('orbit-recovery'),
  version: z.literal(1),
  orbit: z.string(),
  host: z.string(),
  system: z.strictObject({ name: z.string(), kernel: z.string(), architecture: z.string() }),
  folders: z.array(z.string()),
  excludes: z.array(z.string()),
  fileSystems: z.array(fileSystemFacts),
  profiles: z.array(profileFacts),
  servers: z.array(serverFacts),
  /** Of two servers or more. */
  moment: momentFacts.optional(),
  copies: z.array(copyFacts),
  /** Units of systemd this machine has, of those that profiles know, in the order of starting. */
  services: z.array(z.string()),
  notes: z.array(z.string()),
});

/** All of it. */
export type RecoveryFacts = z.infer<typeof schema>;

// What a package manager knows of the programs around it: on another installation it would be wrong.
const packageDatabases = ['/var/lib/dpkg', '/var/lib/rpm', '/usr/lib/sysimage/rpm'];

/** What of a snapshot stays out when its files come back: what Orbit added, and, where programs do not come back, what is known of them. */
export function staysOut({ folders }: Pick<RecoveryFacts, 'folders'>): string[] {
  return [orbitFolder, ...(folders.includes('/') ? [] : packageDatabases)];
}

/** Reads the facts. @throws Failure `recovery.bad-facts` */
export function parseRecoveryFacts(bytes: Uint8Array): RecoveryFacts {
  try {
    return schema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch (error) {
    throw new Failure('recovery.bad-facts', {
      message: `${recoveryFactsPath} of this snapshot cannot be understood`,
      hint: 'A newer Orbit may have made it: use that version. The runbook in the snapshot works without Orbit.',
      cause: error,
    });
  }
}

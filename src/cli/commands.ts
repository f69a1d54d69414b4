// The list of commands. Each is one file in commands/ and is loaded only when it is asked for.
import type { Command } from 'commander';
import type { CliContext } from './context.ts';

/** Sets the exit code of a command that ends well but not with 0 (partial runs). */
export type SetExitCode = (code: number) => void;

/** A command of the first level. */
export interface CommandEntry {
  name: string;
  summary: string;
  /** `next` is the word after its name: one that has many commands below it may load that one only. */
  load(context: CliContext, setExitCode: SetExitCode, next?: string): Promise<Command>;
}

/** Every command, in the order of the help text. */
export const commands: CommandEntry[] = [
  {
    name: 'start',
    summary: 'make what is missing, run a first backup, then serve',
    load: async (context) => (await import('./commands/start.ts')).startCommand(context),
  },
  {
    name: 'serve',
    summary: 'run scheduled backups until Ctrl-C',
    load: async (context) => (await import('./commands/serve.ts')).serveCommand(context),
  },
  {
    name: 'status',
    summary: 'could we recover right now?',
    load: async (context, setExitCode) => (await import('./commands/status.ts')).statusCommand(context, setExitCode),
  },
  {
    name: 'backup',
    summary: 'run backups now, see what ran, set the hour',
    load: async (context, setExitCode) => (await import('./commands/backup.ts')).backupCommand(context, setExitCode),
  },
  {
    name: 'job',
    summary: 'what is protected, where to, and when',
    load: async (context) => (await import('./commands/job.ts')).jobCommand(context),
  },
  {
    name: 'profile',
    summary: 'what the system backup knows how to take consistently',
    load: async (context) => (await import('./commands/profile.ts')).profileCommand(context),
  },
  {
    name: 'secret',
    summary: 'keep secrets in the built-in vault',
    load: async (context) => (await import('./commands/secret.ts')).secretCommand(context),
  },
  {
    name: 'source',
    summary: 'where the secrets of kits come from',
    load: async (context) => (await import('./commands/source.ts')).sourceCommand(context),
  },
  {
    name: 'destination',
    summary: 'the places that backups are kept at',
    load: async (context, setExitCode) =>
      (await import('./commands/destination.ts')).destinationCommand(context, setExitCode),
  },
  {
    name: 'partition',
    summary: 'a remote partition (CIFS, NFS) that stays mounted',
    load: async (context, setExitCode) =>
      (await import('./commands/partition.ts')).partitionCommand(context, setExitCode),
  },
  {
    name: 'ssh-key',
    summary: "Orbit's own SSH keys",
    load: async (context) => (await import('./commands/ssh-key.ts')).sshKeyCommand(context),
  },
  {
    name: 'ceremony',
    summary: 'make the recovery key, see it, change what opens it',
    load: async (context) => (await import('./commands/ceremony.ts')).ceremonyCommand(context),
  },
  {
    name: 'envelope',
    summary: 'parts of every kit that a team opens with its own key',
    load: async (context) => (await import('./commands/envelope.ts')).envelopeCommand(context),
  },
  {
    name: 'custodian',
    summary: 'who is trusted with a share of the recovery key',
    load: async (context) => (await import('./commands/custodian.ts')).custodianCommand(context),
  },
  {
    name: 'share',
    summary: 'check one share without the others',
    load: async (context) => (await import('./commands/share.ts')).shareCommand(context),
  },
  {
    name: 'kit',
    summary: 'open, search, verify and compare break-glass kits',
    load: async (context) => (await import('./commands/kit.ts')).kitCommand(context),
  },
  {
    name: 'recover',
    summary: 'rebuild a machine from the backup at a destination',
    load: async (context, setExitCode) => (await import('./commands/recover.ts')).recoverCommand(context, setExitCode),
  },
  {
    name: 'drill',
    summary: 'rehearse the emergency and keep signed reports of it',
    load: async (context, setExitCode) => (await import('./commands/drill.ts')).drillCommand(context, setExitCode),
  },
  {
    name: 'recording',
    summary: 'find, watch and keep session recordings in the backup',
    load: async (context) => (await import('./commands/recording.ts')).recordingCommand(context),
  },
  {
    name: 'repo',
    summary: 'work on a repository in the restic format',
    load: async (context, setExitCode, next) =>
      (await import('./commands/repo.ts')).repoCommand(context, setExitCode, next),
  },
  {
    name: 'account',
    summary: 'who may sign in to the console',
    load: async (context) => (await import('./commands/account.ts')).accountCommand(context),
  },
  {
    name: 'token',
    summary: 'what programs may do by the API',
    load: async (context) => (await import('./commands/token.ts')).tokenCommand(context),
  },
  {
    name: 'channel',
    summary: 'who is told what happens, and whether that works',
    load: async (context) => (await import('./commands/channel.ts')).channelCommand(context),
  },
  {
    name: 'report',
    summary: 'reports by mail on a schedule, sent now, or printed',
    load: async (context, setExitCode) => (await import('./commands/report.ts')).reportCommand(context, setExitCode),
  },
  {
    name: 'incident',
    summary: 'what was wrong, from when to when',
    load: async (context) => (await import('./commands/incident.ts')).incidentCommand(context),
  },
  {
    name: 'install',
    summary: 'make the service start with the machine',
    load: async (context) => (await import('./commands/install.ts')).installCommand(context),
  },
  {
    name: 'doctor',
    summary: 'look at everything, and say what to do about each trouble',
    load: async (context, setExitCode) => (await import('./commands/doctor.ts')).doctorCommand(context, setExitCode),
  },
  {
    name: 'healthcheck',
    summary: 'write a health report, to be sent to whoever helps',
    load: async (context, setExitCode) =>
      (await import('./commands/doctor.ts')).healthcheckCommand(context, setExitCode),
  },
  {
    name: 'maintenance',
    summary: 'let no run start by itself for a while',
    load: async (context) => (await import('./commands/maintenance.ts')).maintenanceCommand(context),
  },
  {
    name: 'approval',
    summary: 'four eyes: what waits for a second administrator',
    load: async (context) => (await import('./commands/approval.ts')).approvalCommand(context),
  },
  {
    name: 'audit',
    summary: 'who changed what, and the proof that nobody changed that',
    load: async (context) => (await import('./commands/audit.ts')).auditCommand(context),
  },
  {
    name: 'version',
    summary: 'say which version this is',
    load: async (context) => (await import('./commands/version.ts')).versionCommand(context),
  },
];

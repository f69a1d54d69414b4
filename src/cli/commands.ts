// The list of commands. Each is one file in commands/ and is loaded only when it is asked for.
import type { Command } from 'commander';
import type { CliContext } from './context.ts';

/** Sets the exit code of a command that ends well but not with 0 (partial runs). */
export type SetExitCode = (code: number) => void;

/** A command of the first level. */
export interface CommandEntry {
  name: string;
  summary: string;
  load(context: CliContext, setExitCode: SetExitCode): Promise<Command>;
}

/** Every command, in the order of the help text. */
export const commands: CommandEntry[] = [
  {
    name: 'destination',
    summary: 'the places that backups are kept at',
    load: async (context, setExitCode) =>
      (await import('./commands/destination.ts')).destinationCommand(context, setExitCode),
  },
  {
    name: 'ssh-key',
    summary: "Orbit's own SSH keys",
    load: async (context) => (await import('./commands/ssh-key.ts')).sshKeyCommand(context),
  },
  {
    name: 'version',
    summary: 'say which version this is',
    load: async (context) => (await import('./commands/version.ts')).versionCommand(context),
  },
];

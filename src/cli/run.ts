// Runs one command line to its exit code. Tests call this in process; main.ts calls it for real.
import { Command, CommanderError } from 'commander';
import { isFailure } from '../base/failure.ts';
import { auditOfCommand } from './audited-command.ts';
import { commands } from './commands.ts';
import type { CliContext } from './context.ts';
import { exitCodeOf, exitCodes, printFailure, printJson } from './output.ts';

/** Runs `orbit ARGS` and gives its exit code. Only bugs throw. */
export async function runCli(given: string[], context: CliContext): Promise<number> {
  const args = given[0] === '--version' || given[0] === '-V' ? ['version', ...given.slice(1)] : given;
  const program = new Command('orbit')
    .description('Break-glass and disaster-recovery backup for privileged-access systems.')
    .helpCommand(false)
    .enablePositionalOptions()
    .addHelpText(
      'after',
      '\nThe data folder is ~/.local/share/orbit, or where ORBIT_HOME says.\nExample: orbit backup create',
    );
  let exitCode: number = exitCodes.done;
  const at = args.findIndex((arg) => !arg.startsWith('-'));
  const wanted = args[at];
  for (const entry of commands) {
    // Only the command that is asked for is loaded: the others would cost every start their reading time.
    if (entry.name === wanted) program.addCommand(await entry.load(context, (code) => (exitCode = code), args[at + 1]));
    else program.command(entry.name).description(entry.summary);
  }
  configure(program, context);
  const trail = auditOfCommand(context);
  program.hook('preAction', (_, command) => trail.begin(command));
  try {
    await program.parseAsync(args, { from: 'user' });
    await trail.end();
    return exitCode;
  } catch (error) {
    await trail.end(error);
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    if (context.signal.aborted && !isFailure(error)) {
      context.stderr.write('orbit: stopped\n');
      return exitCodes.interrupted;
    }
    if (!isFailure(error)) throw error;
    if (args.includes('--json')) printJson(context, { error: error.toJSON() });
    else printFailure(context, error);
    return exitCodeOf(error);
  }
}

// Every level must be told: commander does not hand these settings down to commands added whole.
function configure(command: Command, context: CliContext): void {
  command.exitOverride().configureOutput({
    writeOut: (text) => context.stdout.write(text),
    writeErr: (text) => context.stderr.write(text),
  });
  for (const child of command.commands) configure(child, context);
}

// `orbit secret totp`
import { Command } from 'commander';
import { Failure } from '../../base/failure.ts';
import { totpCode } from '../../sources/secrets/totp.ts';
import type { CliContext } from '../context.ts';
import { withHome } from '../open-home.ts';
import { printJson } from '../output.ts';

/** `orbit secret totp SECRET`: the second factor's code of this moment, on standard output alone. */
export function totpCommand(context: CliContext): Command {
  return new Command('totp')
    .description("print a second factor's code of now")
    .argument('<secret>', 'its title, group and title (Servers/db01), or id')
    .option('--json', 'print JSON')
    .addHelpText('after', "\nExample: orbit secret totp 'Cloud console'")
    .action((wanted: string, options: { json?: boolean }) =>
      withHome(context, ({ vault, clock }) => {
        const secret = vault.show(vault.find(wanted).id);
        if (secret.totp === undefined) {
          throw new Failure('secrets.no-totp', {
            message: `'${secret.title}' has no second factor`,
            hint: 'orbit secret edit --totp-file FILE adds one.',
          });
        }
        const { code, secondsLeft } = totpCode(secret.totp, clock);
        if (options.json) printJson(context, { code: code.reveal(), secondsLeft });
        else {
          context.stdout.write(`${code.reveal()}\n`);
          if (context.isTerminal) context.stderr.write(`good for ${secondsLeft} s\n`);
        }
      }),
    );
}

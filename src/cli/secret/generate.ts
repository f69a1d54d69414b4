// `orbit secret generate`
import { Command } from 'commander';
import { generatePassword, passwordBits } from '../../sources/secrets/generate-password.ts';
import type { CliContext } from '../context.ts';
import { printJson } from '../output.ts';
import { addRecipeOptions, type DraftOptions, recipeFrom } from './draft-options.ts';

/** `orbit secret generate`: prints a random password, which is kept nowhere. */
export function generateCommand(context: CliContext): Command {
  return addRecipeOptions(new Command('generate').description('print a random password, kept nowhere'))
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample: orbit secret generate --length 32 --class lower upper digits symbols')
    .action((options: DraftOptions & { json?: boolean }) => {
      const recipe = recipeFrom(options);
      const password = generatePassword(recipe);
      if (options.json) printJson(context, { password: password.reveal(), bits: passwordBits(recipe) });
      else context.stdout.write(`${password.reveal()}\n`);
    });
}

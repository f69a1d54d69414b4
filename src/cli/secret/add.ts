// `orbit secret add`
import { Command } from 'commander';
import { Failure } from '../../base/failure.ts';
import type { CliContext } from '../context.ts';
import { withHome } from '../open-home.ts';
import { printJson, printLine } from '../output.ts';
import { type DraftOptions, addDraftOptions, draftFrom, passwordFrom } from './draft-options.ts';
import { addSshKeyOption, sshKeyDraft } from './ssh-key-option.ts';

interface AddOptions extends DraftOptions {
  password: boolean;
  sshKey?: string;
  json?: boolean;
}

/** `orbit secret add TITLE …`: keeps a new secret; its password is asked for, read, or generated. */
export function addCommand(context: CliContext): Command {
  const command = new Command('add').description('keep a new secret').argument('<title>', 'what people will look for');
  return addSshKeyOption(addDraftOptions(command))
    .option('--no-password', 'it has none (a note, a key file)')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      "\nExample: orbit secret add 'Core switch' --username admin --group Network --generate\n" +
        "Example: orbit secret add 'Deploy key' --ssh-key ~/.ssh/id_ed25519 --no-password",
    )
    .action(async (title: string, options: AddOptions) => {
      if (title.trim() === '') {
        throw new Failure('cli.usage', { message: 'the title is empty', hint: 'Say what people will look for.' });
      }
      const isAsked = options.password && options.type !== 'note';
      const draft = { title, ...sshKeyDraft(options.sshKey), ...draftFrom(options, title) };
      const password = await passwordFrom(context, options, isAsked);
      await withHome(context, ({ vault }) => {
        const id = vault.add({ ...draft, ...(password === undefined ? {} : { password }) });
        if (options.json) printJson(context, { id, title });
        else printLine(context, `kept '${title}' as ${id}`);
      });
    });
}

// `orbit secret …`: the built-in vault on the command line. No value is ever an argument, none is shown unasked.
import { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { addCommand } from '../secret/add.ts';
import { editCommand } from '../secret/edit.ts';
import { exportCommand } from '../secret/export.ts';
import { generateCommand } from '../secret/generate.ts';
import { importCommand } from '../secret/import.ts';
import { listCommand } from '../secret/list.ts';
import { policyCommand } from '../secret/policy.ts';
import { removeCommand, restoreCommand } from '../secret/remove.ts';
import { showCommand } from '../secret/show.ts';
import { totpCommand } from '../secret/totp.ts';

/** `orbit secret` with its commands. */
export function secretCommand(context: CliContext): Command {
  return new Command('secret')
    .description('keep secrets in the built-in vault')
    .helpCommand(false)
    .addCommand(addCommand(context))
    .addCommand(listCommand(context))
    .addCommand(showCommand(context))
    .addCommand(editCommand(context))
    .addCommand(removeCommand(context))
    .addCommand(restoreCommand(context))
    .addCommand(importCommand(context))
    .addCommand(exportCommand(context))
    .addCommand(generateCommand(context))
    .addCommand(totpCommand(context))
    .addCommand(policyCommand(context))
    .addHelpText('after', "\nExample: orbit secret add 'Core switch' --username admin --group Network");
}

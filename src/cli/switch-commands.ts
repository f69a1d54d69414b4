// `enable` and `disable` of whatever has a name and can be switched.
import type { Command } from 'commander';
import type { CliContext } from './context.ts';
import { printJson, printLine } from './output.ts';

/** What is switched, in words, and how. */
export interface Switch {
  /** Descriptions of the two commands. */
  enable: string;
  disable: string;
  /** A name for the examples. */
  example: string;
  /** Does it, and gives what `--json` prints. */
  turn(name: string, isEnabled: boolean): unknown;
}

/** Adds both commands to this one. */
export function addSwitchCommands(command: Command, context: CliContext, { example, turn, ...words }: Switch): void {
  for (const word of ['enable', 'disable'] as const) {
    const isEnabled = word === 'enable';
    command
      .command(`${word} <name>`)
      .description(words[word])
      .option('--json', 'print JSON')
      .addHelpText('after', `\nExample: orbit ${command.name()} ${word} ${example}`)
      .action(async (name: string, { json }: { json?: boolean }) => {
        const turned = await turn(name, isEnabled);
        if (json) printJson(context, turned);
        else printLine(context, `${name} is ${isEnabled ? 'on' : 'off'}.`);
      });
  }
}

// Writes docs/cli.md from the commands themselves, so that it cannot drift. `--check` only compares.
import { readFileSync, writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { commands } from '../src/cli/commands.ts';
import type { CliContext } from '../src/cli/context.ts';
import { exitCodes } from '../src/cli/output.ts';

const file = new URL('../docs/cli.md', import.meta.url);

const context: CliContext = {
  stdout: process.stdout,
  stderr: process.stderr,
  isTerminal: false,
  home: '/nonexistent',
  env: {},
  signal: new AbortController().signal,
};

const meanings: Record<keyof typeof exitCodes, string> = {
  done: 'done',
  failed: 'failed; the message has a code, see [errors.md](errors.md)',
  usage: 'the command line cannot be understood',
  partial: 'done, but something is missing from it (a file that could not be read)',
  noRepository: 'there is no repository at that place',
  locked: 'the repository is locked',
  wrongPassword: 'wrong password, share or key',
  interrupted: 'stopped by Ctrl-C or SIGTERM',
};

/** The text of docs/cli.md. */
export async function cliDocument(): Promise<string> {
  const sections: string[] = [];
  for (const entry of commands) {
    const command = await entry.load(context, () => {});
    for (const leaf of leaves(command, `orbit ${command.name()}`)) sections.push(leaf);
  }
  return `# Commands

Written from the commands' own help by \`node scripts/cli-doc.ts\`. Every command takes \`--help\`. Results go to standard output, everything
else to standard error; \`--json\` prints for machines. The data folder is \`~/.local/share/orbit\`, or where \`ORBIT_HOME\` says.

## Exit codes

| code | meaning |
| --- | --- |
${Object.entries(exitCodes)
  .map(([name, code]) => `| ${code} | ${meanings[name as keyof typeof exitCodes]} |`)
  .join('\n')}

${sections.join('\n')}`;
}

function leaves(command: Command, path: string): string[] {
  if (command.commands.length > 0) return command.commands.flatMap((child) => leaves(child, `${path} ${child.name()}`));
  let help = '';
  command.configureOutput({
    writeOut: (text) => (help += text),
    getOutHelpWidth: () => 110,
    getOutHasColors: () => false,
  });
  command.outputHelp();
  const [, ...rest] = help.split('\n');
  return [`## ${path}\n\n\`\`\`text\n${[`Usage: ${path} ${command.usage()}`, ...rest].join('\n').trimEnd()}\n\`\`\`\n`];
}

if (import.meta.main) {
  const wanted = await cliDocument();
  if (!process.argv.includes('--check')) writeFileSync(file, wanted);
  else if (readFileSync(file, 'utf8') !== wanted) {
    console.error('docs/cli.md is not what the commands say: run node scripts/cli-doc.ts');
    process.exitCode = 1;
  }
}

// `orbit version`
import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { printJson, printLine } from '../output.ts';

/** `orbit version [--json]`: Orbit's version, Node's and the platform's. */
export function versionCommand(context: CliContext): Command {
  return new Command('version')
    .description('say which version this is')
    .option('--json', 'print JSON')
    .action(async (options: { json?: boolean }) => {
      const manifest = JSON.parse(await readFile(new URL('../../../package.json', import.meta.url), 'utf8')) as {
        version: string;
      };
      const facts = {
        orbit: manifest.version,
        node: process.versions.node,
        platform: `${process.platform}-${process.arch}`,
      };
      if (options.json) printJson(context, facts);
      else printLine(context, `orbit ${facts.orbit} (Node ${facts.node}, ${facts.platform})`);
    });
}

// `orbit version`
import { Command } from 'commander';
import { orbitVersion } from '../../base/orbit-version.ts';
import type { CliContext } from '../context.ts';
import { printJson, printLine } from '../output.ts';

/** `orbit version [--json]`: Orbit's version, Node's and the platform's. */
export function versionCommand(context: CliContext): Command {
  return new Command('version')
    .description('say which version this is')
    .option('--json', 'print JSON')
    .action((options: { json?: boolean }) => {
      const facts = {
        orbit: orbitVersion(),
        node: process.versions.node,
        platform: `${process.platform}-${process.arch}`,
      };
      if (options.json) printJson(context, facts);
      else printLine(context, `orbit ${facts.orbit} (Node ${facts.node}, ${facts.platform})`);
    });
}

// `orbit ssh-key`: the keys with which Orbit goes to other machines.
import { Command } from 'commander';
import { createSshKey, ensureSshKey, listSshKeys } from '../../destinations/ssh-key.ts';
import { openInstanceKey } from '../../store/instance-key.ts';
import { openStore } from '../../store/store.ts';
import type { CliContext } from '../context.ts';
import { printJson, printLine, table } from '../output.ts';
import { usageFailure } from '../usage.ts';

/** `orbit ssh-key show|create|list`. */
export function sshKeyCommand(context: CliContext): Command {
  const command = new Command('ssh-key')
    .description("Orbit's own SSH keys; the private halves never leave the data folder")
    .addHelpText('after', '\nExample: orbit ssh-key show >> authorized_keys');
  command
    .command('show')
    .description('print the public key as it goes into authorized_keys; the first call makes it')
    .option('--name <name>', 'which key', 'orbit')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample: orbit ssh-key show')
    .action(async (options: { name: string; json?: boolean }) => {
      await withStore(context, async (store, instanceKey) => {
        const key = await ensureSshKey(store, instanceKey, options.name);
        if (options.json) printJson(context, key);
        else printLine(context, key.publicLine);
      });
    });
  command
    .command('create')
    .description('make another key')
    .option('--name <name>', 'its name', 'orbit')
    .option('--type <type>', 'ed25519, or rsa (4096 bits) for servers that know nothing newer', 'ed25519')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample: orbit ssh-key create --name reading --type ed25519')
    .action(async (options: { name: string; type: string; json?: boolean }) => {
      const { type } = options;
      if (type !== 'ed25519' && type !== 'rsa')
        throw usageFailure(`there is no key type '${type}'`, 'Use ed25519 or rsa.');
      await withStore(context, async (store, instanceKey) => {
        const key = await createSshKey(store, instanceKey, { name: options.name, type });
        if (options.json) printJson(context, key);
        else printLine(context, key.publicLine);
      });
    });
  command
    .command('list')
    .description('list the keys')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample: orbit ssh-key list')
    .action(async (options: { json?: boolean }) => {
      await withStore(context, async (store) => {
        const keys = listSshKeys(store);
        if (options.json) return printJson(context, keys);
        const rows = keys.map((key) => [key.name, key.type, key.createdAt.slice(0, 10), key.publicLine]);
        for (const line of table(['NAME', 'TYPE', 'MADE', 'PUBLIC KEY'], rows)) printLine(context, line);
      });
    });
  return command;
}

async function withStore(
  context: CliContext,
  work: (store: ReturnType<typeof openStore>, instanceKey: ReturnType<typeof openInstanceKey>) => Promise<void>,
): Promise<void> {
  const store = openStore(context.home);
  try {
    await work(store, openInstanceKey(context.home));
  } finally {
    store.close();
  }
}

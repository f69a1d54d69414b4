// KeePass databases made and read by keepassxc-cli, which nobody here wrote.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram } from '../../src/base/program.ts';

/** Runs keepassxc-cli; `lines` answer its questions. Throws when it fails. */
export async function keepassxc(args: string[], ...lines: string[]): Promise<string> {
  const result = await runProgram('keepassxc-cli', args, { input: lines.map((line) => `${line}\n`).join('') });
  if (result.exitCode !== 0) throw new Error(`keepassxc-cli ${args.join(' ')}: ${result.stderr}`);
  return result.stdout.toString('utf8');
}

/**
 * A database with `Servers/db01` (password `second`, once `first`; attachment `key.bin`) and `Mail` in the root, made by
 * keepassxc-cli under `password`, and with a key file beside it when that is wanted.
 */
export async function makeDatabase(
  folder: string,
  password: string,
  withKeyFile = false,
): Promise<{ file: string; keyFile: string }> {
  const file = join(folder, 'made-by-keepassxc.kdbx');
  const keyFile = join(folder, 'made-by-keepassxc.keyx');
  const key = withKeyFile ? ['-k', keyFile] : [];
  await keepassxc(
    ['db-create', '-t', '100', '-p', ...(withKeyFile ? ['--set-key-file', keyFile] : []), file],
    password,
    password,
  );
  await keepassxc(['mkdir', ...key, file, 'Servers'], password);
  await keepassxc(
    ['add', '-q', ...key, '-u', 'root', '--url', 'ssh://db01', '-p', file, 'Servers/db01'],
    password,
    'first',
  );
  await keepassxc(['edit', '-q', ...key, '-p', file, 'Servers/db01'], password, 'second');
  const attachment = join(folder, 'key.bin');
  await writeFile(attachment, Buffer.from([0, 1, 2, 255]));
  await keepassxc(['attachment-import', '-q', ...key, file, 'Servers/db01', 'key.bin', attachment], password);
  await keepassxc(['add', '-q', ...key, '-u', 'me@example', '-p', file, 'Mail'], password, `p'"&<>;| ß🔑`);
  return { file, keyFile };
}

// `--ssh-key FILE`: a private key becomes an attachment, its public half and fingerprint fields that anybody may see.
import { basename } from 'node:path';
import type { Command } from 'commander';
import { SecretString } from '../../base/secret-string.ts';
import { readSshKey } from '../../sources/secrets/ssh-key.ts';
import type { SecretDraft } from '../../sources/secrets/vault/vault-types.ts';

/** Adds `--ssh-key` to a command. */
export function addSshKeyOption(command: Command): Command {
  return command.option('--ssh-key <FILE>', 'keep this private SSH key; its passphrase, if any, is the password');
}

/** The part of a draft that keeps the private key in `file`. */
export function sshKeyDraft(file: string | undefined): Omit<SecretDraft, 'title'> {
  if (file === undefined) return {};
  const { bytes, publicKey, fingerprint } = readSshKey(file);
  const open = (name: string, value: string) => ({ name, value: new SecretString(value), isProtected: false });
  return {
    type: 'ssh-key',
    attachments: [{ name: basename(file), bytes }],
    fields: [open('Public key', publicKey), open('Fingerprint', fingerprint)],
  };
}

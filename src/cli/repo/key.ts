// `orbit repo key list|add|remove|passwd`
import { Command } from 'commander';
import { note } from '../../base/note.ts';
import { Failure } from '../../base/failure.ts';
import type { SecretString } from '../../base/secret-string.ts';
import type { NamedKey } from '../../engine/repository/key-store.ts';
import type { CliContext } from '../context.ts';
import { requireApprovalAtHome } from '../four-eyes.ts';
import { printJson, printLine, table } from '../output.ts';
import { readPassword } from '../password.ts';
import { repositoryName, withLockedRepository, withRepositoryFlags, type RepositoryFlags } from './open.ts';

interface NewPasswordFlags extends RepositoryFlags {
  newPasswordFile?: string;
  host?: string;
  user?: string;
}

/** `orbit repo key`: the passwords of a repository. */
export function keyCommand(context: CliContext): Command {
  return new Command('key')
    .description('list, add, remove or change the passwords of a repository')
    .addCommand(listCommand(context))
    .addCommand(addCommand(context))
    .addCommand(removeCommand(context))
    .addCommand(passwdCommand(context))
    .addHelpText(
      'after',
      '\nExample: orbit repo key add -r /srv/backup -p old.password --new-password-file new.password',
    );
}

function listCommand(context: CliContext): Command {
  return withRepositoryFlags(new Command('list').description('list keys; * is the one in use'))
    .addHelpText('after', '\nExample: orbit repo key list -r /srv/backup -p backup.password')
    .action(async (flags: RepositoryFlags) => {
      await withLockedRepository(context, flags, {}, async (repository, signal) => {
        const keys = await repository.listKeys({ signal });
        const isCurrent = ({ id }: NamedKey): boolean => id === repository.keyId;
        if (flags.json) {
          return printJson(
            context,
            keys.map((key) => ({
              current: isCurrent(key),
              id: key.id.slice(0, 8),
              userName: key.username,
              hostName: key.hostname,
              created: key.created,
            })),
          );
        }
        const rows = keys.map((key) => [
          `${isCurrent(key) ? '*' : ' '}${key.id.slice(0, 8)}`,
          key.username,
          key.hostname,
          key.created.slice(0, 19).replace('T', ' '),
        ]);
        for (const line of table([' ID', 'User', 'Host', 'Created'], rows)) printLine(context, line);
      });
    });
}

function addCommand(context: CliContext): Command {
  return withNewPassword(new Command('add').description('add a password'))
    .option('--host <host>', 'host to note in the key file')
    .option('--user <user>', 'user to note in the key file')
    .addHelpText(
      'after',
      '\nExample: orbit repo key add -r /srv/backup -p old.password --new-password-file new.password',
    )
    .action(async (flags: NewPasswordFlags) => {
      await withLockedRepository(context, flags, {}, async (repository, signal) => {
        const id = await repository.addKey(await readNewPassword(context, flags), {
          signal,
          ...(flags.host === undefined ? {} : { hostname: flags.host }),
          ...(flags.user === undefined ? {} : { username: flags.user }),
        });
        report(context, flags, { added: id }, `added key ${id.slice(0, 8)}`);
      });
    });
}

function removeCommand(context: CliContext): Command {
  return withRepositoryFlags(
    new Command('remove').description('remove a password; data it could read is not sealed anew'),
  )
    .argument('<id>', 'the key, or the beginning of its id')
    .addHelpText('after', '\nExample: orbit repo key remove 3f9a12cd -r /srv/backup -p backup.password')
    .action(async (wanted: string, flags: RepositoryFlags) => {
      await withLockedRepository(context, flags, { exclusive: true }, async (repository, signal) => {
        const found = (await repository.listKeys({ signal })).filter(({ id }) => id.startsWith(wanted));
        const [key] = found;
        if (key === undefined || found.length > 1) throw noSuchKey(wanted, found.length);
        // Without its password a repository is as good as deleted.
        const subject = note('approval.repository-key', {
          id: key.id.slice(0, 8),
          repository: repositoryName(context, flags),
        });
        await requireApprovalAtHome(context, { action: 'backup.delete', subject });
        await repository.removeKey(key.id, { signal });
        report(context, flags, { removed: key.id }, `removed key ${key.id.slice(0, 8)}`);
      });
    });
}

function passwdCommand(context: CliContext): Command {
  return withNewPassword(new Command('passwd').description('replace the password in use by a new one'))
    .addHelpText(
      'after',
      '\nExample: orbit repo key passwd -r /srv/backup -p old.password --new-password-file new.password',
    )
    .action(async (flags: NewPasswordFlags) => {
      await withLockedRepository(context, flags, { exclusive: true }, async (repository, signal) => {
        const id = await repository.changePassword(await readNewPassword(context, flags), { signal });
        report(
          context,
          flags,
          { added: id, removed: repository.keyId },
          `the password is changed, new key ${id.slice(0, 8)}`,
        );
      });
    });
}

function withNewPassword(command: Command): Command {
  return withRepositoryFlags(command).option('--new-password-file <file>', 'file with the new password');
}

function readNewPassword(context: CliContext, flags: NewPasswordFlags): Promise<SecretString> {
  return readPassword(context, {
    file: flags.newPasswordFile,
    variables: [],
    prompt: 'new password of the repository',
    repeat: true,
    flag: '--new-password-file',
  });
}

function report(context: CliContext, flags: RepositoryFlags, json: object, text: string): void {
  if (flags.json) printJson(context, json);
  else printLine(context, text);
}

function noSuchKey(wanted: string, count: number): Failure {
  return new Failure('repository.no-such-key', {
    message: count === 0 ? `no key's id starts with '${wanted}'` : `the ids of ${count} keys start with '${wanted}'`,
    hint: 'See which there are with `orbit repo key list`.',
  });
}

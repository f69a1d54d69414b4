// `orbit repo init`
import { Command } from 'commander';
import { Repository } from '../../engine/repository/repository.ts';
import type { CliContext } from '../context.ts';
import { printJson, printLine } from '../output.ts';
import { usageFailure } from '../usage.ts';
import { openPlace, readRepositoryPassword, withRepositoryFlags, type RepositoryFlags } from './open.ts';

/** `orbit repo init`: makes a repository that stock restic opens as well. */
export function initCommand(context: CliContext): Command {
  const command = new Command('init')
    .description('make a repository')
    .option('--repository-version <version>', '2, or 1 for programs that cannot decompress', '2');
  return withRepositoryFlags(command)
    .addHelpText('after', '\nExample: orbit repo init -r /srv/backup --password-file /root/backup.password')
    .action(async (flags: RepositoryFlags & { repositoryVersion: string }) => {
      const version = ({ '1': 1, '2': 2 } as const)[flags.repositoryVersion];
      if (version === undefined)
        throw usageFailure(`there is no repository version '${flags.repositoryVersion}'`, 'Use 1 or 2.');
      const backend = await openPlace(context, flags, true);
      try {
        const password = await readRepositoryPassword(context, flags, true);
        const repository = await Repository.init(backend, password, { version, signal: context.signal });
        const { id } = repository.config;
        repository.close();
        if (flags.json) printJson(context, { message_type: 'initialized', id, repository: backend.location, version });
        else {
          printLine(context, `made repository ${id.slice(0, 10)} (version ${version}) at ${backend.location}`);
          printLine(context, 'Without its password nothing in it can ever be read again: keep a copy elsewhere.');
        }
      } finally {
        await backend.close();
      }
    });
}

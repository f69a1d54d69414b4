// `orbit repo serve`
import { randomBytes } from 'node:crypto';
import { Command } from 'commander';
import { SecretString } from '../../base/secret-string.ts';
import type { CliContext } from '../context.ts';
import { printJson, printLine } from '../output.ts';
import { usageFailure } from '../usage.ts';
import { withLockedRepository, withRepositoryFlags, type RepositoryFlags } from './open.ts';
import { serveView, viewUser } from './webdav/server.ts';
import { RepositoryView } from './webdav/view.ts';

/** `orbit repo serve`: the snapshots as folders, read-only, by WebDAV on this machine, until it is stopped. */
export function serveCommand(context: CliContext): Command {
  const command = new Command('serve')
    .description('show the snapshots as folders by WebDAV, read-only, to programs on this machine, until it is stopped')
    .option('--port <n>', 'port on 127.0.0.1 (default: a free one)', '0');
  return withRepositoryFlags(command)
    .addHelpText('after', '\nExample: orbit repo serve -r /srv/backup -p backup.password')
    .action(async (flags: RepositoryFlags & { port: string }) => {
      const port = Number(flags.port);
      if (!/^\d{1,5}$/.test(flags.port) || port > 65_535)
        throw usageFailure(`'${flags.port}' is no port`, 'Give a number up to 65535, or leave it out.');
      // Known to whoever started it, for as long as it runs.
      const password = new SecretString(randomBytes(15).toString('base64url'));
      await withLockedRepository(context, flags, {}, async (repository, signal) => {
        const snapshots = await repository.listSnapshots({ signal });
        const indexed = await repository.loadIndex({ signal });
        try {
          const view = new RepositoryView(indexed, snapshots);
          await serveView({ view, indexed, password, signal }, port, (chosen) => {
            const url = `http://127.0.0.1:${chosen}/`;
            if (flags.json) return printJson(context, { url, user: viewUser, password: password.reveal() });
            printLine(context, `${snapshots.length} snapshot(s) at ${url}`);
            printLine(context, `user ${viewUser}, password ${password.reveal()} (until this is stopped with Ctrl-C)`);
            return undefined;
          });
        } finally {
          await indexed.close();
        }
      });
    });
}

// `orbit serve`: the service without the first start's questions.
import { Command } from 'commander';
import { defaultListen } from '../../api/server.ts';
import { openApp } from '../../app.ts';
import type { CliContext } from '../context.ts';
import { serve } from '../service.ts';

/** `orbit serve [--listen HOST:PORT]`: scheduler and health endpoint, until Ctrl-C. */
export function serveCommand(context: CliContext): Command {
  return new Command('serve')
    .description('run scheduled backups and answer on the health endpoint, until Ctrl-C')
    .option('--listen <address>', 'host:port to listen on', defaultListen)
    .addHelpText('after', '\nExample: orbit serve --listen 127.0.0.1:7420')
    .action(async (options: { listen: string }) => {
      const app = openApp(context.home);
      try {
        await serve(context, app, options.listen);
      } finally {
        app.close();
      }
    });
}

// `orbit serve`: the service without the first start's questions.
import { Command } from 'commander';
import { openApp } from '../../app.ts';
import type { CliContext } from '../context.ts';
import { type ServeOptions, withServeOptions } from '../serve-options.ts';
import { serve } from '../service.ts';

/** `orbit serve [--listen HOST:PORT]`: scheduler, API and console, until Ctrl-C. */
export function serveCommand(context: CliContext): Command {
  const command = new Command('serve').description('run scheduled backups, the console and the API, until Ctrl-C');
  return withServeOptions(command)
    .addHelpText('after', '\nExample: orbit serve --listen 127.0.0.1:7420')
    .action(async (options: ServeOptions) => {
      const app = openApp(context.home);
      try {
        await serve(context, app, options);
      } finally {
        app.close();
      }
    });
}

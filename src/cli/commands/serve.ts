// `orbit serve`: the service without the first start's questions.
import { Command } from 'commander';
import { defaultListen } from '../../api/server.ts';
import { openApp } from '../../app.ts';
import type { CliContext } from '../context.ts';
import { type ServeOptions, serve } from '../service.ts';

/** `orbit serve [--listen HOST:PORT]`: scheduler, API and console, until Ctrl-C. */
export function serveCommand(context: CliContext): Command {
  return new Command('serve')
    .description('run scheduled backups, the console and the API, until Ctrl-C')
    .option('--listen <address>', 'host:port to listen on', defaultListen)
    .option('--certificate <file>', 'certificate in PEM: serve by TLS, which any address but this machine’s own needs')
    .option('--certificate-key <file>', 'its private key in PEM')
    .option('--tls', 'serve by TLS with a certificate of its own making; its fingerprint is printed')
    .option('--state-for <address...>', 'addresses and networks that GET /state is answered to, besides this machine')
    .option('--metrics-file <file>', 'keep the metrics in this file too, for node-exporter’s textfile collector')
    .option('--look-every <seconds>', 'how often destinations are looked at, 1 to 3600 (60)')
    .option('--full-speed', 'do not let others have processor and disk first')
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

// `orbit backup rekey`: a new master key for a repository that a job fills, wherever its destination is.
import { join } from 'node:path';
import type { Command } from 'commander';
import { requireApproval } from '../accounts/approval.ts';
import { prefixedBackend } from '../backends/prefixed.ts';
import { openPlace } from '../jobs/place.ts';
import { repositoryPassword } from '../jobs/repository-passwords.ts';
import { lockRetryMs } from '../jobs/repository-run.ts';
import { actor } from './actor.ts';
import type { CliContext } from './context.ts';
import { withHome } from './open-home.ts';
import { rekeyCommand, type RekeyFlags } from './rekey-actions.ts';
import { usageFailure } from './usage.ts';
import { whichRepositories } from './which-repositories.ts';

interface TargetFlags extends RekeyFlags {
  destination?: string;
  kind?: string;
}

/** `orbit backup rekey copy|status|switch|remove-old|cancel`. The password stays: the job goes on with it, and so do its sealed copies. */
export function backupRekeyCommand(context: CliContext): Command {
  const { signal } = context;
  return rekeyCommand(context, {
    name: 'orbit backup rekey',
    example: '--destination nas --kind system',
    withFlags: (command) =>
      command
        .option('--destination <name>', 'at this destination')
        .option('--kind <kind>', 'of this kind: system, recordings')
        .option('--json', 'print JSON'),
    open: (flags: TargetFlags, work) =>
      withHome(context, async (app) => {
        const [target, ...others] = whichRepositories(app.store, {
          ...(flags.destination === undefined ? {} : { destination: [flags.destination] }),
          ...(flags.kind === undefined ? {} : { kind: [flags.kind] }),
        });
        if (target === undefined || others.length > 0)
          throw usageFailure('several repositories are meant', 'Name one with --destination and --kind.');
        const { destination, kind } = target;
        const place = await openPlace(app, destination, { signal });
        try {
          await work({
            backend: prefixedBackend(place.backend, kind),
            passwords: () => {
              const password = repositoryPassword(app, destination, kind);
              return Promise.resolve({ password, newPassword: password });
            },
            datesFolder: join(app.home, 'cache'),
            retryMs: lockRetryMs,
            approve: (subject) => {
              requireApproval(app, { action: 'backup.delete', subject }, actor());
              return Promise.resolve();
            },
          });
        } finally {
          await place.close();
        }
      }),
  });
}

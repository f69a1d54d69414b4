// The commands of a move to a new master key, for a repository in a folder and for one that a job fills: how each is reached is theirs.
import { Command } from 'commander';
import type { Backend } from '../backends/backend.ts';
import { note, type PlainNote } from '../base/note.ts';
import { formatBytes, formatCount } from '../base/quantities.ts';
import { cancelRekey, continueRekey, type RekeyPasswords, removeOld, switchRekey } from '../engine/rekey/rekey.ts';
import { loadRekeyState, type RekeyState } from '../engine/rekey/rekey-state.ts';
import type { CliContext } from './context.ts';
import { printJson, printLine } from './output.ts';
import { maintenanceLine } from './repo/maintenance-line.ts';

/** A repository whose key changes. */
export interface RekeyPlace {
  backend: Backend;
  passwords(): Promise<RekeyPasswords>;
  /** For what was read back already. */
  datesFolder: string;
  retryMs: number;
  /** Asks whoever must agree before anything goes for good. */
  approve(subject: PlainNote): Promise<void>;
}

/** The flags that all have. */
export interface RekeyFlags {
  json?: boolean;
  dryRun?: boolean;
}

/** How repositories are reached. */
export interface RekeyAccess {
  /** Such as `orbit repo rekey`. */
  name: string;
  /** What names a repository in the examples. */
  example: string;
  /** Adds the flags that name one, and with `isMove` those that open it. */
  withFlags(command: Command, isMove: boolean): Command;
  open(flags: RekeyFlags, work: (place: RekeyPlace) => Promise<void>): Promise<void>;
}

/** `… rekey copy|status|switch|remove-old|cancel`. */
export function rekeyCommand(context: CliContext, access: RekeyAccess): Command {
  const { name, example, open } = access;
  const { signal } = context;
  const command = new Command('rekey').description(
    'give a repository a new master key: what lies there is sealed anew, beside it, and takes its place',
  );
  const add = (
    which: string,
    description: string,
    isMove: boolean,
    work: (place: RekeyPlace, flags: RekeyFlags) => Promise<void>,
  ): Command => {
    const added = access.withFlags(new Command(which).description(description), isMove);
    added
      .addHelpText('after', `\nExample: ${name} ${which} ${example}`)
      .action((flags: RekeyFlags) => open(flags, (place) => work(place, flags)));
    command.addCommand(added);
    return added;
  };

  add(
    'copy',
    'carry everything over into a new repository, and prove it; begins or goes on',
    true,
    async (place, flags) => {
      const line = maintenanceLine(context, flags.json === true);
      const result = await continueRekey(place.backend, await place.passwords(), {
        ...place,
        signal,
        report(event) {
          if (event.type !== 'problem' && event.type !== 'packs-chosen' && event.type !== 'pack-read')
            line.report(event);
        },
      }).finally(line.end);
      if (flags.json) return printJson(context, result);
      const { snapshots, copied, bytes, bytesProved } = result;
      printLine(
        context,
        `${formatCount(snapshots)} snapshot(s) are in the new repository, ${formatCount(copied)} of them new (${formatBytes(bytes)}); read back ${formatBytes(bytesProved)}`,
      );
      printLine(context, `complete and proved: ${name} switch lets it take the place of the old one`);
    },
  );

  add('status', 'how far it is', false, async ({ backend }, flags) => {
    const state = await loadRekeyState(backend, { signal });
    if (flags.json) printJson(context, { phase: 'none', ...state });
    else printLine(context, statusText(name, state));
  });

  add(
    'switch',
    'carry over what came since, and let the new repository take the place of the old one',
    true,
    async (place, flags) => {
      const { backend } = place;
      if (flags.dryRun) {
        const state = await loadRekeyState(backend, { signal });
        if (flags.json) return printJson(context, { dryRun: true, phase: 'none', ...state });
        printLine(context, `${statusText(name, state)}; nothing was changed: this was a dry run`);
        return undefined;
      }
      const result = await switchRekey(backend, await place.passwords(), { ...place, signal });
      if (flags.json) return printJson(context, { switched: true, ...result });
      printLine(context, `the repository at ${backend.location} has its new master key`);
      printLine(context, `the old one lies there too; remove it with ${name} remove-old when all is well`);
      return undefined;
    },
  ).option('-n, --dry-run', 'say what would be done');

  add('remove-old', 'remove the old repository for good', false, async ({ backend, approve }, flags) => {
    if (flags.dryRun) {
      const isThere = (await loadRekeyState(backend, { signal }))?.phase === 'switched';
      if (flags.json) return printJson(context, { dryRun: true, removes: isThere });
      printLine(context, isThere ? 'the old repository would be removed' : 'there is no old repository to remove');
      return undefined;
    }
    await approve(note('approval.old-repository', { location: backend.location }));
    await removeOld(backend, { signal });
    if (flags.json) return printJson(context, { removed: true });
    printLine(context, `removed the old repository at ${backend.location}`);
    return undefined;
  }).option('-n, --dry-run', 'say what would be removed');

  add('cancel', 'give it up before the switch: what was carried over is removed', false, async ({ backend }, flags) => {
    await cancelRekey(backend, { signal });
    if (flags.json) return printJson(context, { cancelled: true });
    printLine(context, 'given up; the repository was not touched, and the next prune removes the packs of the new one');
    return undefined;
  });
  return command.addHelpText('after', `\nExample: ${name} copy ${example}`);
}

function statusText(name: string, state: RekeyState | undefined): string {
  if (state === undefined) return 'nothing is carried over';
  const words = {
    copying: `begun ${state.startedAt}, ${state.provedAt === undefined ? 'not complete yet' : `complete and proved ${state.provedAt}`}`,
    switching: `a crash interrupted the switch: run ${name} switch again`,
    switched: `the new master key is in use; the old repository lies there until ${name} remove-old`,
  };
  return words[state.phase];
}

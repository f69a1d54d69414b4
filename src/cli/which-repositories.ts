// Which of the repositories that jobs fill a command works on.
import type { Command } from 'commander';
import { type VerificationTarget, verificationTargets } from '../jobs/verification.ts';
import type { Store } from '../store/store.ts';
import { usageFailure } from './usage.ts';

/** What is chosen; without either, all of them. */
export interface WhichOptions {
  destination?: string[];
  kind?: string[];
}

/** Adds the options that choose. */
export function withWhich(command: Command): Command {
  return command
    .option('--destination <name...>', 'only at these destinations')
    .option('--kind <kind...>', 'only these kinds: system, recordings');
}

/** The chosen ones. @throws Failure `cli.usage` when there is none. */
export function whichRepositories(store: Store, options: WhichOptions): VerificationTarget[] {
  const chosen = verificationTargets(store).filter(
    ({ kind, destination }) =>
      (options.kind?.includes(kind) ?? true) && (options.destination?.includes(destination) ?? true),
  );
  if (chosen.length > 0) return chosen;
  throw usageFailure('there is no repository by that', 'See orbit job list for kinds and destinations.');
}

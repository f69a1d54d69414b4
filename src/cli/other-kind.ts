// `orbit destination set`, `source set` and `channel set` have one command for each kind, so that its flags are known.
import { usageFailure } from './usage.ts';

/** @throws Failure `cli.usage` when what is to be changed is of another kind than the command was written for */
export function refuseOtherKind(what: string, name: string, kind: string, written: string): void {
  if (kind === written) return;
  throw usageFailure(`${name} is of the kind ${kind}`, `Write orbit ${what} set ${kind} ${name}.`);
}

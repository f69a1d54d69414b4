// Secrets that could not be read: the others come first, these are named at the end, none is forgotten.
import { Failure, isFailure } from '../../base/failure.ts';

/** Collects what could not be read. */
export interface Unreadable {
  /** Notes a failure of one secret; `what` names it. What is no Failure is a bug and is thrown at once. */
  note(what: string, error: unknown): void;
  /** @throws Failure `secrets.unreadable` when anything was noted. */
  throwIfAny(source: string): void;
}

/** An empty collection. */
export function unreadableSecrets(): Unreadable {
  const names: string[] = [];
  let first: Failure | undefined;
  return {
    note(what, error) {
      if (!isFailure(error)) throw error;
      first ??= error;
      names.push(what);
    },
    throwIfAny(source) {
      if (first === undefined) return;
      throw new Failure('secrets.unreadable', {
        message: `${names.length} secrets of ${source} could not be read: ${names.slice(0, 10).join(', ')}${names.length > 10 ? ', …' : ''}`,
        hint: first.hint ?? 'Look at the first cause below.',
        cause: first,
        facts: { unreadableCount: names.length },
      });
    },
  };
}

// How commands print: results to standard output (text or JSON), everything else to standard error.
import type { Failure } from '../base/failure.ts';
import type { CliContext } from './context.ts';
import { printableLines } from './printable.ts';

/** Exit codes of every command; restic's where the meaning is the same. Documented in docs/cli.md. */
export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  partial: 3,
  noRepository: 10,
  locked: 11,
  wrongPassword: 12,
  interrupted: 130,
} as const;

const codeOfFailure: Record<string, number> = {
  'repository.not-found': exitCodes.noRepository,
  'repository.locked': exitCodes.locked,
  'repository.wrong-password': exitCodes.wrongPassword,
  'breakglass.wrong-password': exitCodes.wrongPassword,
  'cli.usage': exitCodes.usage,
};

/** The exit code that stands for this failure. */
export function exitCodeOf(failure: Failure): number {
  return codeOfFailure[failure.code] ?? exitCodes.failed;
}

/** Prints one line to standard output. */
export function printLine(context: CliContext, line = ''): void {
  context.stdout.write(`${line}\n`);
}

/** Prints one value as a line of JSON to standard output. */
export function printJson(context: CliContext, value: unknown): void {
  context.stdout.write(`${JSON.stringify(value)}\n`);
}

/** Prints a failure for people: what, why by its causes, what to do, and the code to look up. */
export function printFailure(context: CliContext, failure: Failure): void {
  const lines = [`orbit: ${failure.message}`];
  // What a server said is among them.
  for (let cause = failure.cause; cause instanceof Error; cause = cause.cause) lines.push(`  because ${cause.message}`);
  if (failure.hint !== undefined) lines.push(`  → ${failure.hint}`);
  lines.push(`  [${failure.code}]`);
  context.stderr.write(`${printableLines(lines.join('\n'))}\n`);
}

/** Lays rows out in columns, each as wide as its widest cell; the last column is not padded. */
export function table(header: string[], rows: string[][]): string[] {
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => [...(row[column] ?? '')].length)));
  return all.map((row) =>
    row
      .map((cell, column) =>
        column === row.length - 1 ? cell : cell + ' '.repeat((widths[column] ?? 0) - [...cell].length),
      )
      .join('  ')
      .trimEnd(),
  );
}

// Any program as a source: it prints the secrets as lines of JSON. The way to a vault that Orbit does not know.
import { z } from 'zod';
import { Failure } from '../../../../base/failure.ts';
import type { Operation } from '../../../../base/operation.ts';
import { runProgram } from '../../../../base/program.ts';
import { field, place, secretText } from '../../../../base/secret-schema.ts';
import type { SecretSourceKind } from '../../secret-source.ts';
import { idLines, secretLines } from './program-lines.ts';

const config = z.strictObject({
  command: place(field(z.string().startsWith('/'), 'Program', 'its full path; no shell is involved')),
  args: place(field(z.array(z.string()).default([]), 'Arguments', 'one by one; a secret does not belong here')),
  censusArgs: place(
    field(
      z.array(z.string()).default([]),
      'Arguments for the census',
      'with these it prints ids only; without, the secrets are read once more and counted',
    ),
  ),
  input: secretText('Standard input', 'handed to the program, such as a password it needs').optional(),
  timeoutSeconds: field(z.number().int().min(1).max(86_400).default(600), 'Time limit', 'seconds'),
  outputMiBMax: field(z.number().int().min(1).max(1024).default(256), 'Output limit', 'MiB'),
});

type ProgramConfig = z.infer<typeof config>;

/** A program that prints secrets. Its exit code must be 0 and its last line must say that it is the last. */
export const program: SecretSourceKind<ProgramConfig> = {
  kind: 'program',
  title: 'Program',
  config,
  open: async (settings) => ({
    async census(options = {}) {
      const hasCensus = settings.censusArgs.length > 0;
      const output = await outputOf(settings, hasCensus ? settings.censusArgs : settings.args, options);
      try {
        if (hasCensus) return { ids: idLines(output, settings.command) };
        return { ids: [...secretLines(output, settings.command)].map(({ id }) => id) };
      } finally {
        output.fill(0);
      }
    },
    async *read(options = {}) {
      const output = await outputOf(settings, settings.args, options);
      try {
        yield* secretLines(output, settings.command);
      } finally {
        output.fill(0);
      }
    },
    close: async () => {},
  }),
};

async function outputOf(settings: ProgramConfig, args: string[], options: Operation): Promise<Buffer> {
  const { exitCode, stdout } = await runProgram(settings.command, args, {
    timeoutMs: settings.timeoutSeconds * 1000,
    maxOutputBytes: settings.outputMiBMax * 1024 * 1024,
    ...(settings.input === undefined ? {} : { input: settings.input.reveal() }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  if (exitCode === 0) return stdout;
  stdout.fill(0);
  throw new Failure('secrets.program-failed', {
    // What it says on standard error is not repeated: nobody knows whether a secret is in it.
    message: `${settings.command} ended with exit code ${exitCode}`,
    hint: 'Run it by hand as the user Orbit runs as, and read what it says.',
    facts: { exitCode },
  });
}

// Asks a person for something that is no secret.
import { createInterface } from 'node:readline/promises';
import { Failure } from '../base/failure.ts';
import type { CliContext } from './context.ts';
import { standardInput } from './prompt.ts';

/** True when somebody sits at a terminal who can be asked. */
export function canAsk(context: CliContext): boolean {
  return standardInput(context).isTTY === true;
}

/**
 * Asks on the terminal and gives the answer without blanks around it; asks again while `isNeeded` and nothing was said.
 * @throws Failure `cli.no-terminal` where nobody can be asked; the context's signal reason when stopped.
 */
export async function ask(
  context: CliContext,
  question: string,
  options: { isNeeded?: boolean } = {},
): Promise<string> {
  const input = standardInput(context);
  if (input.isTTY !== true) {
    throw new Failure('cli.no-terminal', {
      message: `there is no terminal to ask for: ${question.replace(/[:?]?\s*$/, '')}`,
      hint: 'Run this on a terminal, or give the value by a flag (see --help).',
    });
  }
  const lines = createInterface({ input, output: context.stderr, terminal: false });
  try {
    for (;;) {
      const answer = (await lines.question(question, { signal: context.signal })).trim();
      if (answer !== '' || options.isNeeded !== true) return answer;
    }
  } finally {
    lines.close();
  }
}

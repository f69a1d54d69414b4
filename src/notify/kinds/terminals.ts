// Channel kind: the terminals of this machine. What is critical is written to everybody who is signed in there, by the system's own
// `wall`: whoever is at work on the machine may be the one who can help.
import { note } from '../../base/note.ts';
import { z } from 'zod';
import { tellEvent } from '../../base/event.ts';
import { Failure } from '../../base/failure.ts';
import { runProgram } from '../../base/program.ts';
import { field } from '../../base/secret-schema.ts';
import type { ChannelContext, ChannelKind, ChannelMessage } from '../channel.ts';
import { eventMail } from '../mail/texts.ts';

/** Settings of the terminals. */
export const terminalsConfig = z.object({ language: field(z.enum(['en', 'pt']).default('en'), 'Language') });

/** Settings of the terminals. */
export type TerminalsConfig = z.infer<typeof terminalsConfig>;

// A terminal that takes nothing (stopped by its user) is given up after this.
const patienceSeconds = 10;
const columns = 78;

/** The kind `terminals`. */
export const terminals: ChannelKind<TerminalsConfig> = {
  kind: 'terminals',
  title: 'Terminals of this machine',
  config: terminalsConfig,
  defaultFilter: { minimumSeverity: 'critical', also: [], never: [], kinds: [] },
  // Nobody wants yesterday's matters in the middle of a line.
  expiresAfterMs: 10 * 60_000,
  open(config, context) {
    return {
      async send(messages, operation) {
        for (const message of messages) {
          const open = await openTerminals(operation.signal);
          for (const { user, line } of open)
            operation.report?.({ type: 'step', note: note('channel.signed-in-at', { user, line }) });
          if (open.length === 0) operation.report?.({ type: 'step', note: note('channel.nobody-signed-in') });
          else await write(wallText(message, config, context), open.length, operation.signal);
          operation.report?.({ type: 'delivered', message });
        }
      },
    };
  },
};

/** What stands on the terminals: the line a mail would have as its subject, what happened, and what to do. */
export function wallText({ event }: ChannelMessage, { language }: TerminalsConfig, context: ChannelContext): string {
  const { told, advice } = tellEvent(event, language);
  const { subject } = eventMail(event, language, context);
  const lines = [subject, ...told.split('\n'), ...(advice === undefined ? [] : [advice])];
  return lines.map((line) => `${broken(line)}\n`).join('');
}

// At blanks: `wall` breaks lines itself, in the middle of words.
function broken(line: string): string {
  return line.replace(new RegExp(`(.{1,${columns}})(?:\\s+|$)`, 'g'), '$1\n').trimEnd();
}

// Who is signed in, as the system tells. Its lines: user, time, and more; the second word is the terminal.
async function openTerminals(signal: AbortSignal | undefined): Promise<{ user: string; line: string }[]> {
  const { stdout } = await run('who', [], '', signal);
  return stdout
    .split('\n')
    .map((line) => line.split(/\s+/))
    .flatMap(([user = '', line]) => (line === undefined ? [] : [{ user, line }]));
}

async function write(text: string, open: number, signal: AbortSignal | undefined): Promise<void> {
  const { stderr } = await run('wall', ['--timeout', String(patienceSeconds)], text, signal);
  // One line for each terminal that refused.
  const refusals = stderr.split('\n').filter((line) => line !== '');
  if (refusals.length < open) return;
  throw new Failure('notify.refused', {
    message: `no terminal took the message: ${refusals.join('; ')}`,
    hint: 'Let the service write to terminals: orbit install --allow terminals. A user may also have said `mesg n`.',
  });
}

async function run(
  program: string,
  args: string[],
  input: string,
  signal: AbortSignal | undefined,
): Promise<{ stdout: string; stderr: string }> {
  const timeoutMs = 2 * patienceSeconds * 1000;
  const ended = await runProgram(program, args, { input, timeoutMs, ...(signal === undefined ? {} : { signal }) });
  if (ended.exitCode === 0) return { stdout: ended.stdout.toString('utf8'), stderr: ended.stderr };
  throw new Failure('notify.unreachable', {
    message: `${program} ended with ${ended.exitCode}: ${ended.stderr.trim()}`,
    hint: 'It belongs to the system: util-linux has wall, coreutils has who.',
  });
}

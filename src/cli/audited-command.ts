// Keeps what commands changed in the audit trail, as the API does for requests. Every command is kept unless it is listed
// here as one that only reads; those that work without a data folder leave no trace in one.
import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { App } from '../app.ts';
import { isFailure } from '../base/failure.ts';
import type { SettingsState } from '../audit/changes.ts';
import type { CliContext } from './context.ts';

// First words of commands that need no data folder, or that serve and have their requests kept.
const apart = new Set([
  'kit',
  'share',
  'repo',
  'version',
  'serve',
  'start',
  'audit',
  'doctor',
  'healthcheck',
  'install',
]);
// Last words of commands that only read.
const reading = new Set([
  'list',
  'show',
  'status',
  'kinds',
  'report',
  'totp',
  'events',
  'scopes',
  'deliver',
  'holds',
  'print',
]);

interface Begun {
  action: string;
  subject: string;
  before: SettingsState;
}

/** Follows one command line. Never throws: a trail that cannot be written is said on standard error. */
export function auditOfCommand(context: CliContext): {
  begin(command: Command): Promise<void>;
  end(error?: unknown): Promise<void>;
} {
  let begun: Begun | undefined;
  return {
    async begin(command) {
      const words = wordsOf(command);
      const isReading = reading.has(words.at(-1) ?? '') || command.opts()['dryRun'] === true;
      if (apart.has(words[1] ?? '') || isReading) return;
      const before = await atHome(context, async (app) => (await stateReader())(app));
      begun = { action: words.join(' '), subject: command.args.join(' ').slice(0, 200), before: before ?? {} };
    },
    async end(error) {
      const command = begun;
      begun = undefined;
      if (command === undefined || (error !== undefined && !isFailure(error))) return;
      const { action, subject, before } = command;
      await atHome(context, async (app) => {
        const { changesBetween } = await import('../audit/changes.ts');
        app.audit.append({
          actor: userInfo().username,
          method: 'CLI',
          action,
          ...(subject === '' ? {} : { subject }),
          ...(error === undefined ? { outcome: 'done' } : { outcome: 'refused', code: error.code }),
          ...changesBetween(before, (await stateReader())(app)),
        });
      });
    },
  };
}

function wordsOf(command: Command): string[] {
  const words: string[] = [];
  for (let level: Command | null = command; level !== null; level = level.parent) words.unshift(level.name());
  return words;
}

// Loaded only here: a command that leaves no trace must not pay for it.
async function stateReader() {
  return (await import('../api/settings-state.ts')).settingsState;
}

async function atHome<Result>(context: CliContext, work: (app: App) => Promise<Result>): Promise<Result | undefined> {
  if (!existsSync(join(context.home, 'orbit.db'))) return undefined;
  try {
    const { withHome } = await import('./open-home.ts');
    return await withHome(context, work);
  } catch (error) {
    // The command itself says what is wrong with the data folder, if anything is.
    if (!isFailure(error)) throw error;
    context.stderr.write(`orbit: the audit trail was not written: ${error.message}\n`);
    return undefined;
  }
}

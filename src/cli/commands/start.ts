// `orbit start`: from an empty machine to a first backup that was read back, then the service.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { readOverview } from '../../api/overview.ts';
import { type App, openApp } from '../../app.ts';
import { orbitEvent } from '../../base/event.ts';
import { SecretString } from '../../base/secret-string.ts';
import { type Language, languageOf } from '../../base/language.ts';
import { startCeremony } from '../../breakglass/ceremony.ts';
import { generatePassphrase } from '../../breakglass/generated-passphrase.ts';
import { findCurrentKey } from '../../breakglass/recovery-key-store.ts';
import { addDestination, listDestinations, locationOf } from '../../destinations/destination.ts';
import { prepareDestination } from '../../destinations/open.ts';
import { useFirstDestination } from '../../jobs/first-jobs.ts';
import { listJobs } from '../../jobs/job.ts';
import { type Run, listRuns } from '../../jobs/run.ts';
import { runJob } from '../../jobs/runner.ts';
import type { CliContext } from '../context.ts';
import { actor } from '../actor.ts';
import { printLine } from '../output.ts';
import { watchRun } from '../run-progress.ts';
import { runLines } from '../run-view.ts';
import { type ServeOptions, withServeOptions } from '../serve-options.ts';
import { serve } from '../service.ts';
import { startSummary } from '../start-summary.ts';

interface StartOptions extends ServeOptions {
  masterPasswordFile?: string;
}

/** `orbit start [--master-password-file F] [--listen HOST:PORT]`: what `npm start` runs. */
export function startCommand(context: CliContext): Command {
  const command = new Command('start')
    .description('make what is missing (recovery key, destination, jobs), run a first backup, then serve until Ctrl-C')
    .option('--master-password-file <file>', 'take the master password from this file instead of making one');
  return withServeOptions(command)
    .addHelpText('after', '\nExample: orbit start --master-password-file /root/master')
    .action(async (options: StartOptions) => {
      const app = openApp(context.home);
      try {
        await start(context, app, options);
      } finally {
        app.close();
      }
    });
}

async function start(context: CliContext, app: App, options: StartOptions): Promise<void> {
  const language = languageOf(context.env);
  await makeRecoveryKey(context, app, options, language);
  if (listDestinations(app.store).length === 0) {
    const config = { path: join(context.home, 'destination') };
    const local = addDestination(app.store, app.instanceKey, { name: 'local', kind: 'folder', config }, app.clock);
    await prepareDestination(app, local);
    useFirstDestination(app.store, local.name);
  }
  const never = listJobs(app.store).filter(
    (job) => job.enabled && listRuns(app.store, { job: job.name, limit: 1 }).length === 0,
  );
  const runs: Run[] = [];
  for (const job of never) {
    context.signal.throwIfAborted();
    const watch = watchRun(context);
    const run = await runJob(app, job, { startedBy: 'first-start', signal: context.signal, report: watch.report });
    watch.end();
    for (const line of runLines(run)) printLine(context, line);
    runs.push(run);
  }
  if (runs.length > 0) for (const line of ['', ...summary(app, runs, language), '']) printLine(context, line);
  await serve(context, app, options);
}

async function makeRecoveryKey(
  context: CliContext,
  app: App,
  options: StartOptions,
  language: Language,
): Promise<void> {
  if (findCurrentKey(app.store) !== undefined) return;
  const given = options.masterPasswordFile;
  const masterPassword =
    given === undefined ? generatePassphrase() : new SecretString(readFileSync(given, 'utf8').replace(/\r?\n$/, ''));
  app.tell(orbitEvent('ceremony.started', actor(), app.clock.now()));
  const key = await startCeremony(app, { masterPassword });
  app.tell(orbitEvent('ceremony.completed', { ...actor(), keyId: key.id }, app.clock.now()));
  printLine(context, text.made[language]);
  printLine(context, `  ${key.recipient}`);
  if (given === undefined) {
    printLine(context, `\n${text.shown[language]}\n\n    ${masterPassword.reveal()}\n`);
  }
}

const text = {
  made: {
    en: 'A recovery key was made. Everything is sealed to it, and this server cannot open what it sealed:',
    pt: 'Uma chave de recuperação foi criada. Tudo é selado para ela, e este servidor não abre o que selou:',
  },
  shown: {
    en: 'Its master password is shown this once and kept nowhere. Write it down now: without it no backup opens.',
    pt: 'A senha mestra aparece só desta vez e não fica guardada. Anote agora: sem ela nenhum backup abre.',
  },
};

function summary(app: App, runs: Run[], language: Language): string[] {
  return startSummary(
    {
      runs,
      destinations: listDestinations(app.store).map((destination) => ({
        name: destination.name,
        location: locationOf(destination),
      })),
      gaps: readOverview(app).gaps,
    },
    language,
  );
}

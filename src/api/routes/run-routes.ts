// Runs: history, one run, what goes on now, cancelling, and the stream that the page watches.
import { Failure } from '../../base/failure.ts';
import { countRuns, findRun, listRuns } from '../../jobs/run.ts';
import { linesOfRun } from '../../jobs/run-log.ts';
import { readSizes } from '../../jobs/sizes.ts';
import { runsTable } from '../../reports/tables.ts';
import { csvDownload } from '../csv.ts';
import { type AnyRoute, type DownloadSpec, download, type StreamSpec, route } from '../route.ts';
import { nothing } from '../schemas/common.ts';
import * as schemas from '../schemas/runs.ts';

/** Routes about runs. */
export const runRoutes: AnyRoute[] = [
  route({
    method: 'GET',
    path: '/runs',
    allow: 'backups:read',
    summary: 'The history, newest first',
    query: schemas.runQuery,
    answer: schemas.runList,
    handle({ site, query }) {
      const runs = listRuns(site.store, { ...query, limit: query.limit + 1 });
      const page = runs.slice(0, query.limit);
      const last = page.at(-1);
      const total = countRuns(site.store, { ...query, before: undefined });
      return { runs: page, total, ...(runs.length > query.limit && last !== undefined ? { next: last.id } : {}) };
    },
  }),
  route({
    method: 'GET',
    path: '/runs/live',
    allow: 'backups:read',
    summary: 'What goes on now in this service',
    answer: schemas.liveRuns,
    handle: ({ site }) => ({ live: site.desk.live() }),
  }),
  route({
    method: 'GET',
    path: '/runs/{id}',
    allow: 'backups:read',
    summary: 'One run with its results',
    answer: schemas.runView,
    handle: ({ site, params }) => findRun(site.store, runNumber(params['id'])),
  }),
  route({
    method: 'GET',
    path: '/runs/{id}/lines',
    allow: 'backups:read',
    summary: 'What a run said while it went on',
    answer: schemas.runLines,
    handle: ({ site, params }) => ({
      lines: linesOfRun(site.store, findRun(site.store, runNumber(params['id'])).id),
    }),
  }),
  route({
    method: 'GET',
    path: '/sizes',
    allow: 'backups:read',
    summary: 'Sizes over time: what each copy protects, and what every day added',
    query: schemas.sizesQuery,
    answer: schemas.sizes,
    handle: ({ site, query }) => ({
      histories: readSizes(site.store, new Date(site.clock.now().getTime() - query.days * dayMs)),
    }),
  }),
  route({
    method: 'POST',
    path: '/runs/{id}/cancel',
    allow: 'backups:run',
    summary: 'Stop a run as soon as it can; what was stored stays and is used by the next one',
    answer: nothing,
    handle({ site, params }) {
      const run = findRun(site.store, runNumber(params['id']));
      if (site.desk.cancel(run.id)) return {};
      throw new Failure('jobs.run-not-live', {
        message: `run ${run.id} does not go on in this service`,
        hint: 'It has ended, or another program runs it: end that program with Ctrl-C.',
      });
    },
  }),
];

const dayMs = 24 * 60 * 60_000;

/** The history as a table: one row for each result. */
export const runDownloads: DownloadSpec[] = [
  download({
    path: '/runs.csv',
    allow: 'backups:read',
    summary: 'The history as a table, one row for each run and destination',
    query: schemas.runFilterQuery,
    send: ({ site, query }) => Promise.resolve(csvDownload('runs.csv', runsTable(site.store, query, 'en'))),
  }),
];

function runNumber(text = ''): number {
  return /^\d{1,15}$/.test(text) ? Number(text) : 0;
}

const beatMs = 15_000;
// The page draws ten times a second at most; progress of a fast disk comes more often.
const progressEveryMs = 250;

/** Server-sent events: first all that goes on, then every change. */
export const runStream: StreamSpec = {
  path: '/runs/events',
  allow: 'backups:read',
  summary: 'What goes on now, as server-sent events',
  open({ site, request, reply, isStillAllowed }) {
    const { raw } = reply;
    const say = (event: schemas.RunStreamEvent): void => void raw.write(`data: ${JSON.stringify(event)}\n\n`);
    raw.write('retry: 2000\n\n');
    say({ type: 'all', live: site.desk.live() });
    const saidAt = new Map<number, { at: number; shape: string }>();
    const stop = site.desk.watch((event) => {
      if (event.type === 'ended') {
        saidAt.delete(event.run.id);
        return say(event);
      }
      const { id, destinations, results, isCancelling, progress } = event.run;
      // Destinations are heard of in turn; only what changes for one of them is told at once.
      const places = destinations.map(({ destination, stage, outcome }) => `${destination} ${stage} ${outcome}`);
      const shape = `${places.join()} ${results.length} ${isCancelling} ${progress !== undefined}`;
      const last = saidAt.get(id);
      if (last?.shape === shape && performance.now() - last.at < progressEveryMs) return undefined;
      saidAt.set(id, { at: performance.now(), shape });
      return say(event);
    });
    // A comment keeps the line open; whoever was signed out meanwhile hears nothing more.
    const beat = setInterval(() => {
      if (isStillAllowed()) raw.write(': beat\n\n');
      else raw.end();
    }, beatMs);
    request.raw.on('close', () => {
      clearInterval(beat);
      stop();
    });
  },
};

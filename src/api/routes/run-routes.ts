// Runs: history, one run, what goes on now, cancelling, and the stream that the page watches.
import { Failure } from '../../base/failure.ts';
import { findRun, listRuns } from '../../jobs/run.ts';
import { type AnyRoute, type StreamSpec, route } from '../route.ts';
import { nothing } from '../schemas/common.ts';
import * as schemas from '../schemas/runs.ts';

/** Routes about runs. */
export const runRoutes: AnyRoute[] = [
  route({
    method: 'GET',
    path: '/runs',
    allow: 'auditor',
    summary: 'The history, newest first',
    query: schemas.runQuery,
    answer: schemas.runList,
    handle({ site, query }) {
      const { job, kind, outcome, before, limit } = query;
      const runs = listRuns(site.store, {
        limit: limit + 1,
        ...(job === undefined ? {} : { job }),
        ...(kind === undefined ? {} : { kind }),
        ...(outcome === undefined ? {} : { outcome }),
        ...(before === undefined ? {} : { before }),
      });
      const page = runs.slice(0, limit);
      const last = page.at(-1);
      return { runs: page, ...(runs.length > limit && last !== undefined ? { next: last.id } : {}) };
    },
  }),
  route({
    method: 'GET',
    path: '/runs/live',
    allow: 'auditor',
    summary: 'What goes on now in this service',
    answer: schemas.liveRuns,
    handle: ({ site }) => ({ live: site.desk.live() }),
  }),
  route({
    method: 'GET',
    path: '/runs/{id}',
    allow: 'auditor',
    summary: 'One run with its results',
    answer: schemas.runView,
    handle: ({ site, params }) => findRun(site.store, runNumber(params['id'])),
  }),
  route({
    method: 'POST',
    path: '/runs/{id}/cancel',
    allow: 'operator',
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

function runNumber(text = ''): number {
  return /^\d{1,15}$/.test(text) ? Number(text) : 0;
}

const beatMs = 15_000;
// The page draws ten times a second at most; progress of a fast disk comes more often.
const progressEveryMs = 250;

/** Server-sent events: first all that goes on, then every change. */
export const runStream: StreamSpec = {
  path: '/runs/events',
  allow: 'auditor',
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

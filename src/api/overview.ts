// Home, put together: the verdict, what is wrong now, and what is not protected yet.
import { openCustodians, worryOf } from '../breakglass/custodians.ts';
import { findCurrentKey } from '../breakglass/recovery-key-store.ts';
import { type Destination, listDestinations } from '../destinations/destination.ts';
import { readLastDays } from '../jobs/last-days.ts';
import { type Readiness, readReadiness } from '../jobs/readiness.ts';
import { listRuns } from '../jobs/run.ts';
import type { App } from '../app.ts';
import type { Gap, OpenProblem, Overview } from './schemas/overview.ts';

const daysShown = 14;

type Site = Pick<App, 'store' | 'clock' | 'notifier'>;

/** What Home and `orbit status` show. */
export function readOverview(site: Site): Overview {
  const { store, clock } = site;
  const readiness = readReadiness(store, clock);
  const destinations = listDestinations(store);
  const running = new Set(
    listRuns(store, { limit: 50 }).flatMap((run) => (run.outcome === undefined ? [run.job] : [])),
  );
  return {
    now: clock.now().toISOString(),
    ...readiness,
    jobs: readiness.jobs.map((job) => ({
      ...job,
      isRunning: running.has(job.job),
      days: readLastDays(store, job.job, { now: clock.now(), count: daysShown }),
    })),
    problems: openProblems(site, readiness, destinations),
    gaps: gapsOf(site, readiness, destinations),
  };
}

function openProblems(site: Site, readiness: Readiness, destinations: Destination[]): OpenProblem[] {
  const lost = new Set(destinations.filter(({ state }) => state === 'lost').map(({ name }) => name));
  return [
    ...destinations.flatMap((place): OpenProblem[] => {
      if (place.state !== 'lost' && place.state !== 'degraded') return [];
      const what = place.state === 'lost' ? 'destination-lost' : 'destination-degraded';
      const { failure, worries = [] } = place.lastProbe ?? {};
      const why = failure === undefined ? { worries } : { failure };
      return [{ what, subject: place.name, since: place.stateSince, ...why }];
    }),
    ...readiness.jobs.flatMap(({ job, copies, enabled }): OpenProblem[] => {
      const last = enabled
        ? listRuns(site.store, { job, limit: 5 }).find((run) => run.outcome !== undefined)
        : undefined;
      if (last?.outcome === 'failed' && last.results.length === 0) {
        const failure = last.failure === undefined ? {} : { failure: last.failure };
        return [{ what: 'run-failed', subject: job, job, run: last.id, since: last.startedAt, ...failure }];
      }
      return copies.flatMap((copy): OpenProblem[] => {
        const shared = { subject: copy.destination, job, ...(copy.goodAt === undefined ? {} : { since: copy.goodAt }) };
        const found: OpenProblem[] = [];
        const run = last === undefined ? {} : { run: last.id };
        if (copy.lastOutcome === 'failed' && !lost.has(copy.destination)) {
          found.push({
            what: 'run-failed',
            ...shared,
            ...run,
            ...(copy.lastFailure === undefined ? {} : { failure: copy.lastFailure }),
          });
        }
        if (copy.lastOutcome === 'partial') found.push({ what: 'run-partial', ...shared, ...run });
        if (copy.state === 'late') found.push({ what: 'copy-late', ...shared });
        return found;
      });
    }),
    ...failingChannels(site.notifier),
  ];
}

function failingChannels({ channels }: Site['notifier']): OpenProblem[] {
  return channels.list().flatMap((channel): OpenProblem[] => {
    const failing = channel.isEnabled
      ? channels.states(channel).find((state) => state.failingSince !== undefined)
      : undefined;
    if (failing === undefined) return [];
    const since = failing.failingSince?.toISOString();
    return [
      {
        what: 'channel-failing',
        subject: channel.name,
        ...(since === undefined ? {} : { since }),
        ...(failing.failure === undefined ? {} : { failure: { code: '', message: failing.failure } }),
      },
    ];
  });
}

function gapsOf(site: Site, readiness: Readiness, destinations: Destination[]): Gap[] {
  const gaps: Gap[] = [];
  const key = findCurrentKey(site.store);
  if (key === undefined) gaps.push({ what: 'no-recovery-key' });
  const isElsewhere = destinations.some((place) => place.kind !== 'folder' || place.pins.mount !== undefined);
  if (destinations.length === 0) gaps.push({ what: 'no-place' });
  else if (!isElsewhere) gaps.push({ what: 'only-this-machine' });
  for (const { job, kind, enabled, copies } of readiness.jobs) {
    if (!enabled) gaps.push({ what: kind === 'recordings' ? 'recordings-off' : 'job-off', subject: job });
    else if (copies.length === 0 && destinations.length > 0) gaps.push({ what: 'no-destination', subject: job });
    else if (copies.length === 0) continue;
    else if (copies.every(({ state }) => state === 'never')) gaps.push({ what: 'never-ran', subject: job });
  }
  const set = openCustodians(site.store).currentSet();
  const hasOneWay = key !== undefined && key.ways.length === 1 && (set === undefined || worryOf(set) !== undefined);
  if (hasOneWay) gaps.push({ what: 'one-way-to-open' });
  const isAppendOnly = destinations.some(
    ({ appendOnly }) => appendOnly?.isDeletingRefused && appendOnly.isOverwritingRefused,
  );
  if (isElsewhere && !isAppendOnly) gaps.push({ what: 'not-append-only' });
  if (!site.notifier.channels.list().some(({ isEnabled }) => isEnabled)) gaps.push({ what: 'nobody-told' });
  return gaps;
}

// What goes on, for Prometheus: its text format, made when it is asked for. Names of jobs, destinations and channels are in
// it, and nothing secret.
import type { App } from '../app.ts';
import { findMaintenance } from '../jobs/maintenance.ts';
import { readReadiness } from '../jobs/readiness.ts';
import { listRuns } from '../jobs/run.ts';
import { listDestinations } from '../destinations/destination.ts';

type Labels = Record<string, string>;

/** One metric with its values. */
interface Metric {
  name: string;
  help: string;
  values: { labels?: Labels; value: number }[];
}

/** The content type that goes with `metricsText`. */
export const metricsType = 'text/plain; version=0.0.4; charset=utf-8';

/** Every metric in Prometheus' text format. */
export function metricsText(app: Pick<App, 'store' | 'clock' | 'notifier' | 'version'>): string {
  return [...readinessMetrics(app), ...runMetrics(app), ...placeMetrics(app), ...channelMetrics(app)]
    .filter(({ values }) => values.length > 0)
    .map(textOf)
    .join('');
}

function readinessMetrics({ store, clock, version }: Pick<App, 'store' | 'clock' | 'version'>): Metric[] {
  const { verdict, hasRecoveryKey, jobs, recoverableTo } = readReadiness(store, clock);
  const copies = jobs.flatMap((job) => job.copies);
  const labelsOf = ({ job, kind, destination }: (typeof copies)[number]): Labels => ({ job, kind, destination });
  const ofCopies = (pick: (copy: (typeof copies)[number]) => number | undefined) =>
    copies.flatMap((copy) => {
      const value = pick(copy);
      return value === undefined ? [] : [{ labels: labelsOf(copy), value }];
    });
  return [
    gauge('orbit_info', 'The running version.', [{ labels: { version }, value: 1 }]),
    gauge('orbit_recoverable', 'Could we recover right now: 1 yes, 0.75 while this machine lives, 0.5 partly, 0 no.', [
      { value: { yes: 1, 'yes-here': 0.75, partly: 0.5, no: 0 }[verdict] },
    ]),
    gauge(
      'orbit_recoverable_to_timestamp_seconds',
      'Everything could be brought back to at least this moment.',
      recoverableTo === undefined ? [] : [{ value: secondsOf(recoverableTo) }],
    ),
    gauge('orbit_recovery_key_present', 'Whether backups are sealed to a recovery key.', [
      { value: Number(hasRecoveryKey) },
    ]),
    gauge(
      'orbit_backup_last_good_timestamp_seconds',
      'When the newest good copy was made.',
      ofCopies(({ goodAt }) => (goodAt === undefined ? undefined : secondsOf(goodAt))),
    ),
    gauge(
      'orbit_backup_objective_seconds',
      'The age that a healthy newest copy never has.',
      ofCopies(({ objectiveMs }) => objectiveMs / 1000),
    ),
    gauge(
      'orbit_backup_items',
      'Files or secrets in the newest good copy.',
      ofCopies(({ items }) => items),
    ),
    gauge(
      'orbit_backup_bytes',
      'Bytes in the newest good copy.',
      ofCopies(({ bytes }) => bytes),
    ),
    gauge(
      'orbit_drill_last_passed_timestamp_seconds',
      'When a drill by itself last passed on this copy.',
      ofCopies(({ drilledAt }) => (drilledAt === undefined ? undefined : secondsOf(drilledAt))),
    ),
    gauge(
      'orbit_repository_read_back_since_timestamp_seconds',
      'Everything in the repository of this copy was read back since then.',
      ofCopies(({ readBackSince }) => (readBackSince === undefined ? undefined : secondsOf(readBackSince))),
    ),
    gauge(
      'orbit_job_enabled',
      'Whether the job is switched on.',
      jobs.map(({ job, kind, enabled }) => ({ labels: { job, kind }, value: Number(enabled) })),
    ),
    gauge(
      'orbit_job_next_timestamp_seconds',
      'When the job starts next.',
      jobs.flatMap(({ job, kind, next }) =>
        next === undefined ? [] : [{ labels: { job, kind }, value: secondsOf(next) }],
      ),
    ),
    gauge('orbit_maintenance', 'Whether no run starts by itself now.', [
      { value: Number(findMaintenance({ store, clock }) !== undefined) },
    ]),
  ];
}

function runMetrics({ store }: Pick<App, 'store'>): Metric[] {
  const totals = store.database
    .prepare(
      `SELECT job, kind, outcome, count(*) AS total FROM run WHERE outcome IS NOT NULL GROUP BY job, kind, outcome`,
    )
    .all();
  const running = listRuns(store, { limit: 50 }).filter(({ outcome }) => outcome === undefined);
  return [
    {
      name: 'orbit_runs_total',
      help: 'Runs that ended, by how.',
      values: totals.map(({ job, kind, outcome, total }) => ({
        labels: { job: String(job), kind: String(kind), outcome: String(outcome) },
        value: Number(total),
      })),
    },
    gauge('orbit_runs_running', 'Runs that go on now.', [{ value: running.length }]),
  ];
}

function placeMetrics({ store }: Pick<App, 'store'>): Metric[] {
  const places = listDestinations(store);
  const of = (name: string): Labels => ({ destination: name });
  return [
    gauge(
      'orbit_destination_up',
      'Whether the last look at the destination found it usable.',
      places.map(({ name, state }) => ({
        labels: of(name),
        value: Number(state === 'reachable' || state === 'degraded'),
      })),
    ),
    gauge(
      'orbit_destination_free_bytes',
      'Space left at the destination, where it tells.',
      places.flatMap(({ name, lastProbe }) =>
        lastProbe?.freeBytes === undefined ? [] : [{ labels: of(name), value: lastProbe.freeBytes }],
      ),
    ),
    gauge(
      'orbit_destination_latency_seconds',
      'How long writing and reading back a small object took.',
      places.flatMap(({ name, lastProbe }) =>
        lastProbe?.latencyMs === undefined ? [] : [{ labels: of(name), value: lastProbe.latencyMs / 1000 }],
      ),
    ),
  ];
}

function channelMetrics({ notifier }: Pick<App, 'notifier'>): Metric[] {
  const states = notifier.channels
    .list()
    .flatMap((channel) => notifier.channels.states(channel).map((state) => ({ channel: channel.name, ...state })));
  const labels = ({ channel, target }: (typeof states)[number]): Labels => ({ channel, target });
  return [
    gauge(
      'orbit_channel_up',
      'Whether the last message reached the channel.',
      states.map((state) => ({ labels: labels(state), value: Number(state.failingSince === undefined) })),
    ),
    gauge(
      'orbit_channel_queued',
      'Messages that wait in the channel.',
      states.map((state) => ({ labels: labels(state), value: state.queued })),
    ),
  ];
}

function gauge(name: string, help: string, values: Metric['values']): Metric {
  return { name, help, values };
}

function secondsOf(iso: string): number {
  return Date.parse(iso) / 1000;
}

function textOf({ name, help, values }: Metric): string {
  const type = name.endsWith('_total') ? 'counter' : 'gauge';
  const lines = values.map(({ labels = {}, value }) => `${name}${labelText(labels)} ${value}`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('\n')}\n`;
}

function labelText(labels: Labels): string {
  const escaped = (text: string): string => text.replace(/[\\"\n]/g, (sign) => (sign === '\n' ? '\\n' : `\\${sign}`));
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

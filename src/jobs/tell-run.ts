// Turns a run's end into events for people and the SIEM: one a destination.
import { orbitEvent } from '../base/event.ts';
import { hostOf, listDestinations, locationOf } from '../destinations/destination.ts';
import { type Run, type RunResult, listRuns } from './run.ts';
import type { RunSurroundings } from './surroundings.ts';

/** Tells how the run ended at each destination, or why it did not begin. */
export function tellRun(
  { store, clock, tell }: RunSurroundings,
  run: Run,
  locations: ReadonlyMap<string, string>,
): void {
  const at = clock.now();
  const shared = { kind: run.kind, job: run.job, runId: String(run.id) };
  const places = new Map(listDestinations(store).map((place) => [place.name, place]));
  if (run.outcome === 'cancelled')
    tell(orbitEvent('backup.cancelled', { kind: run.kind, job: run.job, runId: shared.runId }, at));
  if (run.outcome === 'failed' && run.results.length === 0) {
    const { message = 'unknown', code } = run.failure ?? {};
    tell(orbitEvent('backup.failed', { ...shared, destination: '-', reason: message, code }, at));
  }
  for (const result of run.results) {
    const known = places.get(result.destination);
    // One that could not be opened has no other location than its settings'.
    const location = locations.get(result.destination) ?? (known === undefined ? '' : locationOf(known));
    const host = known === undefined ? {} : { host: hostOf(known) };
    const place = { ...shared, ...host, destination: result.destination, location };
    if (result.outcome === 'failed') {
      const { message = 'unknown', code } = result.failure ?? {};
      const lastGoodAt = lastGood(run, result.destination);
      tell(orbitEvent('backup.failed', { ...place, reason: message, code, lastGoodAt }, at));
      if (code !== undefined && readBackCodes.has(code))
        tell(orbitEvent('backup.verification-failed', { ...place, reason: message }, at));
    } else if (result.outcome === 'partial') {
      tell(
        orbitEvent('backup.partial', { ...place, ...counts(run, result), skipped: result.summary?.omitted ?? 0 }, at),
      );
    } else if (result.outcome === 'succeeded') {
      tell(orbitEvent('backup.performed', { ...place, ...counts(run, result), verified: true }, at));
    }
  }

  function lastGood(failed: Run, destination: string): string | undefined {
    const earlier = listRuns(store, { job: failed.job, limit: 200 }).filter((other) => other.id < failed.id);
    const good = (result: RunResult): boolean =>
      result.destination === destination && (result.outcome === 'succeeded' || result.outcome === 'partial');
    return earlier.flatMap((other) => other.results).find(good)?.endedAt;
  }
}

// What was written is not what came back: the storage or the line is to blame, not the source.
const readBackCodes = new Set(['backend.different-bytes', 'breakglass.kit-differs', 'breakglass.damaged-file']);

function counts(run: Run, { summary, startedAt, endedAt }: RunResult) {
  const items = summary?.items ?? 0;
  return {
    durationMs: Date.parse(endedAt) - Date.parse(startedAt),
    bytesSent: summary?.sentBytes ?? 0,
    ...(run.kind === 'secrets' ? { secrets: items } : { files: items }),
    ...(summary?.made === undefined ? {} : { snapshot: summary.made }),
  };
}

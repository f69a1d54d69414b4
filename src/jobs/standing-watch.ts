// Looks for what is wrong without any run failing, and tells it: silence at a destination, a source that is gone, space that
// runs out, a clock that is off. A matter that stands is told again each day; one that is settled is forgotten.
import { existsSync, statfsSync } from 'node:fs';
import { lowSpaceBytes } from '../backends/kinds/line-fields.ts';
import { orbitEvent } from '../base/event.ts';
import { hostOf, listDestinations, locationOf } from '../destinations/destination.ts';
import { listJobs } from './job.ts';
import { readReadiness } from './readiness.ts';
import { listRuns } from './run.ts';
import type { RunSurroundings } from './surroundings.ts';
import { findTold, forgetTold, isDueToTell } from './told.ts';

type Watched = Pick<RunSurroundings, 'home' | 'store' | 'clock' | 'tell'>;

const dayMs = 24 * 60 * 60_000;
const skewMaxMs = 2 * 60_000;

/** One look. Cheap: nothing is contacted, what the last probes and runs found is judged. */
export function tellStanding(site: Watched): void {
  const standing = new Set<string>();
  const due = (matter: string, what: string): boolean => {
    standing.add(matter);
    return isDueToTell(site.store, matter, what, site.clock.now(), dayMs);
  };
  tellOverdue(site, due);
  tellSources(site, due);
  tellPlaces(site, due);
  tellDisk(site, due);
  forgetTold(site.store, (matter) => matter.startsWith('standing:') && !standing.has(matter));
}

type IsDue = (matter: string, what: string) => boolean;

// A job that never had its first run is only overdue once that run should have been there.
function tellOverdue({ store, clock, tell }: Watched, due: IsDue): void {
  for (const { job, copies } of readReadiness(store, clock).jobs) {
    const first = listRuns(store, { job, limit: 1 })[0];
    for (const { kind, destination, state, goodAt, objectiveMs } of copies) {
      if (state === 'good' || first === undefined) continue;
      if (state === 'never' && first.outcome === undefined) continue;
      if (!due(`standing:overdue:${job}:${destination}`, goodAt ?? 'never')) continue;
      const lastGood = goodAt === undefined ? {} : { lastGoodAt: goodAt };
      tell(orbitEvent('backup.overdue', { kind, destination, objectiveMs, ...lastGood }, clock.now()));
    }
  }
}

function tellSources({ store, clock, tell }: Watched, due: IsDue): void {
  const now = clock.now();
  for (const job of listJobs(store)) {
    if (!job.enabled || job.kind === 'secrets') continue;
    for (const path of job.plan.folders) {
      const matter = `standing:source:${job.name}:${path}`;
      const facts = { source: job.name, kind: job.kind, path };
      const told = findTold(store, matter);
      if (existsSync(path)) {
        if (told === undefined) continue;
        const downMs = now.getTime() - Date.parse(told.what);
        tell(orbitEvent('source.back', { ...facts, since: told.what, downMs }, now));
      } else {
        // What is told stays the same until it is back: since when it is gone.
        const since = told?.what ?? now.toISOString();
        if (due(matter, since))
          tell(orbitEvent('source.lost', { ...facts, since, reason: `${path} is not there` }, now));
      }
    }
  }
}

function tellPlaces({ store, clock, tell }: Watched, due: IsDue): void {
  const now = clock.now();
  for (const place of listDestinations(store)) {
    const { freeBytes, clockDifferenceMs } = place.lastProbe ?? {};
    const facts = { destination: place.name, location: locationOf(place), host: hostOf(place) };
    if (
      freeBytes !== undefined &&
      freeBytes < lowSpaceBytes(place.config) &&
      due(`standing:space:${place.name}`, 'low')
    )
      tell(orbitEvent('destination.low-space', { ...facts, freeBytes }, now));
    const skewMs = -(clockDifferenceMs ?? 0);
    if (Math.abs(skewMs) > skewMaxMs && due(`standing:clock:${place.name}`, skewMs > 0 ? 'ahead' : 'behind'))
      tell(orbitEvent('clock.skewed', { skewMs, subject: place.name }, now));
  }
}

// The documented steps of 70, 80 and 90 percent of the disk that holds the data folder, and of its inodes: a disk without
// those takes no file either, however much room it has.
function tellDisk({ home, clock, tell }: Watched, due: IsDue): void {
  const { blocks, bavail, bsize, files, ffree } = statfsSync(home);
  const usedPercent = blocks === 0 ? 0 : (1 - bavail / blocks) * 100;
  const facts = { path: home, usedPercent, freeBytes: bavail * bsize };
  if (due('standing:disk-report', 'daily')) tell(orbitEvent('disk.report', facts, clock.now()));
  const step = diskStep(usedPercent);
  if (step !== undefined && due('standing:disk', String(step)))
    tell(orbitEvent(`disk.over-${step}`, facts, clock.now()));
  // Some file systems make inodes as they need them, and say 0.
  const usedInodes = files === 0 ? 0 : (1 - ffree / files) * 100;
  const inodeStep = diskStep(usedInodes);
  if (inodeStep === undefined || !due('standing:inodes', String(inodeStep))) return;
  const ofInodes = { ...facts, usedPercent: usedInodes, subject: 'inodes' };
  tell(orbitEvent(`disk.over-${inodeStep}`, ofInodes, clock.now()));
}

function diskStep(usedPercent: number): 90 | 80 | 70 | undefined {
  return ([90, 80, 70] as const).find((limit) => usedPercent > limit);
}

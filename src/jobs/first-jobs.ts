// The jobs of a new instance: one of each kind, with what every machine has.
import { existsSync } from 'node:fs';
import { type Job, defaultSchedule, listJobs, saveJob } from './job.ts';
import type { Store } from '../store/store.ts';

/** Makes the jobs that are missing. They keep no copy anywhere until there is a destination. */
export function makeFirstJobs(store: Store): void {
  const existing = new Set(listJobs(store).map((job) => job.kind));
  for (const job of firstJobs()) if (!existing.has(job.kind)) saveJob(store, job);
}

/** Gives the jobs that keep no copy anywhere this destination: the first one that is added serves them all. */
export function useFirstDestination(store: Store, destination: string): void {
  for (const job of listJobs(store)) {
    if (job.destinations.length === 0) saveJob(store, { ...job, destinations: [destination] });
  }
}

function firstJobs(): Job[] {
  const shared = { destinations: [], schedule: defaultSchedule };
  return [
    {
      ...shared,
      name: 'secrets',
      kind: 'secrets',
      enabled: true,
      plan: { sources: [{ name: 'vault', kind: 'builtin', config: {} }] },
    },
    {
      ...shared,
      name: 'system',
      kind: 'system',
      enabled: true,
      plan: { folders: ['/etc'], excludes: [], commands: packageLists() },
    },
    {
      ...shared,
      name: 'recordings',
      kind: 'recordings',
      // "Enable sessions file backup?" is No until somebody says where the recordings are.
      enabled: false,
      plan: { folders: [], quietSeconds: 60 },
    },
  ];
}

// Which programs were installed: the first question when a machine is built anew.
function packageLists(): { path: string; command: string; args: string[] }[] {
  const lists = [
    {
      program: '/usr/bin/dpkg-query',
      path: '/orbit/packages-dpkg.txt',
      args: ['-W', '-f=${Package}\t${Version}\t${Status}\n'],
    },
    { program: '/usr/bin/rpm', path: '/orbit/packages-rpm.txt', args: ['-qa'] },
  ];
  return lists
    .filter((list) => existsSync(list.program))
    .map(({ program, path, args }) => ({ path, command: program, args }));
}

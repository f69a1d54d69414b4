// The jobs of a new instance: one of each kind, with what every machine has.
import { existsSync } from 'node:fs';
import { type Job, defaultSchedule, listJobs, saveJob } from './job.ts';
import type { Store } from '../store/store.ts';

/** Makes the jobs that are missing, all of them keeping a copy at `destination`. Jobs that exist are left as they are. */
export function makeFirstJobs(store: Store, destination: string): void {
  const existing = new Set(listJobs(store).map((job) => job.kind));
  for (const job of firstJobs(destination)) if (!existing.has(job.kind)) saveJob(store, job);
}

function firstJobs(destination: string): Job[] {
  const shared = { destinations: [destination], schedule: defaultSchedule };
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

// Packages of the old machine that the target lacks, installed by the target's own apt from the sources the target knows.
import { rmSync, writeFileSync } from 'node:fs';
import { Failure } from '../base/failure.ts';
import { packagesOf } from './packages.ts';
import type { InsideResult, TargetRoot } from './root.ts';

/** What is installed. */
export interface PackagesWanted {
  /** `name:architecture`, as dpkg has them. */
  missing: readonly string[];
  /** Names that a person asked for on the old machine; the others came along, and may go along. */
  byHand: readonly string[];
}

// While this file says so, no package starts a service: databases are filled first.
const policyPath = '/usr/sbin/policy-rc.d';
const policy = '#!/bin/sh\n# Written by orbit recover, which removes it.\nexit 101\n';

/** True when the target has apt and can be asked to install. */
export function canInstall(root: TargetRoot): boolean {
  return root.has('/usr/bin/apt-get');
}

/**
 * Installs them; settings that are there already stay. Gives those that no source of the target has.
 * @throws Failure `recovery.packages-not-installed`
 */
export async function installPackages(
  root: TargetRoot,
  { missing, byHand }: PackagesWanted,
  options: { signal?: AbortSignal } = {},
): Promise<string[]> {
  const run = (command: string, ...args: string[]): Promise<InsideResult> =>
    root.run(command, args, { ...options, env: { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' } });
  const hasPolicy = root.has(policyPath);
  if (!hasPolicy) writeFileSync(root.at(policyPath), policy, { mode: 0o755 });
  try {
    // Old lists may do when the network is not there yet.
    const updated = await run('apt-get', '-q', 'update');
    const names = new Set((await run('apt-cache', 'pkgnames')).stdout.split('\n'));
    const offered = missing.filter((name) => names.has(bare(name)));
    if (offered.length > 0) {
      const how = ['-y', '-q', '--no-install-recommends', '-o', 'Dpkg::Options::=--force-confold'];
      const done = await run('apt-get', 'install', ...how, '--', ...offered);
      if (done.exitCode !== 0) throw notInstalled(done, updated);
      const wanted = new Set(byHand);
      const along = offered.filter((name) => !wanted.has(bare(name)) && !wanted.has(name));
      if (along.length > 0) await run('apt-mark', 'auto', ...along);
    }
  } finally {
    if (!hasPolicy) rmSync(root.at(policyPath), { force: true });
  }
  const is = packagesOf(root);
  return missing.filter((name) => is?.has(name) !== true);
}

/** A recovery that was cut off while it installed left its file behind: services would never start again. */
export function removeLeftPolicy(root: TargetRoot, read: (path: string) => string): void {
  if (root.has(policyPath) && read(root.at(policyPath)) === policy) rmSync(root.at(policyPath));
}

function bare(name: string): string {
  return name.split(':')[0] ?? name;
}

function notInstalled(done: InsideResult, updated: InsideResult): Failure {
  // apt explains itself on standard output, and gives up on standard error.
  const text = `${updated.exitCode === 0 ? '' : updated.stderr}${done.stdout}\n${done.stderr}`;
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return new Failure('recovery.packages-not-installed', {
    message: `apt-get could not install the packages: ${lines.slice(-6).join('; ')}`,
    hint: 'No file of the backup was written yet. The old machine’s package sources come back with: --only /etc/apt. Then run the same command again, or without --install-packages.',
  });
}

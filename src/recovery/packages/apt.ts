// Debian's packages: read from dpkg's own status, which needs no program of the target; installed by the target's own apt.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { InsideResult, TargetRoot } from '../root.ts';
import { linesInside, notInstalled, type PackageManager } from './package-manager.ts';

// While this file says so, no package starts a service: databases are filled first.
const policyPath = '/usr/sbin/policy-rc.d';
const policy = '#!/bin/sh\n# Written by orbit recover, which removes it.\nexit 101\n';

/** apt and dpkg. Names are `name:architecture`; settings that are there already stay. */
export const apt: PackageManager = {
  program: 'apt-get',
  list: 'packages.tsv',
  byHand: 'packages-by-hand.txt',
  installed: async (root) => installedByDpkg(root),
  canInstall: (root) => root.has('/usr/bin/apt-get'),
  async install(root, { missing, byHand }, options) {
    const run = (command: string, ...args: string[]): Promise<InsideResult> =>
      root.run(command, args, { ...options, env: { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' } });
    const hasPolicy = root.has(policyPath) && !isOurPolicy(root);
    if (!hasPolicy) writeFileSync(root.at(policyPath), policy, { mode: 0o755 });
    try {
      // Where an installation was cut off, apt refuses until it is finished.
      await run('dpkg', '--configure', '-a');
      // Old lists may do when the network is not there yet.
      const updated = await run('apt-get', '-q', 'update');
      const names = new Set(await linesInside(root, 'apt-cache', ['pkgnames']));
      const there = installedByDpkg(root);
      // Cut off while it was unpacked, a package is neither there nor missing to apt, unless it is told to begin it anew.
      const torn = [...(packagesBy(root, / reinstreq /)?.keys() ?? [])];
      const wanted = [...new Set([...missing, ...torn])].filter((name) => names.has(bare(name)));
      const offered = wanted.filter((name) => there?.has(name) !== true);
      if (offered.length > 0) {
        const how = ['-y', '-q', '--reinstall', '--no-install-recommends', '-o', 'Dpkg::Options::=--force-confold'];
        const done = await run('apt-get', 'install', ...how, '--', ...offered);
        if (done.exitCode !== 0)
          throw notInstalled('apt-get', ...(updated.exitCode === 0 ? [done] : [{ ...updated, stdout: '' }, done]));
      }
      const asked = new Set(byHand);
      const along = wanted.filter((name) => !asked.has(bare(name)) && !asked.has(name));
      if (along.length > 0) await run('apt-mark', 'auto', ...along);
    } finally {
      if (!hasPolicy) rmSync(root.at(policyPath), { force: true });
    }
    const is = installedByDpkg(root);
    return missing.filter((name) => is?.has(name) !== true);
  },
};

const installedByDpkg = (root: TargetRoot): Map<string, string> | undefined => packagesBy(root, / installed$/);

// Name → version of those whose status says so; undefined where there is no dpkg.
function packagesBy(root: TargetRoot, is: RegExp): Map<string, string> | undefined {
  let status: string;
  try {
    status = readFileSync(root.at('/var/lib/dpkg/status'), 'utf8');
  } catch {
    return undefined;
  }
  const packages = new Map<string, string>();
  for (const block of status.split('\n\n')) {
    const value = (name: string): string | undefined => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
    const name = value('Package');
    if (name !== undefined && is.test(value('Status') ?? ''))
      packages.set(`${name}:${value('Architecture') ?? ''}`, value('Version') ?? '');
  }
  return packages;
}

/** A recovery that was cut off while it installed left its file behind: services would never start again. */
export function removeLeftPolicy(root: TargetRoot): void {
  if (isOurPolicy(root)) rmSync(root.at(policyPath));
}

function isOurPolicy(root: TargetRoot): boolean {
  return root.has(policyPath) && readFileSync(root.at(policyPath), 'utf8') === policy;
}

function bare(name: string): string {
  return name.split(':')[0] ?? name;
}

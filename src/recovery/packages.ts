// Packages of the old machine against those of the target, by dpkg's own status: no program of the target is needed.
import { readFileSync } from 'node:fs';
import type { TargetRoot } from './root.ts';

/** What differs. */
export interface PackageDifference {
  missing: string[];
  differing: { name: string; was: string; is: string }[];
}

/** Installed packages, `name:architecture` → version, of a root; undefined where there is no dpkg. */
export function packagesOf(root: TargetRoot): Map<string, string> | undefined {
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
    if (name !== undefined && value('Status')?.endsWith(' installed') === true)
      packages.set(`${name}:${value('Architecture') ?? ''}`, value('Version') ?? '');
  }
  return packages;
}

/** Reads the list that the host profile keeps (`packages.tsv`). */
export function parsePackageList(text: string): Map<string, string> {
  const rows = text.split('\n').map((line) => line.split('\t'));
  return new Map(
    rows.flatMap(([name, version, state]) => (name && version && state?.startsWith('ii') ? [[name, version]] : [])),
  );
}

/** Compares. */
export function comparePackages(was: Map<string, string>, is: Map<string, string>): PackageDifference {
  const difference: PackageDifference = { missing: [], differing: [] };
  for (const [name, version] of was) {
    const other = is.get(name);
    if (other === undefined) difference.missing.push(name);
    else if (other !== version) difference.differing.push({ name, was: version, is: other });
  }
  return difference;
}

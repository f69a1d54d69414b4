// The package managers a recovery knows.
import type { TargetRoot } from '../root.ts';
import { apt } from './apt.ts';
import { dnf } from './dnf.ts';
import { comparePackages, type PackageDifference, parsePackageList } from './package-list.ts';
import type { PackageManager } from './package-manager.ts';

const managers: readonly PackageManager[] = [apt, dnf];

/** How the target's packages differ from those of the old machine, and who manages them. */
export interface ManagedDifference extends PackageDifference {
  manager: PackageManager;
}

/** Compares by the first manager that both machines have; `read` gives the host profile's texts, empty when there is none. */
export async function managedDifference(
  root: TargetRoot,
  read: (file: string) => Promise<string>,
): Promise<ManagedDifference | undefined> {
  for (const manager of managers) {
    const was = await read(manager.list);
    const is = was === '' ? undefined : await manager.installed(root);
    if (is !== undefined) return { manager, ...comparePackages(parsePackageList(was), is) };
  }
  return undefined;
}

// Packages of the Red Hat family: asked of the target's own rpm, installed by its own dnf. Their packages start no service.
import { parsePackageList } from './package-list.ts';
import { linesInside, notInstalled, type PackageManager } from './package-manager.ts';

const named = '%{NAME}.%{ARCH}';

/** dnf and rpm. Names are `name.architecture`. */
export const dnf: PackageManager = {
  program: 'dnf',
  list: 'packages-rpm.txt',
  async installed(root) {
    if (!root.has('/usr/bin/rpm')) return undefined;
    const format = `${named}\t%{VERSION}-%{RELEASE}\n`;
    return parsePackageList((await linesInside(root, 'rpm', ['-qa', '--queryformat', format])).join('\n'));
  },
  canInstall: (root) => root.has('/usr/bin/dnf'),
  async install(root, { missing }, options) {
    const names = new Set(
      await linesInside(root, 'dnf', ['-q', 'repoquery', '--queryformat', `${named.toLowerCase()}\n`]),
    );
    const offered = missing.filter((name) => names.has(name));
    if (offered.length > 0) {
      const how = ['-y', '-q', '--setopt=install_weak_deps=False'];
      const done = await root.run('dnf', ['install', ...how, ...offered], { ...options, env: { LC_ALL: 'C.UTF-8' } });
      if (done.exitCode !== 0) throw notInstalled('dnf', done);
    }
    const is = await this.installed(root);
    return missing.filter((name) => is?.has(name) !== true);
  },
};

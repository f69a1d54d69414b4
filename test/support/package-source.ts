// A source of small packages inside a Debian system, in `/srv/source`: apt installs from it without a network.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DebianMachine } from './debian-machine.ts';

/** A package of nothing but its scripts. */
export interface ProbePackage {
  name: string;
  /** Further lines of its control file. */
  control?: string;
  /** Shell lines that run before it is unpacked, and after. */
  preinst?: string;
  postinst?: string;
}

/** Version of each of them. */
export const probeVersion = '1.2';

/** Builds them as `/srv/source/NAME.deb`; the source offers those `offered`, else all. */
export async function buildPackages(
  machine: DebianMachine,
  packages: readonly ProbePackage[],
  offered: readonly string[] = packages.map(({ name }) => name),
): Promise<void> {
  const source = join(machine.root, 'srv/source');
  for (const { name, control = '', ...scripts } of packages) {
    const folder = join(source, name, 'DEBIAN');
    mkdirSync(folder, { recursive: true });
    const about = `Package: ${name}\nVersion: ${probeVersion}\nArchitecture: all\nMaintainer: Ana\nDescription: probe\n`;
    writeFileSync(join(folder, 'control'), about + control);
    for (const [script, lines] of Object.entries(scripts))
      writeFileSync(join(folder, script), `#!/bin/sh\n${lines}\n`, { mode: 0o755 });
  }
  await machine.sh(`cd /srv/source; for name in ${packages.map(({ name }) => name).join(' ')}; do dpkg-deb -b $name $name.deb > /dev/null; done
for name in ${offered.join(' ')}; do
  dpkg-deb -f $name.deb
  printf 'Filename: ./%s.deb\\nSize: %s\\nSHA256: %s\\n\\n' $name $(stat -c %s $name.deb) $(sha256sum $name.deb | cut -c1-64)
done > Packages`);
}

/** The system knows that source and no other, and lets packages start services: a start leaves `/srv/started`. */
export const onlyThatSource = `rm -rf /etc/apt/sources.list.d/* /usr/sbin/policy-rc.d
echo 'deb [trusted=yes] file:/srv/source ./' > /etc/apt/sources.list
printf '#!/bin/sh\\ntouch /srv/started\\n' > /etc/init.d/probe; chmod 755 /etc/init.d/probe`;

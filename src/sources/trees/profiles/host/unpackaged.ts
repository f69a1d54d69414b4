// Programs that no package brought: on the new machine nothing but this backup has them.
import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

const folders = [
  '/usr/bin',
  '/usr/sbin',
  '/usr/lib/systemd/system',
  '/usr/local/bin',
  '/usr/local/sbin',
  '/usr/local/lib',
  '/opt',
];

/** Their paths, by dpkg's own lists; undefined where there is no dpkg. */
export async function unpackagedPrograms(lists = '/var/lib/dpkg/info'): Promise<string | undefined> {
  if (!existsSync(lists)) return undefined;
  const packaged = new Set<string>();
  for (const name of await readdir(lists)) {
    if (!name.endsWith('.list')) continue;
    for (const path of (await readFile(join(lists, name), 'utf8')).split('\n')) {
      packaged.add(path);
      // Packages still say /bin where merged systems have /usr/bin.
      if (/^\/(bin|sbin|lib)/.test(path)) packaged.add(`/usr${path}`);
    }
  }
  const paths: string[] = [];
  for (const folder of folders) {
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const path = join(folder, entry.name);
      if (!packaged.has(path) && !entry.isSymbolicLink()) paths.push(path);
    }
  }
  return paths
    .sort()
    .map((path) => `${path}\n`)
    .join('');
}

// The backup of an old machine that keeps a folder and the lists of what is installed on it.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Makes it in `/root/place` of that root, with the file `/srv/data/kept`; the master password lies in `/root/master`. */
export async function backUpPackages(root: string, orbit: (...args: string[]) => Promise<string>): Promise<void> {
  writeFileSync(join(root, 'root/master'), 'quartz lemon tundra 4 violin osprey', { mode: 0o600 });
  mkdirSync(join(root, 'srv/data'), { recursive: true });
  writeFileSync(join(root, 'srv/data/kept'), 'kept');
  await orbit('ceremony', 'start', '--master-password-file', '/root/master');
  await orbit('destination', 'add', 'folder', 'local', '--path', '/root/place');
  const out = ['--without-folder', '/etc', '--exclude', '/root', '/mnt/orbit', '/usr', '/opt'];
  await orbit('job', 'set', 'system', '--destination', 'local', '--folder', '/srv/data', ...out);
  await orbit('profile', 'add', 'host', '--take', 'settings');
  await orbit('backup', 'create', '--kind', 'system');
}

/** Arguments that recover from it. */
export function recoverFrom(root: string): string[] {
  const master = join(root, 'root/master');
  return ['recover', 'folder', '--path', join(root, 'root/place'), '--master-password-file', master];
}

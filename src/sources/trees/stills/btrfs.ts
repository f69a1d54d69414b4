// Stills of btrfs: a read-only snapshot of the subvolume, inside it. Subvolumes that lie in it have stills of their own.
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { note } from '../../../base/note.ts';
import { runProgram } from '../../../base/program.ts';
import type { Mount } from '../profiles/host/file-systems.ts';
import { must, notRemoved, notTaken, type Still, type StillKind, stillPrefix } from './still.ts';

// Hidden, in the top folder of the subvolume: a still can lie in the same file system only.
const placeOf = ({ of, name }: Still): string => join(of, `.${name}`);

/** btrfs. */
export const btrfs: StillKind = {
  kind: 'btrfs',
  async plan({ mount, type }, stamp) {
    return type === 'btrfs' ? { kind: 'btrfs', of: mount, name: `${stillPrefix}${stamp}`, type } : undefined;
  },
  take: async (still, timeoutMs) =>
    void (await must('btrfs', ['subvolume', 'snapshot', '-r', still.of, placeOf(still)], timeoutMs)),
  show: async (still, folder) =>
    void (await must('mount', ['--bind', '--make-private', '-o', 'ro', placeOf(still), folder])),
  spoiled: async () => undefined,
  async remove(still) {
    if (!existsSync(placeOf(still))) return;
    const { exitCode, stderr } = await runProgram('btrfs', ['subvolume', 'delete', placeOf(still)]);
    if (exitCode !== 0) throw notRemoved(still, stderr.trim());
  },
};

/** True for a subvolume that nothing can write to, such as another program's snapshot: it is still already. */
export async function isReadOnly(path: string): Promise<boolean> {
  return (await must('btrfs', ['property', 'get', '-ts', path, 'ro'])).trim() === 'ro=true';
}

/**
 * Subvolumes that lie inside the one that is mounted: its still shows them as empty folders. Those of other stills, and
 * those that something is mounted over, are told as well; the caller knows them.
 */
export async function subvolumesBelow({ mount, root, device }: Mount): Promise<Mount[]> {
  const found: Mount[] = [];
  const below = async (path: string): Promise<void> => {
    // Paths are told from the top of the file system, whatever part of it is mounted.
    const list = await must('btrfs', ['subvolume', 'list', '-o', path]);
    for (const line of list.split('\n')) {
      const top = / path (.*)$/.exec(line)?.[1];
      if (top === undefined) continue;
      const inside = relative(root, `/${top}`);
      if (inside === '' || inside.startsWith('..')) continue;
      if (/(^|\/)\.orbit-still-[^/]*$/.test(inside)) continue;
      const place = join(mount, inside);
      if (!existsSync(place)) throw notTaken(note('stills.subvolume-elsewhere', { subvolume: top, path: place }));
      found.push({ mount: place, root: `/${top}`, device, type: 'btrfs' });
      await below(place);
    }
  };
  await below(mount);
  return found;
}

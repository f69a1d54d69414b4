// A recovery is killed at each of its moments in turn: before, while and after each program it starts, before and after each of its notes.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const orbit = fileURLToPath(new URL('../../bin/orbit', import.meta.url));
const preload = new URL('dies-at.ts', import.meta.url).href;

// This machine with a root folder and a /var/tmp of its own: what a recovery into `/` puts there is nobody else's.
const ownRoot = (mounts: string): string => `root=$1; shift
${mounts}
for each in /*; do
  if [ -L "$each" ]; then [ -L "$root$each" ] || cp -P "$each" "$root"
  elif [ -d "$each" ]; then mkdir -p "$root$each"; mount --rbind "$each" "$root$each"
  fi
done
mkdir -p "$root.tmp"; chmod 1777 "$root.tmp"; mount --bind "$root.tmp" "$root/var/tmp"
exec chroot "$root" "$@"`;

/** Why nothing can be swept here; false when it can. */
export const sweepSkip: string | false =
  process.getuid?.() !== 0
    ? 'needs root: chroot and mounts'
    : spawnSync('unshare', ['--mount', 'true']).status === 0
      ? false
      : 'needs the right to mount';

/** What is swept. */
export interface Sweep {
  /** Arguments of Orbit; the same for each of its runs. */
  args: readonly string[];
  /** A folder of this sweep's own; the recovery's root is `root` in it. */
  folder: string;
  /** Everything as it was before the first run. */
  reset(): Promise<void> | void;
  /** Judges a run that was finished: `said` is what it printed, `moment` where the one before it was killed. */
  judge(said: string, moment: string): Promise<void> | void;
  env?: Record<string, string>;
  /** Shell lines that mount what the target lacks; nobody else sees it. */
  mounts?: string;
  /** Exit code of a finished run. */
  exitCode?: number;
  /** Every so many moments, and the last; `ORBIT_MOMENTS=all` takes all of them. */
  every?: number;
}

/** Runs it undisturbed, then killed at each moment and gone on with. Gives the moments. */
export async function killedEverywhere(sweep: Sweep): Promise<string[]> {
  const { args, folder, reset, judge, env, mounts = '', exitCode = 0 } = sweep;
  const every = process.env['ORBIT_MOMENTS'] === 'all' ? 1 : (sweep.every ?? 1);
  const root = join(folder, 'root');
  mkdirSync(root);
  const pointsFile = join(folder, 'points');
  const inRoot = ['--mount', '--propagation', 'private', 'sh', '-eu', '-c', ownRoot(mounts), 'sh', root, orbit];
  const run = (more: Record<string, string>) =>
    spawnSync('unshare', [...inRoot, ...args], {
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
      env: { ...process.env, ...env, NODE_OPTIONS: `--import=${preload}`, ...more },
    });
  const finished = async (more: Record<string, string>, moment: string): Promise<void> => {
    const { status, stdout, stderr } = run(more);
    assert.equal(status, exitCode, `${moment}: ${stdout}${stderr}`);
    assert.ok(!existsSync(join(root, '.orbit-recover.json')), moment);
    await judge(`${stdout}${stderr}`, moment);
  };
  await reset();
  await finished({ ORBIT_TEST_POINTS: pointsFile }, 'undisturbed');
  const points = readFileSync(pointsFile, 'utf8').trim().split('\n');
  const moments = points.flatMap((point, at) =>
    (point === 'note' ? ['before', 'after'] : ['before', 'started', 'after']).map((moment) => ({
      key: `${at + 1} ${moment}`,
      shown: `${moment} ${at + 1} of ${points.length}, ${point}`,
    })),
  );
  const chosen = moments.filter((_, at) => at % every === 0 || at === moments.length - 1);
  for (const { key, shown } of chosen) {
    await reset();
    const killed = run({ ORBIT_TEST_DIES_AT: key });
    assert.equal(killed.signal, 'SIGKILL', `${shown}: ${killed.stdout}${killed.stderr}`);
    await finished({}, shown);
  }
  return chosen.map(({ shown }) => shown);
}

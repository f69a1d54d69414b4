// Stock restic says whether a repository is clean, and which snapshots it has.
import { resticFor } from '../support/restic.ts';
import type { Verdict } from './story.ts';

/** Judges the repository at `location` (a folder, or anything restic understands, with what `env` tells it). */
export function judgeFolder(location: string, folder: string, env: Record<string, string> = {}) {
  return async (): Promise<Verdict> => {
    const restic = await resticFor(location, folder, env);
    const checked = await restic.run('check', '--read-data');
    const text = `${checked.stdout.toString()}${checked.stderr}`;
    const isClean = checked.exitCode === 0 && text.includes('no errors were found');
    const listed = await restic.run('snapshots', '--json');
    const snapshots = isClean ? (JSON.parse(listed.stdout.toString()) as { id: string }[]).map(({ id }) => id) : [];
    return { isClean, snapshots, text };
  };
}

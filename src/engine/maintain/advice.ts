// What is lost, in files, and what to do next, from what `check` found. Pure.
import type { CheckProblem } from './problems.ts';

/** A path of which something is lost, and a snapshot in which it was met. */
export interface LostPath {
  path: string;
  snapshot: string;
}

/** What the findings come down to. */
export interface Advice {
  lost: LostPath[];
  /** Packs that are there and damaged. */
  damagedPacks: string[];
  /** What to do, in this order. Each is a sentence; `command` what to type, without `-r` and the password. */
  steps: { text: string; command?: string }[];
}

const noted = 'Before anything else: make a copy of the repository, or do not let anything write to it.';

/** What to do about these problems. Empty when none is an error. `hasSideFiles`: damaged bytes can be given back. */
export function adviseOn(
  problems: readonly CheckProblem[],
  { hasSideFiles = false }: { hasSideFiles?: boolean } = {},
): Advice {
  const errors = problems.filter(({ severity }) => severity === 'error');
  const lost = lostPaths(errors);
  const kinds = new Set(errors.map(kindOf));
  const damagedPacks = [...new Set(errors.filter((error) => kindOf(error) === 'pack').map(({ pack }) => pack ?? ''))];
  const steps: Advice['steps'] = [];
  if (errors.length === 0) return { lost, damagedPacks, steps };
  steps.push({ text: noted });
  if (hasSideFiles)
    steps.push({
      text: 'The repository has side files for error correction: let them give back what is damaged, and check again.',
      command: 'orbit repo repair bytes',
    });
  steps.push({
    text: 'Another destination that has the same snapshots is the best cure: copy the named files from there when it was made by copying files, or copy its snapshots over afterwards.',
    command: 'orbit repo copy --from-repo OTHER',
  });
  if (kinds.has('key'))
    steps.push({
      text: 'A key file is damaged. Whoever has another password of this repository adds a new one, and the damaged one is removed.',
      command: 'orbit repo key add',
    });
  if (kinds.has('index'))
    steps.push({ text: 'Make the index say what is really there.', command: 'orbit repo repair index' });
  if (damagedPacks.length > 0)
    steps.push({
      text: 'Save what can still be read of the damaged packs.',
      command: `orbit repo repair packs ${damagedPacks.join(' ')}`,
    });
  if (lost.length > 0 || damagedPacks.length > 0 || kinds.has('index')) {
    steps.push({
      text: 'Back up once more, reading everything: what the source still has heals older snapshots, too.',
      command: 'orbit repo backup --force PATHS',
    });
    steps.push({ text: 'See what is left of the damage.', command: 'orbit repo check --read-data' });
    steps.push({
      text: 'Make usable snapshots of the damaged ones, without what is lost; see first what that would be.',
      command: 'orbit repo repair snapshots --dry-run',
    });
  }
  if (kinds.has('snapshot'))
    steps.push({
      text: 'A snapshot file that cannot be read is lost unless another destination has it; the data of other snapshots is not touched by that.',
    });
  return { lost, damagedPacks, steps };
}

type Kind = 'key' | 'index' | 'pack' | 'snapshot' | 'entry';

function kindOf({ file, pack, path }: CheckProblem): Kind {
  if (path !== undefined) return 'entry';
  if (file?.startsWith('keys/') === true) return 'key';
  if (file?.startsWith('snapshots/') === true) return 'snapshot';
  if (pack === undefined || file?.startsWith('index/') === true) return 'index';
  return 'pack';
}

function lostPaths(errors: readonly CheckProblem[]): LostPath[] {
  const byPath = new Map<string, LostPath>();
  for (const { path, snapshot } of errors)
    if (path !== undefined && snapshot !== undefined && !byPath.has(path))
      byPath.set(path, { path: path === '' ? '/' : path, snapshot });
  return [...byPath.values()];
}

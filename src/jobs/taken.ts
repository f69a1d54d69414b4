// What a repository run takes, made ready once for all its destinations and let go after the last.
import type { Note } from '../base/note.ts';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { SourceView, VirtualFile } from '../engine/backup/source-plan.ts';
import { dumpName } from '../sources/trees/dump-name.ts';
import { withWhereLinksLead } from '../sources/trees/links.ts';
import { type StillView, takeStills } from '../sources/trees/stills/view.ts';
import { type PreparedSystem, prepareSystem } from '../sources/trees/system-source.ts';
import { wholeSourceSettings } from '../sources/secrets/source-settings.ts';
import type { Hook } from './hook-fields.ts';
import { beginHookLog, hookLog, runHook } from './hooks.ts';
import type { JobOf } from './job.ts';
import type { RunSurroundings } from './surroundings.ts';

/** Ready for the engine. */
export interface Taken {
  folders: readonly string[];
  excludes: readonly string[];
  virtualFiles: readonly VirtualFile[];
  /** Where the folders are read, when file systems are held still. */
  view?: SourceView;
  /** What people should know of a copy that was made now. */
  notes(): readonly Note[];
  /** Lets everything go that was held still. @throws Failure `jobs.hook-failed`, `stills.spoiled` */
  end(): Promise<void>;
}

/** Makes ready what the job takes. @throws Failure `jobs.hook-failed`, `profiles.*`; then nothing is held any more. */
export async function takeUp(
  surroundings: RunSurroundings,
  job: JobOf<'system'> | JobOf<'recordings'>,
  signal?: AbortSignal,
): Promise<Taken> {
  if (job.kind === 'recordings') {
    const folders = withWhereLinksLead(job.plan.folders);
    return { folders, excludes: [], virtualFiles: [], notes: () => [], end: async () => {} };
  }
  const { hooks = { before: [], after: [] }, profiles = [] } = job.plan;
  const log = hookLog(surroundings.home, job.name);
  if (hooks.before.length + hooks.after.length > 0) beginHookLog(surroundings.home, job.name);
  const notes: Note[] = [];
  try {
    for (const hook of hooks.before) notes.push(await runHook(hook, 'before', log, signal));
    const prepared = await prepareSystem(
      {
        ...job.plan,
        profiles: profiles.map(({ name, kind, config }) => ({
          name,
          kind,
          config: wholeSourceSettings(surroundings.vault, config),
        })),
      },
      { orbitVersion: `orbit ${surroundings.version}`, ...(signal === undefined ? {} : { signal }) },
    );
    const held = await holdStill(surroundings, job, prepared);
    return {
      ...prepared,
      ...('folder' in held ? { view: held } : {}),
      notes: () => [...notes, ...prepared.notes(), ...held.notes],
      async end() {
        await prepared.close();
        try {
          if ('folder' in held) await held.close();
        } finally {
          await runAfter(hooks.after, log);
        }
      },
    };
  } catch (error) {
    // What a hook stopped must be started again, above all when the backup could not be made.
    await runAfter(hooks.after, log).catch(() => {});
    throw error;
  }
}

// Right after the transactions of databases have begun: files and dumps are as near to one moment as they can be.
async function holdStill(
  { home, clock }: RunSurroundings,
  job: JobOf<'system'>,
  prepared: PreparedSystem,
): Promise<StillView | { notes: Note[] }> {
  if (job.plan.stills === 'off') return { notes: [] };
  const stamp = `${clock.now().toISOString().slice(0, 19).replace(/[-:]/g, '')}-${randomBytes(3).toString('hex')}`;
  try {
    return await takeStills(join(home, 'stills', dumpName(job.name)), { ...prepared, stamp });
  } catch (error) {
    await prepared.close();
    throw error;
  }
}

// Each runs, whatever became of the one before; the first failure is told. A run that was stopped does not stop them.
async function runAfter(hooks: readonly Hook[], log: string): Promise<void> {
  let failure: { error: unknown } | undefined;
  for (const hook of hooks) {
    try {
      await runHook(hook, 'after', log);
    } catch (error) {
      failure ??= { error };
    }
  }
  if (failure !== undefined) throw failure.error;
}

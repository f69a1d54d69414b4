// A repository in a folder gets a new master key: everything is carried over into a new repository beside it, which takes its place when
// it is complete and proved. The old one stays until somebody orders its removal.
//
//   PATH.rekey/state.json      whose move this is
//   PATH.rekey/repository      the new repository, until the switch
//   PATH.rekey/old             the old repository, after it
//
// What lies there tells how far it is, so that a crash at any step is followed by going on.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { openFolderBackend, prepareRepositoryFolders } from '../../backends/folder.ts';
import { Failure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import type { SecretString } from '../../base/secret-string.ts';
import { loadParityShare, saveParityShare } from '../parity/parity-backend.ts';
import { updateParity } from '../parity/update-parity.ts';
import type { NewKeyOptions } from '../repository/key-store.ts';
import { Repository } from '../repository/repository.ts';
import { withLock } from '../repository/repository-lock.ts';
import { pickSignal } from '../repository/sealed-files.ts';
import { carryOver, type CarryOverEvent, type CarryOverResult } from './carry-over.ts';

const stateSchema = z.strictObject({
  format: z.literal('orbit-rekey'),
  /** Id of the old repository. */
  from: z.string(),
  startedAt: z.iso.datetime(),
  /** When everything was carried over and proved for the first time. */
  provedAt: z.iso.datetime().optional(),
});

/** Whose move it is, and since when. */
export type RekeyState = z.infer<typeof stateSchema>;

/** `copying`: until the switch; `switching`: a crash came between its two steps; `switched`: the old one still lies there. */
export type RekeyPhase = 'none' | 'copying' | 'switching' | 'switched';

/** Where everything of a move lies. */
export interface RekeyPlaces {
  path: string;
  folder: string;
  state: string;
  fresh: string;
  old: string;
  dates: string;
  /** What is being removed. */
  removing: string;
}

/** How a move goes on. `crashPoint` is for tests: it is called before each step that changes where something lies. */
export interface RekeyOptions extends Operation<CarryOverEvent>, Pick<NewKeyOptions, 'cost'> {
  retryMs?: number;
  crashPoint?(step: string): void;
}

/** The places of a move of the repository in `path`. */
export function rekeyPlaces(path: string): RekeyPlaces {
  const whole = resolve(path);
  const folder = `${whole}.rekey`;
  return {
    path: whole,
    folder,
    state: join(folder, 'state.json'),
    fresh: join(folder, 'repository'),
    old: join(folder, 'old'),
    dates: join(folder, 'read-back.dates'),
    removing: `${folder}-removing`,
  };
}

/** How far the move of a repository is. */
export function rekeyPhase(path: string): { phase: RekeyPhase; state?: RekeyState } {
  const places = rekeyPlaces(path);
  const state = loadState(places);
  if (state === undefined) return { phase: 'none' };
  if (existsSync(places.old)) return { phase: existsSync(places.fresh) ? 'switching' : 'switched', state };
  return { phase: 'copying', state };
}

/**
 * Carries everything over, or goes on with it, and proves it. The old repository may be used meanwhile; call it again for what came
 * since. `password` opens the old one, `newPassword` will open the new one.
 * @throws Failure `rekey.other-file-system`, `rekey.already-switched`, `rekey.other-repository`, and what `carryOver` throws
 */
export async function continueRekey(
  path: string,
  passwords: { password: SecretString; newPassword: SecretString },
  options: RekeyOptions = {},
): Promise<CarryOverResult> {
  const places = rekeyPlaces(path);
  const { phase } = rekeyPhase(path);
  if (phase === 'switching' || phase === 'switched') throw alreadySwitched(places);
  const operation = pickSignal(options);
  const backend = await openFolderBackend(places.path, { ifMissing: 'require' });
  const from = await Repository.open(backend, passwords.password, operation);
  try {
    begin(places, from, options);
    return await withLock(from, { ...operation, retryMs: options.retryMs ?? 0 }, async (signal) => {
      const to = await openFresh(places, from, passwords.newPassword, { ...options, signal });
      try {
        const result = await withLock(to, { signal }, async (inner) =>
          carryOver(from, to, places.dates, { ...options, signal: inner }),
        );
        noteProved(places);
        return result;
      } finally {
        to.close();
      }
    });
  } finally {
    from.close();
  }
}

/**
 * Carries over what came since, with the old repository locked for everybody, and lets the new one take its place. After a crash
 * between the two steps it only does the second. The old one lies in `old` then.
 * @throws Failure `rekey.not-begun`, `rekey.already-switched`, `rekey.not-complete`
 */
export async function switchRekey(
  path: string,
  passwords: { password: SecretString; newPassword: SecretString },
  options: RekeyOptions = {},
): Promise<CarryOverResult | undefined> {
  const places = rekeyPlaces(path);
  const { phase, state } = rekeyPhase(path);
  if (phase === 'switching') {
    await moveIn(places, options);
    return undefined;
  }
  if (phase === 'switched') throw alreadySwitched(places);
  if (phase === 'none') throw notBegun(places.path);
  if (state?.provedAt === undefined) throw notComplete(places.path);
  const operation = pickSignal(options);
  const from = await Repository.open(
    await openFolderBackend(places.path, { ifMissing: 'require' }),
    passwords.password,
    operation,
  );
  try {
    begin(places, from, options);
    return await withLock(from, { ...operation, exclusive: true, retryMs: options.retryMs ?? 0 }, async (signal) => {
      const to = await openFresh(places, from, passwords.newPassword, { ...options, signal });
      try {
        // Exclusive, so that a copy that still goes on elsewhere is met, and what a dead one left is cleared away.
        const result = await withLock(to, { signal, exclusive: true }, async (inner) =>
          carryOver(from, to, places.dates, { ...options, signal: inner }),
        );
        signal.throwIfAborted();
        options.crashPoint?.('before the old one goes aside');
        renameSync(places.path, places.old);
        await syncFolders(places);
        await moveIn(places, options);
        return result;
      } finally {
        to.close();
      }
    });
  } finally {
    from.close();
  }
}

/** Removes the old repository for good. The caller has asked whoever must agree. @throws Failure `rekey.not-switched` */
export function removeOld(path: string, { crashPoint }: Pick<RekeyOptions, 'crashPoint'> = {}): void {
  const places = rekeyPlaces(path);
  const isSwitched = rekeyPhase(path).phase === 'switched' && existsSync(places.path);
  if (!isSwitched && !existsSync(places.removing)) throw notSwitched(places.path);
  discard(places, isSwitched, crashPoint);
}

/** Gives a move up before the switch: the new repository goes, the old one was never touched. @throws Failure `rekey.already-switched` */
export function cancelRekey(path: string): void {
  const places = rekeyPlaces(path);
  const { phase } = rekeyPhase(path);
  if (phase === 'none') throw notBegun(places.path);
  if (phase !== 'copying') throw alreadySwitched(places);
  discard(places, true);
}

// Under another name first: a removal that was cut short must not look like a move that has just begun.
function discard({ folder, removing }: RekeyPlaces, isThere: boolean, crashPoint?: (step: string) => void): void {
  rmSync(removing, { recursive: true, force: true });
  if (!isThere) return;
  crashPoint?.('before anything is removed');
  renameSync(folder, removing);
  crashPoint?.('before the removal');
  rmSync(removing, { recursive: true, force: true });
}

function begin(places: RekeyPlaces, from: Repository, { crashPoint }: RekeyOptions): void {
  const state = loadState(places);
  if (state !== undefined && state.from !== from.config.id) throw otherRepository(places);
  if (state !== undefined) return;
  if (statSync(places.path).dev !== statSync(dirname(places.path)).dev) throw otherFileSystem(places.path);
  crashPoint?.('before the state is written');
  mkdirSync(places.folder, { recursive: true, mode: 0o700 });
  saveState(places, { format: 'orbit-rekey', from: from.config.id, startedAt: new Date().toISOString() });
}

// Its config is stored last: without it the making was cut short, nothing lies there yet, and it is made anew.
async function openFresh(
  places: RekeyPlaces,
  from: Repository,
  password: SecretString,
  options: RekeyOptions,
): Promise<Repository> {
  const operation = pickSignal(options);
  if (!existsSync(join(places.fresh, 'config'))) {
    options.crashPoint?.('before the new one is made');
    rmSync(places.fresh, { recursive: true, force: true });
    const backend = await openFolderBackend(places.fresh);
    await prepareRepositoryFolders(places.fresh);
    const { version, chunkerPolynomial } = from.config;
    const cost = options.cost === undefined ? {} : { cost: options.cost };
    (await Repository.init(backend, password, { version, chunkerPolynomial, ...cost, ...operation })).close();
  }
  const backend = await openFolderBackend(places.fresh);
  const share = await loadParityShare(from.backend, operation);
  if (share !== undefined && (await loadParityShare(backend, operation)) !== share) {
    await saveParityShare(backend, share, operation);
    await updateParity(backend, share, operation);
  }
  return Repository.open(backend, password, operation);
}

async function moveIn(places: RekeyPlaces, { crashPoint }: RekeyOptions): Promise<void> {
  crashPoint?.('between the two steps');
  renameSync(places.fresh, places.path);
  await syncFolders(places);
  // Our own lock, which was exclusive, moved along.
  for (const name of readdirSync(join(places.old, 'locks'))) rmSync(join(places.old, 'locks', name), { force: true });
  crashPoint?.('after the switch');
}

// A name survives a power cut only once its folder is on the disk.
async function syncFolders(places: RekeyPlaces): Promise<void> {
  for (const path of [places.folder, dirname(places.path)]) {
    const folder = await open(path);
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }
}

function loadState({ state }: RekeyPlaces): RekeyState | undefined {
  if (!existsSync(state)) return undefined;
  return stateSchema.parse(JSON.parse(readFileSync(state, 'utf8')));
}

function saveState({ state }: RekeyPlaces, value: RekeyState): void {
  writeFileSync(`${state}~`, `${JSON.stringify(value)}\n`, { mode: 0o600, flush: true });
  renameSync(`${state}~`, state);
}

function noteProved(places: RekeyPlaces): void {
  const state = loadState(places);
  if (state !== undefined && state.provedAt === undefined)
    saveState(places, { ...state, provedAt: new Date().toISOString() });
}

function alreadySwitched({ path, old }: RekeyPlaces): Failure {
  return new Failure('rekey.already-switched', {
    message: `the repository at ${path} has its new master key; the old one lies in ${old}`,
    hint: 'Finish with `orbit repo rekey switch` where a crash interrupted it; `orbit repo rekey remove-old` removes the old one.',
  });
}

function notBegun(path: string): Failure {
  return new Failure('rekey.not-begun', {
    message: `nothing is carried over from the repository at ${path}`,
    hint: 'Begin with `orbit repo rekey copy`.',
  });
}

function notComplete(path: string): Failure {
  return new Failure('rekey.not-complete', {
    message: `what is carried over from ${path} is not complete and proved yet`,
    hint: 'Run `orbit repo rekey copy` until it says so; it goes on where it stopped.',
  });
}

function notSwitched(path: string): Failure {
  return new Failure('rekey.not-switched', {
    message: `the repository at ${path} still has its old master key, or no new one has taken its place`,
    hint: 'See `orbit repo rekey status`.',
  });
}

function otherRepository({ path, folder }: RekeyPlaces): Failure {
  return new Failure('rekey.other-repository', {
    message: `${folder} belongs to the move of another repository than the one that lies at ${path} now`,
    hint: 'Look what happened there. Move the folder aside when it is of no use.',
  });
}

function otherFileSystem(path: string): Failure {
  return new Failure('rekey.other-file-system', {
    message: `${path} is where a file system is mounted: no other folder can take its place`,
    hint: 'Move the repository into a folder of that file system first, or copy it with `orbit repo copy` into a new one elsewhere.',
  });
}

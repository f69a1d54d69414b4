// A repository gets a new master key: everything is carried over into a new repository that shares its place, which takes over when it is
// complete and proved. No pack is ever moved: only the small files change places, so it works wherever bytes can be kept at keys.
//
// `rekey/state` tells how far it is, so that a crash at any step is followed by going on. Until it says `switching` the old repository is
// not touched; then its config goes first, so that nobody opens it with the old key any more, and from then on the switch can only be
// finished. The old one stays until somebody orders its removal.
import { join } from 'node:path';
import type { Backend } from '../../backends/backend.ts';
import { ifThere } from '../../backends/if-there.ts';
import { Failure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import type { SecretString } from '../../base/secret-string.ts';
import { configKey } from '../format/layout.ts';
import type { NewKeyOptions } from '../repository/key-store.ts';
import { Repository } from '../repository/repository.ts';
import { withLock } from '../repository/repository-lock.ts';
import { pickSignal } from '../repository/sealed-files.ts';
import { carryOver, type CarryOverEvent, type CarryOverResult } from './carry-over.ts';
import {
  loadRekeyState,
  newPrefix,
  newRepositoryBackend,
  type RekeyState,
  rekeyPrefix,
  removeRekeyState,
  saveRekeyState,
} from './rekey-state.ts';
import { dropLostPacks, isOldClosed, putInPlace, removeBelow, removeOldPacks, setAside } from './switch-files.ts';

/** The password of the old repository, and that of the new one. */
export interface RekeyPasswords {
  password: SecretString;
  newPassword: SecretString;
}

/** How a move goes on. `datesFolder`: of this account's own, for what was read back already. */
export interface RekeyOptions extends Operation<CarryOverEvent>, Pick<NewKeyOptions, 'cost'> {
  datesFolder: string;
  retryMs?: number;
}

/**
 * Carries everything over, or goes on with it, and proves it. The old repository may be used meanwhile; call it again for what came
 * since. Packs that somebody's prune took away are carried over anew.
 * @throws Failure `rekey.already-switched`, `rekey.other-repository`, and what `carryOver` throws
 */
export async function continueRekey(
  backend: Backend,
  passwords: RekeyPasswords,
  options: RekeyOptions,
): Promise<CarryOverResult> {
  return await withBoth(backend, passwords, options, { exclusive: false }, async (from, to, state, signal) => {
    await dropLostPacks(to, { signal });
    const result = await carryOver(from, to, datesPath(to, options), { ...options, signal });
    if (state.provedAt === undefined)
      await saveRekeyState(backend, { ...state, provedAt: new Date().toISOString() }, { signal });
    return result;
  });
}

/**
 * Carries over what came since, with the old repository locked for everybody, and lets the new one take its place. After a crash
 * during that it only finishes it, and gives undefined; unless somebody could still write with the old key after that crash.
 * @throws Failure `rekey.not-begun`, `rekey.already-switched`, `rekey.not-complete`
 */
export async function switchRekey(
  backend: Backend,
  passwords: RekeyPasswords,
  options: RekeyOptions,
): Promise<CarryOverResult | undefined> {
  const operation = pickSignal(options);
  const state = await loadRekeyState(backend, operation);
  if (state === undefined) throw notBegun(backend.location);
  if (state.phase === 'switching' && (await isOldClosed(backend, operation))) {
    await finishSwitch(backend, state, operation);
    // Whoever began it is dead, and its lock cannot be opened with the new key.
    await removeBelow(backend, 'locks/', operation);
    return undefined;
  }
  if (state.phase === 'copying' && state.provedAt === undefined) throw notComplete(backend.location);
  const access = { exclusive: true, goesOn: state.phase === 'switching' };
  return await withBoth(backend, passwords, options, access, async (from, to, _state, signal) => {
    const result = await carryOver(from, to, datesPath(to, options), { ...options, signal });
    await setAside(backend, to, { signal });
    signal.throwIfAborted();
    const switching: RekeyState = { ...state, phase: 'switching' };
    await saveRekeyState(backend, switching, { signal });
    await finishSwitch(backend, switching, { signal });
    return result;
  });
}

/** Removes the old repository for good. The caller has asked whoever must agree. May be interrupted. @throws Failure `rekey.not-switched` */
export async function removeOld(backend: Backend, options: Operation = {}): Promise<void> {
  const state = await loadRekeyState(backend, options);
  if (state?.phase !== 'switched') throw notSwitched(backend.location);
  await removeOldPacks(backend, options);
  await removeAll(backend, options);
}

/**
 * Gives a move up before the switch: the old repository was never touched. Packs of the new one go with the next prune.
 * @throws Failure `rekey.not-begun`, `rekey.already-switched`
 */
export async function cancelRekey(backend: Backend, options: Operation = {}): Promise<void> {
  const state = await loadRekeyState(backend, options);
  if (state === undefined) throw notBegun(backend.location);
  if (state.phase !== 'copying') throw alreadySwitched(backend.location);
  await removeAll(backend, options);
}

async function finishSwitch(backend: Backend, state: RekeyState, options: Operation): Promise<void> {
  await putInPlace(backend, options);
  await saveRekeyState(backend, { ...state, phase: 'switched' }, options);
  await removeBelow(backend, newPrefix, options);
}

// The state goes last, so that what was cut short is gone on with.
async function removeAll(backend: Backend, options: Operation): Promise<void> {
  await removeBelow(backend, rekeyPrefix, options, (key) => key.split('/').length > 2 || key === 'rekey/old-packs');
  await removeRekeyState(backend, options);
}

// Both repositories, open and locked: the new one for us alone.
async function withBoth<Result>(
  backend: Backend,
  { password, newPassword }: RekeyPasswords,
  options: RekeyOptions,
  { exclusive, goesOn = false }: { exclusive: boolean; goesOn?: boolean },
  work: (from: Repository, to: Repository, state: RekeyState, signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const operation = pickSignal(options);
  const before = await loadRekeyState(backend, operation);
  if (before !== undefined && before.phase !== 'copying' && !goesOn) throw alreadySwitched(backend.location);
  const from = await Repository.open(backend, password, operation);
  try {
    const lock = { ...operation, exclusive, retryMs: options.retryMs ?? 0 };
    return await withLock(from, lock, async (signal) => {
      const state = before ?? (await begin(backend, from, { signal }));
      if (state.from !== from.config.id) throw otherRepository(backend.location);
      const to = await openNew(newRepositoryBackend(backend), from, newPassword, { ...options, signal });
      try {
        return await withLock(to, { signal, exclusive: true }, (inner) => work(from, to, state, inner));
      } finally {
        to.close();
      }
    });
  } finally {
    from.close();
  }
}

async function begin(backend: Backend, from: Repository, options: Operation): Promise<RekeyState> {
  const startedAt = new Date().toISOString();
  const state: RekeyState = { format: 'orbit-rekey', phase: 'copying', from: from.config.id, startedAt };
  await saveRekeyState(backend, state, options);
  return state;
}

// Its config is stored last: without it the making was cut short, nothing lies there yet, and it is made anew.
async function openNew(
  backend: Backend,
  from: Repository,
  password: SecretString,
  options: RekeyOptions,
): Promise<Repository> {
  const operation = pickSignal(options);
  if ((await ifThere(backend.stat(configKey, operation))) === undefined) {
    for (const prefix of ['keys/', 'locks/', 'index/', 'snapshots/']) await removeBelow(backend, prefix, operation);
    const { version, chunkerPolynomial } = from.config;
    const cost = options.cost === undefined ? {} : { cost: options.cost };
    (await Repository.init(backend, password, { version, chunkerPolynomial, ...cost, ...operation })).close();
  }
  return await Repository.open(backend, password, operation);
}

function datesPath(to: Repository, { datesFolder }: RekeyOptions): string {
  return join(datesFolder, `rekey-${to.config.id.slice(0, 32)}.dates`);
}

function alreadySwitched(location: string): Failure {
  return new Failure('rekey.already-switched', {
    message: `the repository at ${location} has its new master key, or is about to; what is left of the old one lies in its folder rekey`,
    hint: 'Finish with `orbit repo rekey switch` where a crash interrupted it; `orbit repo rekey remove-old` removes the old one.',
  });
}

function notBegun(location: string): Failure {
  return new Failure('rekey.not-begun', {
    message: `nothing is carried over from the repository at ${location}`,
    hint: 'Begin with `orbit repo rekey copy`.',
  });
}

function notComplete(location: string): Failure {
  return new Failure('rekey.not-complete', {
    message: `what is carried over from ${location} is not complete and proved yet`,
    hint: 'Run `orbit repo rekey copy` until it says so; it goes on where it stopped.',
  });
}

function notSwitched(location: string): Failure {
  return new Failure('rekey.not-switched', {
    message: `the repository at ${location} still has its old master key, or the old one was removed already`,
    hint: 'See `orbit repo rekey status`.',
  });
}

function otherRepository(location: string): Failure {
  return new Failure('rekey.other-repository', {
    message: `what lies in the folder rekey at ${location} belongs to the move of another repository than the one that is there now`,
    hint: 'Look what happened there. Give it up with `orbit repo rekey cancel` when it is of no use.',
  });
}

// A repository's place that gets a side file with every file that is stored, and loses it with every file that is removed. The side
// files lie below `parity/`, a folder that stock restic never looks into.
import { abilitiesOf } from '../../backends/abilities.ts';
import type { Backend, BackendKey } from '../../backends/backend.ts';
import { Failure, isFailure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import { configKey, fileKey, idOfKey, packKey } from '../format/layout.ts';
import type { PackId } from '../ids.ts';
import { pickSignal } from '../repository/sealed-files.ts';
import { shareMax } from './shape.ts';
import { encodeSideFile } from './side-file.ts';

/** The folder of all side files. */
export const parityPrefix = 'parity/';
const settingsKey: BackendKey = 'parity/settings';
const settingsBytesMax = 64 * 1024;

/** Where the side file of a file lies. */
export function sideKey(key: BackendKey): BackendKey {
  return `${parityPrefix}${key}`;
}

/** True for files that get a side file: everything a repository needs, and no locks. */
export function isCovered(key: BackendKey): boolean {
  const id = idOfKey(key);
  if (id === undefined) return key === configKey;
  return (
    key === packKey(id as PackId) || (['keys', 'snapshots', 'index'] as const).some((kind) => key === fileKey(kind, id))
  );
}

/** Reads `10%`. @throws Failure `parity.bad-share` */
export function parseParityShare(text: string): number {
  const percent = Number(/^(\d{1,2})%?$/.exec(text)?.[1] ?? 0);
  if (percent >= 1 && percent <= shareMax) return percent;
  throw new Failure('parity.bad-share', {
    message: `'${text}' is no share of a file that can be given back`,
    hint: `Give whole percents from 1 to ${shareMax}, such as 10%.`,
  });
}

/** The share that a place has chosen, in percent; undefined when it has no side files. */
export async function loadParityShare(backend: Backend, options: Operation = {}): Promise<number | undefined> {
  try {
    return decodeSettings(
      await backend.load(settingsKey, undefined, { ...pickSignal(options), maxBytes: settingsBytesMax }),
    );
  } catch (error) {
    // A place that shows a login nothing but what it knows must not keep the repository from being opened.
    if (isFailure(error, 'backend.not-found') || isFailure(error, 'backend.refused')) return undefined;
    throw error;
  }
}

/** Makes the note of the share whole again where a byte of it is damaged. True when it had to be. */
export async function mendParityShare(backend: Backend, percent: number, options: Operation = {}): Promise<boolean> {
  const bytes = await backend.load(settingsKey, undefined, { ...pickSignal(options), maxBytes: settingsBytesMax });
  if (bytes.equals(encodeSettings(percent))) return false;
  await saveParityShare(backend, percent, options);
  return true;
}

/** Chooses the share of a place. Files that are there get theirs by `updateParity`. */
export async function saveParityShare(backend: Backend, percent: number, options: Operation = {}): Promise<void> {
  await backend.save(settingsKey, encodeSettings(percent), { ...pickSignal(options), ifExists: 'replace' });
}

/** Ends the choice; the side files themselves are removed by their caller. */
export async function removeParityShare(backend: Backend, options: Operation = {}): Promise<void> {
  await backend.remove(settingsKey, pickSignal(options));
}

/**
 * The place, with side files kept beside where it has chosen a share of them. That is asked for with the first file that would get one,
 * so that whoever only reads need not ask. The file is stored first and removed first: a side file never stands alone for long.
 */
export function parityBackend(inner: Backend): Backend {
  let asked: Promise<number | undefined> | undefined;
  const shareFor = async (key: BackendKey, options: Operation): Promise<number | undefined> => {
    if (!isCovered(key)) return undefined;
    const isAsking = asked === undefined;
    const answer = (asked ??= loadParityShare(inner, options));
    try {
      return await answer;
    } catch (error) {
      if (asked === answer) asked = undefined;
      // Whoever asked may have given up; that is no answer for those who waited along.
      if (isAsking) throw error;
      return shareFor(key, options);
    }
  };
  return {
    location: inner.location,
    async save(key, bytes, options = {}) {
      const percent = await shareFor(key, pickSignal(options));
      await inner.save(key, bytes, options);
      if (percent !== undefined)
        await saveSideFile(inner, key, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), percent, options);
    },
    load: (key, range, options) => inner.load(key, range, options),
    stat: (key, options) => inner.stat(key, options),
    list: (prefix, options) => inner.list(prefix, options),
    async remove(key, options = {}) {
      const percent = await shareFor(key, pickSignal(options));
      await inner.remove(key, options);
      if (percent !== undefined) await removeSideFile(inner, key, options);
    },
    freeBytes: (options) => inner.freeBytes(options),
    close: () => inner.close(),
    ...abilitiesOf(inner),
  };
}

/** Stores the side file of a file. One that is there already belongs to the same bytes, unless the name tells nothing about them. */
export async function saveSideFile(
  backend: Backend,
  key: BackendKey,
  bytes: Buffer,
  percent: number,
  options: Operation = {},
): Promise<void> {
  try {
    const ifExists = key === configKey ? 'replace' : 'refuse';
    await backend.save(sideKey(key), encodeSideFile(bytes, percent, { fileHash: idOfKey(key) }), {
      ...pickSignal(options),
      ifExists,
    });
  } catch (error) {
    if (!isFailure(error, 'backend.key-exists')) throw error;
  }
}

/** Removes a side file, if it is there. */
export async function removeSideFile(backend: Backend, key: BackendKey, options: Operation = {}): Promise<void> {
  try {
    await backend.remove(sideKey(key), pickSignal(options));
  } catch (error) {
    if (!isFailure(error, 'backend.not-found')) throw error;
  }
}

// Said three times, so that one damaged byte changes nothing.
function encodeSettings(percent: number): Buffer {
  return Buffer.from(`share ${percent}%\n`.repeat(3));
}

function decodeSettings(bytes: Buffer): number | undefined {
  const said = [...bytes.toString('latin1').matchAll(/share (\d{1,2})%/g)].map(([, percent]) => Number(percent));
  const agreed = said.find((percent, at) => said.indexOf(percent) !== at) ?? said[0];
  return agreed !== undefined && agreed >= 1 && agreed <= shareMax ? agreed : undefined;
}

// Where a kit's files are read from: a folder on this machine, or a prefix of a backend.
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Backend } from '../../backends/backend.ts';
import { loadBytesMax } from '../../backends/ranges.ts';
import { Failure, isFailure, systemErrorCode } from '../../base/failure.ts';
import { ageFileBytesMax } from '../age-files.ts';
import { checkFile, type KitManifest } from './manifest.ts';

// A line for each source, of which there may be 10 000.
const manifestBytesMax = 16 * 1024 * 1024;

/** The files of a kit, or of the top of a destination, by name. */
export interface KitFiles {
  /** In words, for messages. */
  location: string;
  /**
   * `bytes`: what the manifest says of it; a larger one is not read.
   * @throws Failure `breakglass.missing-file`, `breakglass.damaged-file`; each names the file.
   */
  load(name: string, bytes?: number): Promise<Buffer>;
  /** The destination around the kit, where the current key's files lie; undefined for a kit that was copied out. */
  above?: KitFiles;
}

/** The kit in a folder. When the folder lies in `secrets/` of a destination, that destination's own files are used too. */
export function folderFiles(path: string): KitFiles {
  const folder = resolve(path);
  const files = plainFolder(folder);
  if (basename(dirname(folder)) === 'secrets') files.above = plainFolder(dirname(dirname(folder)));
  return files;
}

/** The kit of that name at a destination. */
export function destinationKitFiles(backend: Backend, name: string): KitFiles {
  return { ...backendFiles(backend, `secrets/${name}/`), above: backendFiles(backend, '') };
}

/** A file that the manifest names, checked against it. @throws Failure `breakglass.missing-file`, `breakglass.damaged-file` */
export async function loadCheckedFile(files: KitFiles, manifest: KitManifest, name: string): Promise<Buffer> {
  const promised = manifest.files.find((file) => file.name === name) ?? { name, bytes: 0, sha256: '' };
  const bytes = await files.load(name, promised.bytes);
  checkFile(files.location, promised, bytes);
  return bytes;
}

/** Gives the file, or undefined when there is none. */
export async function loadIfThere(files: KitFiles, name: string): Promise<Buffer | undefined> {
  try {
    return await files.load(name);
  } catch (error) {
    if (isFailure(error, 'breakglass.missing-file')) return undefined;
    throw error;
  }
}

function plainFolder(folder: string): KitFiles {
  return {
    location: folder,
    async load(name, bytes) {
      const path = join(folder, name);
      try {
        const maxBytes = bytesMaxOf(name, bytes);
        const found = await stat(path);
        // A pipe would keep whoever opens it waiting for ever.
        if (!found.isFile()) throw missingFile(name, folder);
        const { size } = found;
        if (size > maxBytes) throw tooLargeFile(name, folder, size, maxBytes);
        return await readFile(path);
      } catch (error) {
        if (isFailure(error)) throw error;
        if (systemErrorCode(error) === 'ENOENT' || systemErrorCode(error) === 'ENOTDIR') {
          throw missingFile(name, folder, error);
        }
        throw new Failure('breakglass.unreadable-file', {
          message: `${name} in ${folder} cannot be read`,
          hint: 'Check the rights of the file and the health of the disk, or copy the kit again.',
          cause: error,
        });
      }
    },
  };
}

function backendFiles(backend: Backend, prefix: string): KitFiles {
  const location = `${backend.location}/${prefix}`.replace(/\/+$/, '');
  return {
    location,
    async load(name, bytes) {
      const maxBytes = bytesMaxOf(name, bytes);
      try {
        return await backend.load(prefix + name, undefined, { maxBytes });
      } catch (error) {
        if (isFailure(error, 'backend.too-large'))
          throw tooLargeFile(name, location, Number(error.facts['size']), maxBytes, error);
        if (isFailure(error, 'backend.not-found')) throw missingFile(name, location, error);
        throw error;
      }
    },
  };
}

// What the manifest says of itself, its signature and the keys nobody knows before they are read.
function bytesMaxOf(name: string, promised = loadBytesMax): number {
  if (name === 'manifest.json') return manifestBytesMax;
  return Math.min(promised, /\.(age|sig|txt)$/.test(name) ? ageFileBytesMax : loadBytesMax);
}

function tooLargeFile(name: string, location: string, size: number, maxBytes: number, cause?: unknown): Failure {
  return new Failure('breakglass.damaged-file', {
    message: `${name} in ${location} has ${size} bytes and can have ${maxBytes} at most, so it was not read`,
    hint: 'Take the kit from another destination, or an older one: somebody or something changed it.',
    cause,
    facts: { file: name },
  });
}

function missingFile(name: string, location: string, cause?: unknown): Failure {
  return new Failure('breakglass.missing-file', {
    message: `there is no ${name} in ${location}`,
    hint: 'Name the folder of one kit (secrets/<time> of a destination). A kit without manifest.json was never finished: take another.',
    cause,
    facts: { file: name },
  });
}

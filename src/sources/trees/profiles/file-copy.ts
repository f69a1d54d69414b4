// A small file kept apart from its folder, which is left out, and where it belongs.
import { createReadStream, lstatSync } from 'node:fs';
import type { MadeFile } from '../../../engine/backup/source-plan.ts';
import { dumpName } from '../dump-name.ts';
import { type CopyFacts, orbitFolder } from '../recovery-facts.ts';

/** Plans a copy of the file below `/orbit/<name>/`. */
export function fileCopy(name: string, path: string): { file: MadeFile; facts: CopyFacts } {
  const { uid, gid, mode } = lstatSync(path);
  const file = `${orbitFolder}/${name}/${dumpName(path.replace(/^\/+/, ''))}`;
  return {
    file: { path: file, shownAs: orbitFolder, open: () => createReadStream(path) },
    facts: { file, path, uid, gid, mode: mode & 0o7777 },
  };
}

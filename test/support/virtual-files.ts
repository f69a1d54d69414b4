// The bytes of a virtual file, as a backup would take them.
import { commandOutput } from '../../src/engine/backup/command-stream.ts';
import type { VirtualFile } from '../../src/engine/backup/source-plan.ts';

/** All of them. */
export async function bytesOf(file: VirtualFile): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of 'open' in file ? file.open() : commandOutput(file)) pieces.push(piece);
  return Buffer.concat(pieces);
}

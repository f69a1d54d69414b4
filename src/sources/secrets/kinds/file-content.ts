// Files of other programs that are a source: each reading takes the file as it is then.
import { readFile, stat } from 'node:fs/promises';
import { Failure } from '../../../base/failure.ts';
import type { Operation } from '../../../base/operation.ts';
import type { SecretRecord } from '../secret-record.ts';
import type { SecretSource } from '../secret-source.ts';

const fileBytesMax = 1024 * 1024 * 1024;

/** A source of which only reading it whole tells what is in it. */
export function fileSource(recordsOf: (options: Operation) => AsyncIterable<SecretRecord>): SecretSource {
  return {
    async census(options = {}) {
      const ids: string[] = [];
      for await (const { id } of recordsOf(options)) ids.push(id);
      return { ids };
    },
    read: (options = {}) => recordsOf(options),
    close: async () => {},
  };
}

/** A file whole, and when it was last changed. @throws Failure `secrets.no-file` */
export async function fileContent(path: string): Promise<{ bytes: Buffer; changedAt: Date }> {
  try {
    const { size, mtime } = await stat(path);
    if (size > fileBytesMax) throw new Error(`it has ${size} bytes; ${fileBytesMax} is the most`);
    return { bytes: await readFile(path), changedAt: mtime };
  } catch (error) {
    throw new Failure('secrets.no-file', {
      message: `the file ${path} cannot be read`,
      hint: 'Check that it is there, that its mount is, and that the user Orbit runs as may read it.',
      cause: error,
    });
  }
}

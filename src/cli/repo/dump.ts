// `orbit repo dump`
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { Command, Option } from 'commander';
import { archiveEntries } from '../../engine/archive/archive-entry.ts';
import { tarStream } from '../../engine/archive/tar.ts';
import { zipStream } from '../../engine/archive/zip.ts';
import { findEntry, ls } from '../../engine/browse/entries.ts';
import { type FileRange, readFile } from '../../engine/browse/file-content.ts';
import type { NamedSnapshot } from '../../engine/format/snapshot-types.ts';
import type { IndexedRepository } from '../../engine/repository/indexed-repository.ts';
import type { CliContext } from '../context.ts';
import { usageFailure } from '../usage.ts';
import { withLockedRepository, withRepositoryFlags, type RepositoryFlags } from './open.ts';

interface DumpFlags extends RepositoryFlags {
  archive?: 'tar' | 'zip';
  offset?: string;
  length?: string;
  target?: string;
}

/** `orbit repo dump`: the bytes of one file, or a folder as an archive, to standard output or a new file. */
export function dumpCommand(context: CliContext): Command {
  const command = new Command('dump')
    .description('write one file of a snapshot, or a folder as an archive, to standard output')
    .argument('<snapshot>', 'the snapshot, or latest')
    .argument('<path>', 'the path of the file or folder in the snapshot')
    .addOption(new Option('-a, --archive <format>', 'pack the folder, or the file, into this').choices(['tar', 'zip']))
    .option('-t, --target <file>', 'write to this new file instead; only its owner can read it')
    .option('--offset <bytes>', 'start here')
    .option('--length <bytes>', 'so much of it');
  return withRepositoryFlags(command)
    .addHelpText(
      'after',
      '\nExamples: orbit repo dump latest /etc/hosts -r /srv/backup -p backup.password' +
        '\n          orbit repo dump latest /etc --archive tar -r /srv/backup -p backup.password --target etc.tar',
    )
    .action(async (which: string, path: string, flags: DumpFlags) => {
      const range = {
        ...(flags.offset === undefined ? {} : { offset: parseBytes(flags.offset) }),
        ...(flags.length === undefined ? {} : { length: parseBytes(flags.length) }),
      };
      await withLockedRepository(context, flags, { startsEarly: true }, async (repository, signal, granted) => {
        const snapshot = await repository.loadSnapshot(which, { signal });
        const indexed = await repository.loadIndex({ signal });
        try {
          const pieces = await content(
            indexed,
            snapshot,
            path,
            { ...(flags.archive === undefined ? {} : { archive: flags.archive }), range },
            signal,
          );
          await granted;
          if (flags.target === undefined) await pour(pieces, context.stdout);
          else {
            const file = createWriteStream(flags.target, { flags: 'wx', mode: 0o600 });
            await pour(pieces, file);
            file.end();
            await finished(file);
          }
        } finally {
          await indexed.close();
        }
      });
    });
}

async function content(
  indexed: IndexedRepository,
  snapshot: NamedSnapshot,
  path: string,
  { archive, range }: { archive?: 'tar' | 'zip'; range: FileRange },
  signal: AbortSignal,
): Promise<AsyncIterable<Buffer>> {
  const entry = await findEntry(indexed, snapshot, path, { signal });
  if (archive === undefined) {
    if (entry === undefined || entry.node.type === 'dir')
      throw usageFailure(
        `${path} is a folder`,
        'Add --archive tar or --archive zip, or restore it with `orbit repo restore`.',
      );
    return readFile(indexed, entry.node, range, { signal });
  }
  if (Object.keys(range).length > 0)
    throw usageFailure('an archive is written whole', 'Leave out --offset and --length.');
  const entries =
    entry === undefined ? entriesOfAll(indexed, snapshot, signal) : archiveEntries(indexed, entry, { signal });
  return archive === 'tar' ? tarStream(entries) : zipStream(entries);
}

// The root of a snapshot has no name of its own: what lies in it stands at the top of the archive.
async function* entriesOfAll(indexed: IndexedRepository, snapshot: NamedSnapshot, signal: AbortSignal) {
  for await (const entry of ls(indexed, snapshot, '/', { signal })) yield* archiveEntries(indexed, entry, { signal });
}

async function pour(pieces: AsyncIterable<Buffer>, stream: NodeJS.WritableStream): Promise<void> {
  for await (const piece of pieces) if (!stream.write(piece)) await once(stream, 'drain');
}

function parseBytes(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw usageFailure(`'${text}' is no number of bytes`, 'Use digits only.');
  return Number(text);
}

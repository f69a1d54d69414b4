// `orbit repo dump`
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { Command } from 'commander';
import { findEntry } from '../../engine/browse/entries.ts';
import { readFile } from '../../engine/browse/file-content.ts';
import type { CliContext } from '../context.ts';
import { usageFailure } from '../usage.ts';
import { withLockedRepository, withRepositoryFlags, type RepositoryFlags } from './open.ts';

interface DumpFlags extends RepositoryFlags {
  offset?: string;
  length?: string;
  target?: string;
}

/** `orbit repo dump`: the bytes of one file, to standard output or a new file. */
export function dumpCommand(context: CliContext): Command {
  const command = new Command('dump')
    .description('write one file of a snapshot to standard output')
    .argument('<snapshot>', 'the snapshot, or latest')
    .argument('<file>', 'its path in the snapshot')
    .option('-t, --target <file>', 'write to this new file instead; only its owner can read it')
    .option('--offset <bytes>', 'start here')
    .option('--length <bytes>', 'so much of it');
  return withRepositoryFlags(command)
    .addHelpText('after', '\nExample: orbit repo dump latest /etc/hosts -r /srv/backup -p backup.password')
    .action(async (which: string, path: string, flags: DumpFlags) => {
      const range = {
        ...(flags.offset === undefined ? {} : { offset: parseBytes(flags.offset) }),
        ...(flags.length === undefined ? {} : { length: parseBytes(flags.length) }),
      };
      await withLockedRepository(context, flags, {}, async (repository, signal) => {
        const snapshot = await repository.loadSnapshot(which, { signal });
        const indexed = await repository.loadIndex({ signal });
        try {
          const entry = await findEntry(indexed, snapshot, path, { signal });
          if (entry === undefined) throw usageFailure(`${path} is a folder`, 'Restore it with `orbit repo restore`.');
          const pieces = readFile(indexed, entry.node, range, { signal });
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

async function pour(pieces: AsyncIterable<Buffer>, stream: NodeJS.WritableStream): Promise<void> {
  for await (const piece of pieces) if (!stream.write(piece)) await once(stream, 'drain');
}

function parseBytes(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw usageFailure(`'${text}' is no number of bytes`, 'Use digits only.');
  return Number(text);
}

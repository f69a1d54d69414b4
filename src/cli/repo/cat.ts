// `orbit repo cat`
import { once } from 'node:events';
import { Argument, Command } from 'commander';
import { isFailure } from '../../base/failure.ts';
import { findFolder } from '../../engine/browse/entries.ts';
import { encodeConfig } from '../../engine/format/config.ts';
import { packBytesMax } from '../../engine/format/file-limits.ts';
import { isId, packKey } from '../../engine/format/layout.ts';
import type { BlobId, PackId } from '../../engine/ids.ts';
import type { Repository } from '../../engine/repository/repository.ts';
import { loadSealedFile, loadStored } from '../../engine/repository/sealed-files.ts';
import type { CliContext } from '../context.ts';
import { usageFailure } from '../usage.ts';
import { withLockedRepository, withRepositoryFlags, type RepositoryFlags } from './open.ts';
import { splitSnapshot } from './restore.ts';

const kinds = ['config', 'snapshot', 'index', 'lock', 'key', 'tree', 'blob', 'pack'] as const;
type Kind = (typeof kinds)[number];

/** `orbit repo cat`: one thing of the repository, opened and as it is. The master key is never shown. */
export function catCommand(context: CliContext): Command {
  const command = new Command('cat')
    .description('write one thing of the repository to standard output, opened and as it is')
    .addArgument(new Argument('<kind>', 'what it is').choices(kinds))
    .argument('[id]', 'its id; of a snapshot the beginning is enough; for a tree snapshot:folder');
  return withRepositoryFlags(command)
    .addHelpText(
      'after',
      '\nExamples: orbit repo cat snapshot latest -r /srv/backup -p backup.password' +
        '\n          orbit repo cat tree latest:/etc -r /srv/backup -p backup.password',
    )
    .action(async (kind: Kind, id: string | undefined, flags: RepositoryFlags) => {
      if (kind !== 'config' && id === undefined) throw usageFailure(`which ${kind}?`, 'Give its id.');
      await withLockedRepository(context, flags, {}, async (repository, signal) => {
        const bytes = await load(repository, kind, id ?? '', signal);
        const isText = kind !== 'blob' && kind !== 'pack' && bytes.at(-1) !== 0x0a;
        if (!context.stdout.write(isText ? Buffer.concat([bytes, Buffer.from('\n')]) : bytes))
          await once(context.stdout, 'drain');
      });
    });
}

async function load(repository: Repository, kind: Kind, id: string, signal: AbortSignal): Promise<Buffer> {
  const { backend } = repository;
  switch (kind) {
    case 'config':
      return encodeConfig(repository.config);
    case 'snapshot': {
      const snapshot = await repository.loadSnapshot(id, { signal });
      return loadSealedFile(repository, 'snapshots', snapshot.id, { signal });
    }
    case 'index':
      return loadSealedFile(repository, 'index', wholeId(id), { signal });
    case 'lock':
      return loadSealedFile(repository, 'locks', wholeId(id), { signal });
    case 'key':
      return loadStored(backend, 'keys', wholeId(id), { signal });
    case 'pack':
      return backend.load(packKey(wholeId(id) as PackId), undefined, { signal, maxBytes: packBytesMax });
    case 'tree':
    case 'blob':
      return loadBlob(repository, kind, id, signal);
  }
}

async function loadBlob(
  repository: Repository,
  kind: 'tree' | 'blob',
  id: string,
  signal: AbortSignal,
): Promise<Buffer> {
  const indexed = await repository.loadIndex({ signal });
  try {
    if (kind === 'tree' && !isId(id)) {
      const { snapshotName, folder = '/' } = splitSnapshot(id);
      const snapshot = await repository.loadSnapshot(snapshotName, { signal });
      return await indexed.loadBlob('tree', await findFolder(indexed, snapshot, folder, { signal }), { signal });
    }
    const blob = wholeId(id) as BlobId;
    if (kind === 'tree') return await indexed.loadBlob('tree', blob, { signal });
    return await indexed.loadBlob('data', blob, { signal }).catch((error: unknown) => {
      if (!isFailure(error, 'repository.blob-missing')) throw error;
      return indexed.loadBlob('tree', blob, { signal });
    });
  } finally {
    await indexed.close();
  }
}

function wholeId(id: string): string {
  if (isId(id)) return id;
  throw usageFailure(`'${id}' is no id`, 'Give all 64 digits.');
}

// A kit's database, read along as it is written: what does not hold all that the source gave is stored nowhere.
import { Failure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import { writeWaitingEntries } from '../../kdbx/kdbx.ts';
import type { WaitingEntry } from '../../kdbx/save-kdbx.ts';
import { startProofReader } from './proof-reader.ts';
import { compareDigests, type DigestKey, recordDigestBytes } from './record-digest.ts';

/** What a database is written with, and what it must hold. */
export interface ProvedWriting extends Pick<Operation, 'signal'> {
  keyFile: Buffer;
  digestKey: DigestKey;
  /** Of all records that the source gave, sorted. */
  digests: Buffer;
}

/** A database that holds what the source gave. */
export interface ProvedDatabase {
  kdbx: Buffer;
  /** Of its clear text. */
  clearSha256: string;
}

/**
 * Writes the database of a kit, and compares its records with what the source gave.
 * @throws Failure `breakglass.kit-differs`, `breakglass.proof-stopped`, `kdbx.unwritable`
 */
export async function writeProvedDatabase(
  kit: string,
  entries: Iterable<WaitingEntry>,
  { keyFile, digestKey, digests, signal }: ProvedWriting,
): Promise<ProvedDatabase> {
  const reader = startProofReader(digestKey, digests.length / recordDigestBytes);
  try {
    const kdbx = await writeWaitingEntries(
      entries,
      { keyFile },
      {
        name: `Orbit kit ${kit}`,
        // The key file is 32 random bytes: stretching it would add nothing but waiting.
        kdf: { kind: 'aes', rounds: 1 },
        show: (piece) => reader.show(piece),
        ...(signal === undefined ? {} : { signal }),
      },
    );
    const written = await reader.end();
    requireSame(kit, digests, written.digests);
    return { kdbx, clearSha256: written.sha256 };
  } finally {
    await reader.close();
  }
}

function requireSame(kit: string, given: Buffer, written: Buffer): void {
  const { added, removed, changed, unchanged } = compareDigests(given, written);
  if (added + removed + changed === 0) return;
  throw new Failure('breakglass.kit-differs', {
    message: `the kit ${kit} does not hold what the source gave: ${removed} missing, ${changed} changed, ${added} too many, ${unchanged} right`,
    hint: 'It was not stored. Run the backup again and report this.',
    facts: { added, removed, changed, unchanged },
  });
}

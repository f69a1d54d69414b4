// Proves a kit at its destination: reads back every byte, and, in the run that made it, really opens the read-back copy
// with the one-run key: it must be the very text whose records were compared with the source, one by one.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { Backend } from '../../backends/backend.ts';
import { Failure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import { together } from '../../base/together.ts';
import { freeBuffer } from '../../base/free-buffer.ts';
import { readKdbx } from '../../kdbx/kdbx.ts';
import { fromKdbxEntry } from '../../sources/secrets/kdbx-entry.ts';
import { openWithIdentities } from '../age-files.ts';
import { ageIdentityOf } from '../recovery-key.ts';
import { destinationKitFiles, type KitFiles } from './kit-files.ts';
import { openEnvelope } from './open-envelope.ts';
import { checkFile, type KitManifest, manifestName, readManifest, requireManifest, signatureName } from './manifest.ts';
import { compareDigests, DigestList, recordDigest } from './record-digest.ts';
import type { KitEvent } from './kit-event.ts';
import type { KitVerification } from './seal-kit.ts';

// Over most ways, files asked for together travel together.
const filesAtOnce = 8;

/** What a proof says. */
export interface KitProof {
  kit: string;
  location: string;
  /** `opened`: decrypted and compared with the source. `intact`: every file is what was written. */
  depth: 'opened' | 'intact';
  files: number;
  bytes: number;
  records: number;
}

/**
 * Reads a kit back from the destination, checks SHA-256 and signature, opens it with the one-run key, and compares its clear
 * text with the one whose records are those that the source gave. May be called for several destinations; the caller then wipes the
 * one-run key.
 * @throws Failure `breakglass.kit-differs` and everything of `checkKitFiles`.
 */
export async function verifyKit(
  backend: Backend,
  name: string,
  verification: KitVerification,
  options: Operation<KitEvent> = {},
): Promise<KitProof> {
  const files = destinationKitFiles(backend, name);
  const { manifest, bytes, loaded } = await checkKitFiles(files, {
    ...options,
    manifestSha256: verification.manifestSha256,
    keep: ['secrets.keyx.age', 'secrets.kdbx'],
  });
  const keyFile = await openWithIdentities('secrets.keyx.age', part(loaded, 'secrets.keyx.age'), [
    ageIdentityOf(verification.identity),
  ]);
  const database = await readKdbx(part(loaded, 'secrets.kdbx'), { keyFile });
  keyFile.fill(0);
  const clear = createHash('sha256');
  for await (const piece of database.clearText()) {
    options.signal?.throwIfAborted();
    clear.update(piece);
    piece.fill(0);
    // Several pieces may lie in one buffer, one behind the other.
    if (piece.byteOffset + piece.length === piece.buffer.byteLength) freeBuffer(piece);
  }
  if (clear.digest('hex') !== verification.clearSha256) {
    throw new Failure('breakglass.kit-differs', {
      message: `the kit ${name} does not hold what was written into it: it opens, but to another text`,
      hint: 'The kit was written but must not be trusted. Run the backup again and report this.',
    });
  }
  for (const envelope of manifest.envelopes ?? []) await verifyEnvelope(files, manifest, envelope, verification);
  options.report?.({ type: 'secrets-verified', records: manifest.records });
  return {
    kit: name,
    location: files.location,
    depth: 'opened',
    files: manifest.files.length,
    bytes,
    records: manifest.records,
  };
}

// An envelope really opens too, and holds nothing but secrets of the kit, as many as were put into it.
async function verifyEnvelope(
  files: KitFiles,
  manifest: KitManifest,
  { id, records }: NonNullable<KitManifest['envelopes']>[number],
  { identity, digestKey, digests }: KitVerification,
): Promise<void> {
  const entries = await openEnvelope(files, manifest, id, [ageIdentityOf(identity)]);
  const found = new DigestList();
  for await (const entry of entries.database.entries()) {
    const { record, origin } = fromKdbxEntry(entry);
    found.add(recordDigest(digestKey, origin.source ?? '', record));
  }
  const { added, changed } = compareDigests(digests, found.sorted());
  if (added + changed === 0 && found.length === records) return;
  throw new Failure('breakglass.kit-differs', {
    message: `envelope ${id} of the kit ${manifest.kit} does not hold what was put into it: ${found.length} of ${records} secrets, ${added + changed} of them others`,
    hint: 'The kit was written but must not be trusted. Run the backup again and report this.',
    facts: { added, changed },
  });
}

/** Renews the proof of a kit that nobody here can open any more: reads all of it back and checks every byte. */
export async function renewProof(
  backend: Backend,
  name: string,
  options: Operation<KitEvent> & { manifestSha256?: string } = {},
): Promise<KitProof> {
  const files = destinationKitFiles(backend, name);
  const { manifest, bytes } = await checkKitFiles(files, options);
  const { records } = manifest;
  return { kit: name, location: files.location, depth: 'intact', files: manifest.files.length, bytes, records };
}

/**
 * Loads every file of a kit and checks it against the signed manifest. Gives those that `keep` names.
 * @throws Failure `breakglass.missing-file`, `breakglass.damaged-file`, `breakglass.bad-manifest`,
 *   `breakglass.bad-signature`; each names the file.
 */
export async function checkKitFiles(
  files: KitFiles,
  options: Operation<KitEvent> & { manifestSha256?: string; keep?: readonly string[] } = {},
): Promise<{ manifest: KitManifest; bytes: number; loaded: Map<string, Buffer> }> {
  const read = await readBoth(files, options.manifestSha256);
  const { manifest } = read;
  const loaded = new Map<string, Buffer>();
  let { bytes } = read;
  await together(manifest.files, filesAtOnce, async (file) => {
    options.signal?.throwIfAborted();
    const content = await files.load(file.name, file.bytes);
    checkFile(files.location, file, content);
    bytes += content.length;
    if (options.keep?.includes(file.name)) loaded.set(file.name, content);
    options.report?.({ type: 'file-verified', name: file.name, bytes: content.length });
  });
  return { manifest, bytes, loaded };
}

/**
 * Gives the manifest of a kit without opening it, its signature checked by the key that it names. Who knows which kit was written there
 * gives its `manifestSha256`: anybody can sign a kit of their own.
 * @throws Failure as `checkKitFiles` does
 */
export async function readKitManifest(
  files: KitFiles,
  options: { manifestSha256?: string } = {},
): Promise<KitManifest> {
  return (await readBoth(files, options.manifestSha256)).manifest;
}

async function readBoth(
  files: KitFiles,
  manifestSha256: string | undefined,
): Promise<{ manifest: KitManifest; bytes: number }> {
  const names = [manifestName, signatureName];
  const [manifestBytes, signature] = await together(names, 2, (name) => files.load(name));
  assert(manifestBytes !== undefined && signature !== undefined);
  const manifest = readManifest(files.location, manifestBytes, signature);
  if (manifestSha256 !== undefined) requireManifest(files.location, manifestBytes, manifestSha256);
  return { manifest, bytes: manifestBytes.length + signature.length };
}

function part(loaded: ReadonlyMap<string, Buffer>, name: string): Buffer {
  const bytes = loaded.get(name);
  if (bytes !== undefined) return bytes;
  throw new Failure('breakglass.bad-manifest', {
    message: `the manifest does not name ${name}`,
    hint: 'The kit was made by a broken program. Take an older one.',
  });
}

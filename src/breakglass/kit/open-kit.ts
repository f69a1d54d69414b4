// Opens a kit with the master password or an identity, and nothing else: no server, no database, no network.
import { Failure, isFailure } from '../../base/failure.ts';
import type { SecretString } from '../../base/secret-string.ts';
import { readKdbx } from '../../kdbx/kdbx.ts';
import type { KdbxDatabase } from '../../kdbx/open-kdbx.ts';
import { fromKdbxEntry } from '../../sources/secrets/kdbx-entry.ts';
import { type PackedRecord, RecordPacker } from '../../sources/secrets/packed-records.ts';
import type { SecretRecord } from '../../sources/secrets/secret-record.ts';
import { openWithIdentities } from '../age-files.ts';
import { ageIdentityOf, type RecoveryIdentity, unwrapByIdentity, unwrapByPassword } from '../recovery-key.ts';
import { type KitFiles, loadIfThere } from './kit-files.ts';
import { openEnvelope } from './open-envelope.ts';
import { readOwnDocument } from './own-document.ts';
import { type KitManifest, sha256Hex } from './manifest.ts';
import { checkKitFiles } from './verify-kit.ts';

const recipientsFile = 'recovery-key.recipients.age';
// What opening needs in memory; the other files, open.html among them, are checked and let go.
const kitParts = ['secrets.kdbx', 'secrets.keyx.age', 'recovery-key.age', recipientsFile];

/** What opens a kit. An identity may come from shares, from an identity file, or from an extra recipient's key. */
export type KitOpener = { masterPassword: SecretString } | { identity: RecoveryIdentity };

/** How strict to be. */
export interface OpenKitOptions {
  /** Raw public key of the signer that must have made the kit, where people know it (from a share sheet). */
  signer?: Buffer;
  /** Open although the kit was made by another Orbit than the recovery key remembers. */
  acceptUnknownSigner?: boolean;
}

/** One secret of an opened kit and the source it came from. */
export interface KitSecret {
  readonly sourceId: string;
  /** Unpacked anew each time it is asked for: a kit of very many secrets holds none of them as objects. */
  readonly record: SecretRecord;
}

/** An opened kit. Values stay in SecretString until somebody asks for one. */
export interface OpenKit {
  location: string;
  manifest: KitManifest;
  secrets: KitSecret[];
  /** True when the recovery key, or the caller, vouches for who made it; false when there was nothing to compare with. */
  isSignerKnown: boolean;
  /** Set when the key opened these envelopes only: `secrets` are a part of the kit. */
  envelopes?: string[];
}

interface OpenedKey {
  identity: RecoveryIdentity;
  /** The signer noted beside the key, when the file it came from had one. */
  signer?: Buffer;
}

/**
 * Checks every file of a kit against its signed manifest and opens it.
 * An identity that is handed in stays the caller's to wipe.
 * @throws Failure `breakglass.wrong-password`, `breakglass.wrong-key`, `breakglass.unknown-signer`, `breakglass.miscounted-kit`,
 *   `breakglass.no-master-password`, and those of `checkKitFiles`, which name the file.
 */
export async function openKit(files: KitFiles, opener: KitOpener, options: OpenKitOptions = {}): Promise<OpenKit> {
  const { manifest, loaded } = await checkKitFiles(files, { keep: kitParts });
  const opened = 'identity' in opener ? opener : await keyByPassword(files, loaded, opener.masterPassword);
  const keys: OpenedKey[] = [opened];
  try {
    if (opened.identity.id !== manifest.recoveryKey.id) {
      keys.push(...(await keysBehind(files, loaded, opened, manifest.recoveryKey.id)));
    }
    const secrets: KitSecret[] = [];
    const envelopes: string[] = [];
    let isSignerKnown = true;
    for (const part of await openParts(files, manifest, loaded, keys)) {
      const { keyFile, signer } = splitKeyFile(part.keyFile);
      const vouched = [signer, options.signer, ...keys.map((key) => key.signer)];
      isSignerKnown = checkSigner(files, manifest, vouched, options) && isSignerKnown;
      const found = await readSecrets(
        part.database ?? (await readKdbx(loaded.get('secrets.kdbx') ?? Buffer.alloc(0), { keyFile })),
      );
      keyFile.fill(0);
      if (found.length !== part.records) throw miscounted(files, found.length, part.records);
      secrets.push(...(secrets.length === 0 ? found : notYetIn(secrets, found)));
      if (part.envelope !== undefined) envelopes.push(part.envelope);
    }
    return {
      location: files.location,
      manifest,
      secrets,
      isSignerKnown,
      ...(envelopes.length === 0 ? {} : { envelopes }),
    };
  } finally {
    for (const key of keys) if (key !== opener) key.identity.wipe();
  }
}

// The password is tried on the kit's own file first, then on the one at the top of the destination, which is newer.
async function keyByPassword(
  files: KitFiles,
  loaded: ReadonlyMap<string, Buffer>,
  password: SecretString,
): Promise<OpenedKey> {
  const candidates = new Map<string, { name: string; bytes: Buffer }>();
  const own = loaded.get('recovery-key.age');
  if (own !== undefined) candidates.set(sha256Hex(own), { name: 'recovery-key.age', bytes: own });
  const above = files.above === undefined ? undefined : await loadIfThere(files.above, 'recovery-key.age');
  if (above !== undefined) {
    candidates.set(sha256Hex(above), { name: `recovery-key.age in ${files.above?.location}`, bytes: above });
  }
  let refusal: Failure | undefined;
  for (const { name, bytes } of candidates.values()) {
    try {
      return await unwrapByPassword(bytes, password, name);
    } catch (error) {
      if (!isFailure(error, 'breakglass.wrong-password')) throw error;
      refusal ??= error;
    }
  }
  if (refusal !== undefined) throw refusal;
  throw new Failure('breakglass.no-master-password', {
    message: `the kit ${files.location} has no recovery-key.age, so no master password opens it`,
    hint: 'Open it with the custodians’ shares or with a recipient’s key (--identity-file).',
  });
}

// Other keys that the given one leads to: an extra recipient's key opens recovery-key.recipients.age, and the current
// recovery key opens an earlier one in retired-keys/<current>/<earlier>.age.
async function keysBehind(
  files: KitFiles,
  loaded: ReadonlyMap<string, Buffer>,
  first: OpenedKey,
  wanted: string,
): Promise<OpenedKey[]> {
  const keys: OpenedKey[] = [];
  const above = files.above;
  for (const wrapped of [loaded.get(recipientsFile), above && (await loadIfThere(above, recipientsFile))]) {
    if (wrapped === undefined) continue;
    try {
      keys.push(await unwrapByIdentity(wrapped, first.identity, recipientsFile));
    } catch (error) {
      if (!isFailure(error, 'breakglass.wrong-key')) throw error;
    }
  }
  for (const key of [first, ...keys]) {
    const name = `retired-keys/${key.identity.id}/${wanted}.age`;
    const sealed = above === undefined ? undefined : await loadIfThere(above, name);
    if (sealed !== undefined) keys.push(await unwrapByIdentity(sealed, key.identity, name));
  }
  return keys;
}

interface KitPart {
  keyFile: Buffer;
  records: number;
  /** Of an envelope; the whole kit's is opened once its signer is known. */
  database?: KdbxDatabase;
  envelope?: string;
}

// The whole kit where the key opens that, else every envelope that it opens.
async function openParts(
  files: KitFiles,
  manifest: KitManifest,
  loaded: ReadonlyMap<string, Buffer>,
  keys: OpenedKey[],
): Promise<KitPart[]> {
  try {
    return [{ keyFile: await openKeyFile(loaded, keys), records: manifest.records }];
  } catch (error) {
    if (!isFailure(error, 'breakglass.wrong-key')) throw error;
    const parts: KitPart[] = [];
    for (const { id, records } of manifest.envelopes ?? []) {
      try {
        const identities = keys.map((key) => ageIdentityOf(key.identity));
        parts.push({ ...(await openEnvelope(files, manifest, id, identities)), records, envelope: id });
      } catch (refusal) {
        if (!isFailure(refusal, 'breakglass.wrong-key')) throw refusal;
      }
    }
    if (parts.length > 0) return parts;
    throw error;
  }
}

async function openKeyFile(loaded: ReadonlyMap<string, Buffer>, keys: OpenedKey[]): Promise<Buffer> {
  const identities = keys.map((key) => ageIdentityOf(key.identity));
  return await openWithIdentities('secrets.keyx.age', loaded.get('secrets.keyx.age') ?? Buffer.alloc(0), identities);
}

// The sealed key file ends with a comment that says who signed the kit.
function splitKeyFile(bytes: Buffer): { keyFile: Buffer; signer: Buffer | undefined } {
  const comment = /<!-- Orbit kit \S+, signed by ([A-Za-z0-9+/]{43}=) -->/.exec(bytes.toString('latin1'));
  return { keyFile: bytes, signer: comment?.[1] === undefined ? undefined : Buffer.from(comment[1], 'base64') };
}

function checkSigner(
  files: KitFiles,
  manifest: KitManifest,
  [sealedInside, ...vouched]: (Buffer | undefined)[],
  options: OpenKitOptions,
): boolean {
  const signer = Buffer.from(manifest.signer.publicKey, 'base64');
  const known = vouched.filter((key) => key !== undefined);
  const isRight = sealedInside !== undefined && signer.equals(sealedInside) && known.every((key) => signer.equals(key));
  if (!isRight && !options.acceptUnknownSigner) {
    throw new Failure('breakglass.unknown-signer', {
      message: `the kit ${files.location} was not signed by the Orbit that this recovery key belongs to`,
      hint: 'Somebody may have put a kit of their own here: take one from another destination. If you know that it is right (a reinstalled server), use --accept-unknown-signer.',
      facts: { signer: manifest.signer.fingerprint },
    });
  }
  return isRight && known.length > 0;
}

async function readSecrets(database: KdbxDatabase): Promise<KitSecret[]> {
  try {
    return await readAsWritten(database);
  } catch (error) {
    // What another program saved in between is read as any database, which also tells better what is wrong with it.
    if (!isFailure(error, 'kdbx.damaged')) throw error;
    return await readAsAny(database);
  }
}

async function readAsWritten(database: KdbxDatabase): Promise<KitSecret[]> {
  const packer = new RecordPacker();
  const secrets: KitSecret[] = [];
  await readOwnDocument(database.clearText(), {
    entry: ({ source, id, groups, content }) =>
      secrets.push(new PackedSecret(source, packer.packContent(id, groups, content))),
    record: (source, record) => secrets.push(new PackedSecret(source, packer.pack(record))),
  });
  return secrets;
}

async function readAsAny(database: KdbxDatabase): Promise<KitSecret[]> {
  const packer = new RecordPacker();
  const secrets: KitSecret[] = [];
  for await (const entries of database.batches()) {
    for (const entry of entries) {
      const { record, origin } = fromKdbxEntry(entry);
      secrets.push(new PackedSecret(origin.source ?? '', packer.pack(record)));
    }
  }
  return secrets;
}

// Two envelopes may hold the same secret.
function notYetIn(known: readonly KitSecret[], found: readonly KitSecret[]): KitSecret[] {
  const nameOf = ({ sourceId, record }: KitSecret): string => JSON.stringify([sourceId, record.id]);
  const names = new Set(known.map(nameOf));
  return found.filter((secret) => !names.has(nameOf(secret)));
}

class PackedSecret implements KitSecret {
  readonly sourceId: string;
  readonly #packed: PackedRecord;

  constructor(sourceId: string, packed: PackedRecord) {
    this.sourceId = sourceId;
    this.#packed = packed;
  }

  get record(): SecretRecord {
    return this.#packed.unpack();
  }
}

function miscounted(files: KitFiles, found: number, promised: number): Failure {
  return new Failure('breakglass.miscounted-kit', {
    message: `the kit ${files.location} holds ${found} secrets, its manifest promises ${promised}`,
    hint: 'Take the kit from another destination, or an older one.',
  });
}

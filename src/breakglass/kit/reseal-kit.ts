// Seals a kit to another key set without touching its payload: the key file, the recovery key that travels with it, its
// pages and its manifest are written anew; secrets.kdbx stays byte for byte. May be repeated after it was cut short.
import { createHash } from 'node:crypto';
import type { Backend } from '../../backends/backend.ts';
import { Failure, isFailure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import { openWithIdentities, sealToRecipients } from '../age-files.ts';
import { type Envelope, envelopeKeyName, isEnvelopeKey } from '../envelope.ts';
import { type RecoveryKey, recipientsOf } from '../recovery-key-store.ts';
import { ageIdentityOf, type RecoveryIdentity } from '../recovery-key.ts';
import { type SigningKey, signerFingerprint } from '../signing-key.ts';
import { destinationKitFiles, type KitFiles, loadIfThere } from './kit-files.ts';
import { kitReadme } from './kit-readme.ts';
import {
  checkFile,
  type KitManifest,
  manifestName,
  readManifest,
  sha256Hex,
  signatureName,
  signManifest,
} from './manifest.ts';
import type { OpenHtmlParts } from './seal-kit.ts';
import { checkKitFiles } from './verify-kit.ts';

/** What a kit is sealed to anew. */
export interface ResealOptions extends Operation {
  /** Every recovery key that can be opened here: the kit's own is among them. */
  identities: readonly RecoveryIdentity[];
  recoveryKey: RecoveryKey;
  signingKey: SigningKey;
  /** Those that there are now: a team that was taken off does not get the envelope's new key file. */
  envelopes?: readonly Envelope[];
  openHtml?: (parts: OpenHtmlParts) => Promise<Buffer> | Buffer;
}

const keyFileName = 'secrets.keyx.age';
const pageName = 'open.html';
const readmeName = 'README.txt';
const spareSignature = 'manifest.next.sig';
// What depends on who may open the kit; everything else is its payload.
const wraps = ['recovery-key.age', 'recovery-key.recipients.age'];

/**
 * Seals the kit of that name to the current key set and reads it back. `wasSealed` is false when nothing was left to do.
 * @throws Failure `breakglass.damaged-file`, `breakglass.missing-file`, `breakglass.wrong-key`, `breakglass.foreign-kit`, `backend.*`.
 */
export async function resealKit(
  backend: Backend,
  name: string,
  options: ResealOptions,
): Promise<{ manifestSha256: string; wasSealed: boolean }> {
  const { recoveryKey, signingKey } = options;
  const operation = options.signal === undefined ? {} : { signal: options.signal };
  const files = destinationKitFiles(backend, name);
  const before = await readManifestOnTheWay(files);
  if (before.signer.publicKey !== signingKey.publicKey.toString('base64')) throw foreign(name);
  if (before.recoveryKey.id === recoveryKey.id && (await isWhole(files, operation))) {
    if ((await loadIfThere(files, spareSignature)) !== undefined)
      await backend.remove(`secrets/${name}/${spareSignature}`, operation);
    return { manifestSha256: sha256Hex(await files.load(manifestName)), wasSealed: false };
  }

  const plain = await openWithIdentities(
    keyFileName,
    await files.load(keyFileName),
    options.identities.map((identity) => ageIdentityOf(identity)),
  );
  try {
    const parts = new Map<string, Buffer>();
    for (const file of before.files) {
      if ([keyFileName, pageName, readmeName, ...wraps].includes(file.name) || isEnvelopeKey(file.name)) continue;
      const bytes = await files.load(file.name, file.bytes);
      checkFile(files.location, file, bytes);
      parts.set(file.name, bytes);
    }
    const sealed = await resealedFiles(before, parts, plain, files, options);
    const written = new Map([...sealed].filter(([file]) => !parts.has(file)));
    const last = [manifestName, signatureName];
    // First what lets the new keys in; what the old keys opened goes before the manifest says that all is done.
    for (const [file, bytes] of written) {
      if (!last.includes(file)) await put(backend, name, file, bytes, operation);
    }
    for (const wrap of wraps) {
      if (!written.has(wrap) && (await loadIfThere(files, wrap)) !== undefined)
        await backend.remove(`secrets/${name}/${wrap}`, operation);
    }
    // A manifest and its signature are two files: the new signature lies beside the old one while one of them is replaced.
    await put(backend, name, spareSignature, written.get(signatureName) as Buffer, operation);
    for (const file of last) await put(backend, name, file, written.get(file) as Buffer, operation);
    await backend.remove(`secrets/${name}/${spareSignature}`, operation);
    const { loaded } = await checkKitFiles(files, { ...operation, keep: [keyFileName] });
    await proveKeyFile(loaded.get(keyFileName), plain, options);
    return { manifestSha256: sha256Hex(written.get(manifestName) as Buffer), wasSealed: true };
  } finally {
    plain.fill(0);
  }
}

// After a cut the manifest may be the new one already, whose signature is still called the next.
async function readManifestOnTheWay(files: KitFiles): Promise<KitManifest> {
  const manifest = await files.load(manifestName);
  const spare = await loadIfThere(files, spareSignature);
  try {
    return readManifest(files.location, manifest, await files.load(signatureName));
  } catch (error) {
    if (spare === undefined || !isFailure(error, 'breakglass.bad-signature')) throw error;
    return readManifest(files.location, manifest, spare);
  }
}

async function resealedFiles(
  before: KitManifest,
  parts: ReadonlyMap<string, Buffer>,
  plain: Buffer,
  source: KitFiles,
  options: ResealOptions,
): Promise<Map<string, Buffer>> {
  const { recoveryKey, signingKey, openHtml } = options;
  const files = new Map<string, Buffer>(parts);
  files.set(keyFileName, await sealToRecipients(plain, recipientsOf(recoveryKey)));
  for (const [name, bytes] of await resealedEnvelopes(before, source, options)) files.set(name, bytes);
  if (recoveryKey.wrappedByPassword !== undefined) files.set('recovery-key.age', recoveryKey.wrappedByPassword);
  if (recoveryKey.wrappedToRecipients !== undefined)
    files.set('recovery-key.recipients.age', recoveryKey.wrappedToRecipients);
  const { kit, created, run, previous, auditHead, digestKey, records, sources } = before;
  const { id, recipient, ways, shares } = recoveryKey;
  const facts = {
    kit,
    created,
    run,
    previous,
    ...(auditHead === undefined ? {} : { auditHead }),
    recoveryKey: { id, recipient, ways, threshold: shares?.threshold ?? null, shares: shares?.total ?? null },
    digestKey,
    records,
    sources,
    ...(before.envelopes === undefined ? {} : { envelopes: before.envelopes }),
  };
  const hasPage = openHtml !== undefined && before.files.some(({ name }) => name === pageName);
  if (hasPage) {
    const inner = signManifest(facts, files, signingKey);
    const page = { kit, files: new Map(files), manifest: inner.bytes, signature: inner.signature };
    files.set(pageName, await openHtml(page));
  }
  files.set(
    readmeName,
    kitReadme({
      kit,
      keyId: id,
      records,
      hasPassword: recoveryKey.wrappedByPassword !== undefined,
      hasRecipients: recoveryKey.extraRecipients.length > 0,
      hasOpenHtml: hasPage,
      envelopes: (before.envelopes ?? []).map((envelope) => envelope.id),
      signerFingerprint: signerFingerprint(signingKey.publicKey),
      contacts: [],
      ...(shares === undefined ? {} : { shares }),
    }),
  );
  const { bytes, signature } = signManifest(facts, files, signingKey);
  return files.set(signatureName, signature).set(manifestName, bytes);
}

async function resealedEnvelopes(
  before: KitManifest,
  source: KitFiles,
  { recoveryKey, identities, envelopes = [] }: ResealOptions,
): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  for (const { id } of before.envelopes ?? []) {
    const name = envelopeKeyName(id);
    const plain = await openWithIdentities(
      name,
      await source.load(name),
      identities.map((identity) => ageIdentityOf(identity)),
    );
    const team = envelopes.find((envelope) => envelope.id === id)?.recipients ?? [];
    files.set(name, await sealToRecipients(plain, [...recipientsOf(recoveryKey), ...team]));
    plain.fill(0);
  }
  return files;
}

async function put(backend: Backend, kit: string, file: string, bytes: Buffer, options: Operation): Promise<void> {
  await backend.save(`secrets/${kit}/${file}`, bytes, { ...options, ifExists: 'replace', isReadBackByCaller: true });
}

// The key file that came back really opens with the new key, and is the one that went in.
async function proveKeyFile(sealed: Buffer | undefined, plain: Buffer, options: ResealOptions): Promise<void> {
  const current = options.identities.filter(({ id }) => id === options.recoveryKey.id);
  const opened = await openWithIdentities(
    keyFileName,
    sealed ?? Buffer.alloc(0),
    current.map((identity) => ageIdentityOf(identity)),
  );
  const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
  try {
    if (digest(opened) !== digest(plain)) throw new Error('age gave back another key file than it was given');
  } finally {
    opened.fill(0);
  }
}

async function isWhole(files: KitFiles, options: { signal?: AbortSignal }): Promise<boolean> {
  try {
    await checkKitFiles(files, options);
    return true;
  } catch (error) {
    if (
      isFailure(error) &&
      ['damaged-file', 'missing-file', 'bad-signature'].includes(error.code.slice('breakglass.'.length))
    )
      return false;
    throw error;
  }
}

function foreign(name: string): Failure {
  return new Failure('breakglass.foreign-kit', {
    message: `the kit ${name} was signed by another Orbit`,
    hint: 'Only the Orbit that made a kit seals it anew. Do it there, or remove the kit when that Orbit is gone and its passwords were changed.',
  });
}

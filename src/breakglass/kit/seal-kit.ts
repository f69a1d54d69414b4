// Makes a kit in memory: reads every secret once, seals them, signs the manifest. Nothing is written anywhere here, and
// no plaintext ever touches a disk.
import { randomBytes } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import type { Operation } from '../../base/operation.ts';
import { writeWaitingEntries } from '../../kdbx/kdbx.ts';
import { makeKeyFile } from '../../kdbx/key-file.ts';
import { nodeCrypto } from '../../kdbx/node-crypto.ts';
import { sealToRecipients } from '../age-files.ts';
import { type Envelope, envelopeKdbxName, envelopeKeyName } from '../envelope.ts';
import { type RecoveryKey, recipientsOf } from '../recovery-key-store.ts';
import { generateRecoveryIdentity, type RecoveryIdentity } from '../recovery-key.ts';
import { type SigningKey, signerFingerprint } from '../signing-key.ts';
import type { KitEvent } from './kit-event.ts';
import { KitReading, type KitSource } from './kit-reading.ts';
import { kitReadme } from './kit-readme.ts';
import { type KitManifest, manifestName, sha256Hex, signatureName, signManifest } from './manifest.ts';
import { writeProvedDatabase } from './proved-database.ts';
import type { DigestKey } from './record-digest.ts';

/** What an `open.html` is made of. The manifest here covers these files; the kit's own covers open.html too. */
export interface OpenHtmlParts {
  kit: string;
  files: ReadonlyMap<string, Buffer>;
  manifest: Buffer;
  signature: Buffer;
}

/** How a kit is made. */
export interface SealKitOptions extends Operation<KitEvent> {
  recoveryKey: RecoveryKey;
  signingKey: SigningKey;
  digestKey: DigestKey;
  clock: Clock;
  runId: string;
  /** Name of the kit before this one. */
  previous?: string | undefined;
  /** Head of the audit trail. */
  auditHead?: string | undefined;
  /** Whom the README tells people to call, one line each. */
  contacts?: readonly string[];
  openHtml?: (parts: OpenHtmlParts) => Promise<Buffer> | Buffer;
  /** Parts that are also sealed for teams. */
  envelopes?: readonly Envelope[];
  /** When the kit would say the same as one with this basis, nothing is sealed. */
  unlessBasis?: string | undefined;
}

/** What `verifyKit` compares a stored kit with. It lives in memory for one run; wipe `identity` at its end. */
export interface KitVerification {
  /** The one-run key to which secrets.keyx.age is sealed besides the recovery recipients. */
  identity: RecoveryIdentity;
  /** SHA-256 of the clear text of secrets.kdbx, whose every record was compared with what the source gave. */
  clearSha256: string;
  digests: Buffer;
  digestKey: DigestKey;
  manifestSha256: string;
}

/** A kit that is ready to be stored: files in the order in which they are to be written, manifest.json last. */
export interface SealedKit {
  state: 'sealed';
  /** Its folder below `secrets/`: the time, in UTC. */
  name: string;
  /** May be cleared once they are stored: they take twice the kit's size. */
  files: Map<string, Buffer>;
  manifest: KitManifest;
  /** Keyed digest of everything that went in. */
  basis: string;
  verification: KitVerification;
}

/** The source says what it said last time, and so do the keys. */
export interface UnchangedKit {
  state: 'unchanged';
  basis: string;
  records: number;
  sources: { id: string; records: number }[];
}

/**
 * Seals all secrets of these sources into a kit.
 * @throws Failure `breakglass.duplicate-secret` when a source gives two secrets one id, `breakglass.too-many-secrets`,
 *   `kdbx.unwritable`, and whatever a source throws.
 */
export async function sealKit(
  sources: readonly KitSource[],
  options: SealKitOptions,
): Promise<SealedKit | UnchangedKit> {
  const name = options.clock.now().toISOString().replaceAll(':', '-');
  const reading = new KitReading(sources, options);
  const keyFile = Buffer.from(await makeKeyFile(nodeCrypto, randomBytes(32)));
  try {
    const { counts, total, digests } = await reading.read();
    const basis = basisOf(digests, sources, options);
    if (basis === options.unlessBasis) return { state: 'unchanged', basis, records: total, sources: counts };
    const { kdbx, clearSha256 } = await writeProvedDatabase(name, reading.entries(), { keyFile, digests, ...options });
    const envelopes: SealedEnvelope[] = [];
    for (const envelope of options.envelopes ?? [])
      envelopes.push(await sealEnvelope(name, envelope, reading, options));
    return await sealFiles({ name, keyFile, kdbx, clearSha256, digests, basis, counts, total, envelopes }, options);
  } finally {
    keyFile.fill(0);
    reading.wipe();
  }
}

interface SealedEnvelope {
  envelope: Envelope;
  keyFile: Buffer;
  kdbx: Buffer;
  records: number;
}

async function sealEnvelope(
  name: string,
  envelope: Envelope,
  reading: KitReading,
  options: SealKitOptions,
): Promise<SealedEnvelope> {
  const keyFile = Buffer.from(await makeKeyFile(nodeCrypto, randomBytes(32)));
  const entries = [...reading.entries(envelope)];
  const kdbx = await writeWaitingEntries(
    entries,
    { keyFile },
    {
      name: `Orbit kit ${name}, envelope ${envelope.id}`,
      kdf: { kind: 'aes', rounds: 1 },
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    },
  );
  return { envelope, keyFile, kdbx, records: entries.length };
}

interface KitContent {
  name: string;
  keyFile: Buffer;
  kdbx: Buffer;
  clearSha256: string;
  digests: Buffer;
  basis: string;
  counts: { id: string; records: number }[];
  total: number;
  envelopes: SealedEnvelope[];
}

async function sealFiles(content: KitContent, options: SealKitOptions): Promise<SealedKit> {
  const { recoveryKey, signingKey, digestKey } = options;
  const identity = generateRecoveryIdentity();
  // Who made the kit stands inside the sealed key file as well, as a comment that KeePass programs skip.
  const signed = `<!-- Orbit kit ${content.name}, signed by ${signingKey.publicKey.toString('base64')} -->\n`;
  const sealedKeyFile = Buffer.concat([content.keyFile, Buffer.from(signed)]);
  const files = new Map<string, Buffer>([
    ['secrets.kdbx', content.kdbx],
    ['secrets.keyx.age', await sealToRecipients(sealedKeyFile, [...recipientsOf(recoveryKey), identity.recipient])],
  ]);
  sealedKeyFile.fill(0);
  for (const { envelope, keyFile, kdbx } of content.envelopes) {
    const withSigner = Buffer.concat([keyFile, Buffer.from(signed)]);
    const recipients = [...recipientsOf(recoveryKey), ...envelope.recipients, identity.recipient];
    files.set(envelopeKdbxName(envelope.id), kdbx);
    files.set(envelopeKeyName(envelope.id), await sealToRecipients(withSigner, recipients));
    withSigner.fill(0);
    keyFile.fill(0);
  }
  if (recoveryKey.wrappedByPassword !== undefined) files.set('recovery-key.age', recoveryKey.wrappedByPassword);
  if (recoveryKey.wrappedToRecipients !== undefined) {
    files.set('recovery-key.recipients.age', recoveryKey.wrappedToRecipients);
  }
  files.set('records.digests', content.digests);
  const facts = {
    kit: content.name,
    created: options.clock.now().toISOString(),
    run: options.runId,
    previous: options.previous ?? null,
    ...(options.auditHead === undefined ? {} : { auditHead: options.auditHead }),
    recoveryKey: {
      id: recoveryKey.id,
      recipient: recoveryKey.recipient,
      ways: recoveryKey.ways,
      threshold: recoveryKey.shares?.threshold ?? null,
      shares: recoveryKey.shares?.total ?? null,
    },
    digestKey: digestKey.id,
    records: content.total,
    sources: content.counts,
    ...(content.envelopes.length === 0
      ? {}
      : { envelopes: content.envelopes.map(({ envelope, records }) => ({ id: envelope.id, records })) }),
  };
  if (options.openHtml !== undefined) {
    const inner = signManifest(facts, files, signingKey);
    const parts = { kit: content.name, files: new Map(files), manifest: inner.bytes, signature: inner.signature };
    files.set('open.html', await options.openHtml(parts));
  }
  files.set('README.txt', readmeOf(content, options));
  const { manifest, bytes, signature } = signManifest(facts, files, signingKey);
  files.set(signatureName, signature);
  files.set(manifestName, bytes);
  const { clearSha256, digests } = content;
  const verification = { identity, clearSha256, digests, digestKey, manifestSha256: sha256Hex(bytes) };
  return { state: 'sealed', name: content.name, files, manifest, basis: content.basis, verification };
}

function readmeOf(content: KitContent, { recoveryKey, signingKey, contacts, openHtml }: SealKitOptions): Buffer {
  return kitReadme({
    kit: content.name,
    keyId: recoveryKey.id,
    records: content.total,
    hasPassword: recoveryKey.wrappedByPassword !== undefined,
    hasRecipients: recoveryKey.extraRecipients.length > 0,
    hasOpenHtml: openHtml !== undefined,
    envelopes: content.envelopes.map(({ envelope }) => envelope.id),
    signerFingerprint: signerFingerprint(signingKey.publicKey),
    contacts: contacts ?? [],
    ...(recoveryKey.shares === undefined ? {} : { shares: recoveryKey.shares }),
  });
}

// Everything whose change makes a new kit: the secrets, the keys that open it, and what its README says.
function basisOf(digests: Buffer, sources: readonly KitSource[], options: SealKitOptions): string {
  const { recoveryKey, signingKey, digestKey, contacts = [] } = options;
  return digestKey
    .digest(
      'kit 1',
      digests,
      JSON.stringify(sources.map((source) => [source.id, source.title])),
      JSON.stringify([recipientsOf(recoveryKey), recoveryKey.ways, recoveryKey.shares ?? null, contacts]),
      recoveryKey.wrappedByPassword ?? '',
      recoveryKey.wrappedToRecipients ?? '',
      signingKey.publicKey,
      options.openHtml === undefined ? 'no page' : 'page',
      ...(options.envelopes === undefined || options.envelopes.length === 0 ? [] : [JSON.stringify(options.envelopes)]),
    )
    .toString('hex');
}

// manifest.json of a kit: what it is, how big and with which SHA-256 its files are, whose key opens it. No name and no
// value of a secret. Its exact bytes are signed; manifest.sig holds the raw Ed25519 signature.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { Failure } from '../../base/failure.ts';
import { isSignedBy, type SigningKey, signerFingerprint } from '../signing-key.ts';

/** The file whose presence says that a kit is whole: it is written last. */
export const manifestName = 'manifest.json';
/** The signature over the bytes of manifest.json. */
export const signatureName = 'manifest.sig';
/** The newest version of the kit's format that we write and read. */
export const kitFormatVersion = 1;

// On the worst day the damaged copy may be the only one: the stock programs ask for less than we do.
const takeAnother =
  'Take the kit from another destination, or an older one. Where there is none, stock age and KeePassXC may still open it, by README.txt: somebody or something changed it.';

const fileName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/);
const hexDigits = (length: number): z.ZodString => z.string().regex(new RegExp(`^[0-9a-f]{${length}}$`));
const count = z.number().int().nonnegative();

const manifestSchema = z.strictObject({
  format: z.literal('orbit-kit'),
  version: z.literal(kitFormatVersion),
  /** The kit's folder below secrets/. */
  kit: fileName,
  created: z.iso.datetime(),
  run: z.string().max(100),
  previous: fileName.nullable(),
  /** Hash of the newest entry of the audit trail, so that nobody can make the trail anew unnoticed. */
  auditHead: hexDigits(64).optional(),
  recoveryKey: z.strictObject({
    id: hexDigits(16),
    recipient: z.string().max(200),
    ways: z.array(z.enum(['master-password', 'shares', 'recipients'])),
    /** How many shares open it, and of how many. */
    threshold: count.nullable(),
    shares: count.nullable(),
  }),
  signer: z.strictObject({ algorithm: z.literal('Ed25519'), publicKey: z.base64(), fingerprint: z.string() }),
  /** Digests of two kits with the same id can be compared without opening either. */
  digestKey: hexDigits(16),
  records: count,
  sources: z.array(z.strictObject({ id: z.string().max(200), records: count })).max(10_000),
  /** Parts that open with keys of their own, when there are any. */
  envelopes: z
    .array(z.strictObject({ id: hexDigits(8), records: count }))
    .max(40)
    .optional(),
  files: z.array(z.strictObject({ name: fileName, bytes: count, sha256: hexDigits(64) })).max(100),
});

/** What manifest.json says. */
export type KitManifest = z.infer<typeof manifestSchema>;

/** SHA-256 in hexadecimal. */
export function sha256Hex(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The manifest of these files, as the bytes to be stored, and their signature. */
export function signManifest(
  facts: Omit<KitManifest, 'format' | 'version' | 'signer' | 'files'>,
  files: ReadonlyMap<string, Buffer>,
  signingKey: SigningKey,
): { manifest: KitManifest; bytes: Buffer; signature: Buffer } {
  const manifest: KitManifest = {
    format: 'orbit-kit',
    version: kitFormatVersion,
    ...facts,
    signer: {
      algorithm: 'Ed25519',
      publicKey: signingKey.publicKey.toString('base64'),
      fingerprint: signerFingerprint(signingKey.publicKey),
    },
    files: [...files].map(([name, bytes]) => ({ name, bytes: bytes.length, sha256: sha256Hex(bytes) })),
  };
  const bytes = Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`);
  return { manifest, bytes, signature: signingKey.sign(bytes) };
}

/**
 * Reads a manifest and checks its signature by the key it names; whether that key is known is the caller's question.
 * @throws Failure `breakglass.bad-manifest`, `breakglass.newer-kit`, `breakglass.bad-signature`.
 */
export function readManifest(where: string, bytes: Uint8Array, signature: Uint8Array): KitManifest {
  const json = parseJson(where, bytes);
  const result = manifestSchema.safeParse(json);
  if (!result.success) {
    const version = z.looseObject({ format: z.literal('orbit-kit'), version: z.number() }).safeParse(json);
    if (version.success && version.data.version > kitFormatVersion) {
      throw new Failure('breakglass.newer-kit', {
        message: `the kit ${where} has format version ${version.data.version}; this Orbit knows ${kitFormatVersion}`,
        hint: 'Use a newer Orbit, or the stock programs as the kit’s README.txt says.',
      });
    }
    throw badManifest(where, z.prettifyError(result.error));
  }
  const manifest = result.data;
  const publicKey = Buffer.from(manifest.signer.publicKey, 'base64');
  if (!isSignedBy(publicKey, bytes, signature) || manifest.signer.fingerprint !== signerFingerprint(publicKey)) {
    throw new Failure('breakglass.bad-signature', {
      message: `the signature of the kit ${where} is wrong: manifest.json or manifest.sig was changed`,
      hint: takeAnother,
    });
  }
  return manifest;
}

/** That a manifest is the one that was written there. @throws Failure `breakglass.damaged-file` */
export function requireManifest(where: string, bytes: Uint8Array, sha256: string): void {
  if (sha256Hex(bytes) === sha256) return;
  throw new Failure('breakglass.damaged-file', {
    message: `${manifestName} of the kit ${where} is not the one that was written there`,
    hint: 'Somebody replaced the kit by another one. Take it from another destination, and find out who.',
    facts: { file: manifestName },
  });
}

/**
 * Compares a file with what the manifest says of it.
 * @throws Failure `breakglass.damaged-file`, which names the file.
 */
export function checkFile(where: string, file: KitManifest['files'][number], bytes: Uint8Array): void {
  if (bytes.length === file.bytes && sha256Hex(bytes) === file.sha256) return;
  throw new Failure('breakglass.damaged-file', {
    message: `${file.name} of the kit ${where} is not what was written: ${bytes.length} of ${file.bytes} bytes, ${bytes.length === file.bytes ? 'with another SHA-256' : 'so it was cut or replaced'}`,
    hint: takeAnother,
    facts: { file: file.name },
  });
}

function parseJson(where: string, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown;
  } catch (error) {
    throw badManifest(where, 'it is not JSON', error);
  }
}

function badManifest(where: string, why: string, cause?: unknown): Failure {
  return new Failure('breakglass.bad-manifest', {
    message: `manifest.json of the kit ${where} cannot be read: ${why}`,
    hint: takeAnother,
    cause,
  });
}

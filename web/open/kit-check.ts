// Proves, before anything is asked of anyone, that this kit is the one that was written: signature first, then every file.
import { ed25519 } from '@noble/curves/ed25519.js';
import { bytesOfBase64 } from './base64.ts';
import type { KitFiles } from './kit-files.ts';

/** What the page uses of manifest.json. */
export interface KitManifest {
  kit: string;
  created: Date;
  /** When the kit before this one was made. */
  previous?: Date;
  records: number;
  /** Parts that open with a team's own key. */
  envelopes: { id: string; records: number }[];
  recoveryKey: { id: string; recipient: string; ways: string[]; threshold: number | null; shares: number | null };
  signerPublicKey: Uint8Array;
  /** SHA-256 of the signer's public key: who made the kit. */
  signerFingerprint: string;
  /** SHA-256 of manifest.json: which kit this is. */
  fingerprint: string;
}

/** Why a kit is refused; `file` names the one that is not what was written. */
export type KitFault =
  | { kind: 'missing-file'; file: string }
  | { kind: 'bad-manifest' }
  | { kind: 'bad-signature' }
  | { kind: 'changed-file'; file: string };

/** Thrown by `checkKit`. */
export class KitRefused extends Error {
  readonly fault: KitFault;

  constructor(fault: KitFault) {
    super(fault.kind);
    this.fault = fault;
  }
}

const needed = ['manifest.json', 'manifest.sig', 'secrets.kdbx', 'secrets.keyx.age'];

/** Checks the signature over the manifest and the size and SHA-256 of every embedded file. @throws KitRefused */
export async function checkKit(files: KitFiles): Promise<KitManifest> {
  for (const file of needed) if (!files.has(file)) throw new KitRefused({ kind: 'missing-file', file });
  const bytes = files.get('manifest.json') ?? new Uint8Array();
  const { manifest, listed } = await readManifest(bytes);
  if (!isSigned(manifest.signerPublicKey, bytes, files.get('manifest.sig') ?? new Uint8Array())) {
    throw new KitRefused({ kind: 'bad-signature' });
  }
  for (const [name, content] of files) {
    if (name === 'manifest.json' || name === 'manifest.sig') continue;
    const entry = listed.find((candidate) => candidate.name === name);
    if (entry?.bytes !== content.length || entry.sha256 !== (await sha256Hex(content))) {
      throw new KitRefused({ kind: 'changed-file', file: name });
    }
  }
  return manifest;
}

/** SHA-256 in hexadecimal. */
export async function sha256Hex(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function isSigned(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  try {
    return ed25519.verify(signature, message, publicKey, { zip215: false });
  } catch {
    return false;
  }
}

interface ListedFile {
  name: string;
  bytes: number;
  sha256: string;
}

async function readManifest(bytes: Uint8Array<ArrayBuffer>): Promise<{ manifest: KitManifest; listed: ListedFile[] }> {
  try {
    const json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as {
      format: string;
      version: number;
      kit: string;
      created: string;
      previous?: string | null;
      records: number;
      envelopes?: KitManifest['envelopes'];
      recoveryKey: KitManifest['recoveryKey'];
      signer: { publicKey: string };
      files: ListedFile[];
    };
    if (json.format !== 'orbit-kit' || json.version !== 1 || !Array.isArray(json.files)) throw new Error('not a kit');
    const signerPublicKey = bytesOfBase64(json.signer.publicKey);
    const manifest = {
      kit: String(json.kit),
      created: new Date(json.created),
      ...previousOf(json.previous),
      records: Number(json.records),
      envelopes: json.envelopes ?? [],
      recoveryKey: json.recoveryKey,
      signerPublicKey,
      signerFingerprint: await sha256Hex(signerPublicKey),
      fingerprint: await sha256Hex(bytes),
    };
    if (!/^[0-9a-f]{16}$/.test(manifest.recoveryKey.id) || !Array.isArray(manifest.recoveryKey.ways))
      throw new Error('key');
    return { manifest, listed: json.files };
  } catch {
    throw new KitRefused({ kind: 'bad-manifest' });
  }
}

// Kits are named by their time, with dashes where a file name must not have colons.
function previousOf(name: string | null | undefined): { previous?: Date } {
  const previous = new Date(String(name).replace(/T(\d\d)-(\d\d)-(\d\d)/, 'T$1:$2:$3'));
  return Number.isNaN(previous.getTime()) ? {} : { previous };
}

// Opens the kit with the recovery key: key file, KDBX, entries, index.
import { openKdbx } from '../../src/kdbx/open-kdbx.ts';
import type { KdbxEntry } from '../../src/kdbx/kdbx-types.ts';
import { browserCrypto } from './browser-crypto.ts';
import type { KitManifest } from './kit-check.ts';
import { bytesOfBase64 } from './base64.ts';
import type { KitFiles } from './kit-files.ts';
import { KeyRefused, keyIdOf, openSealed, type RecoveryKey } from './recovery-key.ts';
import { buildSearchIndex, type SearchIndex } from './search-index.ts';
import { byTitle } from './title-order.ts';

/** The opened kit. */
export interface Vault {
  entries: readonly KdbxEntry[];
  index: SearchIndex;
  /** Only envelopes were opened, not the whole kit. */
  isPart: boolean;
}

/** Thrown when the kit opens, but was signed by someone else than the sealed files of the kit say. */
export class OtherSigner extends Error {}

/** Thrown when the kit holds more or fewer secrets than its manifest promises. */
export class Miscounted extends Error {}

/**
 * Opens the whole kit, or, with a team's key, the envelopes that are sealed to it. `reading` hears how many secrets were read so far.
 * @throws KeyRefused, OtherSigner, Miscounted, Failure `kdbx.…`
 */
export async function openVault(
  files: KitFiles,
  manifest: KitManifest,
  keys: readonly RecoveryKey[],
  reading: (count: number) => void,
): Promise<Vault> {
  const entries: KdbxEntry[] = [];
  let isPart = false;
  let paintedAt = performance.now();
  for (const { kdbx, keyFile, records, signer } of await openedParts(files, manifest, keys)) {
    for (const one of [signer, signerInKeyFile(keyFile)]) {
      if (one !== undefined && !isSame(bytesOfBase64(one), manifest.signerPublicKey)) throw new OtherSigner();
    }
    isPart ||= kdbx !== 'secrets.kdbx';
    const database = await openKdbx(browserCrypto(), files.get(kdbx) ?? new Uint8Array(), { keyFile });
    keyFile.fill(0);
    const before = entries.length;
    for await (const batch of database.batches({ isPastLater: true })) {
      for (const entry of batch) if (entry.isRecycled !== true) entries.push(entry);
      if (performance.now() - paintedAt < 100) continue;
      reading(entries.length);
      await nextPaint();
      paintedAt = performance.now();
    }
    if (entries.length - before !== records) throw new Miscounted();
  }
  const sorted = byTitle(isPart ? onceEach(entries) : entries, (entry) => fieldOf(entry, 'Title'));
  return { entries: sorted, index: buildSearchIndex(sorted), isPart };
}

interface OpenedPart {
  kdbx: string;
  keyFile: Uint8Array;
  records: number;
  signer?: string | undefined;
}

// The whole kit with the first key that opens it; else every envelope that one of them opens.
async function openedParts(
  files: KitFiles,
  manifest: KitManifest,
  keys: readonly RecoveryKey[],
): Promise<OpenedPart[]> {
  for (const key of keys) {
    if (key.isRecipients !== true && (await keyIdOf(key)) !== manifest.recoveryKey.id) continue;
    const keyFile = await keyFileOf(files, 'secrets.keyx.age', key);
    if (keyFile !== undefined)
      return [{ kdbx: 'secrets.kdbx', keyFile, records: manifest.records, signer: key.signer }];
  }
  const parts: OpenedPart[] = [];
  for (const { id, records } of manifest.envelopes) {
    for (const key of keys.filter(({ isRecipients }) => isRecipients)) {
      const keyFile = await keyFileOf(files, `envelope-${id}.keyx.age`, key);
      if (keyFile === undefined) continue;
      parts.push({ kdbx: `envelope-${id}.kdbx`, keyFile, records });
      break;
    }
  }
  if (parts.length === 0) throw new KeyRefused('other-key');
  return parts;
}

async function keyFileOf(files: KitFiles, name: string, key: RecoveryKey): Promise<Uint8Array | undefined> {
  const sealed = files.get(name);
  if (sealed === undefined) return undefined;
  try {
    return await openSealed(sealed, key);
  } catch (error) {
    if (error instanceof KeyRefused) return undefined;
    throw error;
  }
}

// Two envelopes may hold the same secret; its UUID is the same in both.
function onceEach(entries: KdbxEntry[]): KdbxEntry[] {
  return [...new Map(entries.map((entry) => [entry.uuid, entry])).values()];
}

// The sealed key file ends with a comment that says who signed the kit.
function signerInKeyFile(keyFile: Uint8Array): string | undefined {
  const text = new TextDecoder('latin1').decode(keyFile);
  return /<!-- Orbit kit \S+, signed by ([A-Za-z0-9+/]{43}=) -->/.exec(text)?.[1];
}

/** The value of a field of this name, or nothing. */
export function fieldOf(entry: { fields: readonly { name: string; value: string }[] }, name: string): string {
  return entry.fields.find((field) => field.name === name)?.value ?? '';
}

/** Lets the browser draw before the work goes on. */
export function nextPaint(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 0);
  });
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

// Opens the kit with the recovery key: key file, KDBX, entries, index.
import { openKdbx } from '../../src/kdbx/open-kdbx.ts';
import type { KdbxEntry } from '../../src/kdbx/kdbx-types.ts';
import { browserCrypto } from './browser-crypto.ts';
import type { KitManifest } from './kit-check.ts';
import { bytesOfBase64 } from './base64.ts';
import type { KitFiles } from './kit-files.ts';
import { KeyRefused, keyIdOf, openSealed, type RecoveryKey } from './recovery-key.ts';
import { buildSearchIndex, type SearchIndex } from './search-index.ts';

/** The opened kit. */
export interface Vault {
  entries: readonly KdbxEntry[];
  index: SearchIndex;
}

/** Thrown when the kit opens, but was signed by someone else than the sealed files of the kit say. */
export class OtherSigner extends Error {}

/** Thrown when the kit holds more or fewer secrets than its manifest promises. */
export class Miscounted extends Error {}

/**
 * Opens everything. `reading` hears how many secrets were read so far.
 * @throws KeyRefused, OtherSigner, Miscounted, Failure `kdbx.…`
 */
export async function openVault(
  files: KitFiles,
  manifest: KitManifest,
  key: RecoveryKey,
  reading: (count: number) => void,
): Promise<Vault> {
  if ((await keyIdOf(key)) !== manifest.recoveryKey.id) throw new KeyRefused('other-key');
  const keyFile = await openSealed(files.get('secrets.keyx.age') ?? new Uint8Array(), key);
  for (const signer of [key.signer, signerInKeyFile(keyFile)]) {
    if (signer !== undefined && !isSame(bytesOfBase64(signer), manifest.signerPublicKey)) throw new OtherSigner();
  }
  const database = await openKdbx(browserCrypto(), files.get('secrets.kdbx') ?? new Uint8Array(), { keyFile });
  keyFile.fill(0);
  const entries: KdbxEntry[] = [];
  let paintedAt = performance.now();
  for await (const entry of database.entries()) {
    if (entry.isRecycled !== true) entries.push(entry);
    if (performance.now() - paintedAt < 100) continue;
    reading(entries.length);
    await nextPaint();
    paintedAt = performance.now();
  }
  if (entries.length !== manifest.records) throw new Miscounted();
  const sorted = byTitle(entries);
  return { entries: sorted, index: buildSearchIndex(sorted) };
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

function byTitle(entries: readonly KdbxEntry[]): KdbxEntry[] {
  const { compare } = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });
  const titled = entries.map((entry) => ({ entry, title: fieldOf(entry, 'Title') }));
  return titled.sort((a, b) => compare(a.title, b.title)).map(({ entry }) => entry);
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

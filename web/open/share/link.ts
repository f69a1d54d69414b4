// What a custodian's link says, and the sheet it opens. The key never leaves this page.
import { bytesOfBase64 } from '../base64.ts';

const idBytes = 16;
const keyBytes = 32;
const nonceBytes = 12;
const sheetBytesMax = 1024 * 1024;

/** A link that was read: what the service is shown, and what opens its answer. */
export interface Link {
  id: string;
  /** Shows the service that we have the link, and tells it nothing of the key. */
  proof: string;
  /** Opens the sheet. */
  open(sealed: string): Promise<SharedSheet>;
}

/** A sheet as it comes out of a link. */
export interface SharedSheet {
  words: string[];
  /** The page to be printed. */
  sheet: string;
}

/** Reads the fragment of a link; undefined when it was cut or is none. */
export async function readLink(token: string): Promise<Link | undefined> {
  if (!/^[\w-]{64}$/.test(token)) return undefined;
  const bytes = bytesOfBase64(token.replaceAll('-', '+').replaceAll('_', '/'));
  const id = bytes.slice(0, idBytes);
  const key = await crypto.subtle.importKey('raw', bytes.slice(idBytes), 'HKDF', false, ['deriveBits']);
  bytes.fill(0);
  const proof = await derived(key, 'orbit share link: proof');
  return {
    id: base64url(id),
    proof: base64url(proof),
    async open(sealed) {
      if (sealed.length > sheetBytesMax) throw new Error('no sheet is that long');
      const all = bytesOfBase64(sealed);
      const sealingKey = await crypto.subtle.importKey(
        'raw',
        await derived(key, 'orbit share link: seal'),
        'AES-GCM',
        false,
        ['decrypt'],
      );
      const algorithm = { name: 'AES-GCM', iv: all.slice(0, nonceBytes), additionalData: id };
      const plain = await crypto.subtle.decrypt(algorithm, sealingKey, all.slice(nonceBytes));
      return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(plain)) as SharedSheet;
    },
  };
}

/** SHA-256 of the words of a share, by which the service knows them again without knowing them. */
export async function digestOfWords(words: readonly string[]): Promise<string> {
  const text = new TextEncoder().encode(`orbit share\n${words.join(' ')}\n`);
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', text));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

async function derived(key: CryptoKey, purpose: string): Promise<Uint8Array<ArrayBuffer>> {
  const algorithm = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: new TextEncoder().encode(purpose) };
  return new Uint8Array(await crypto.subtle.deriveBits(algorithm, key, keyBytes * 8));
}

function base64url(bytes: Uint8Array): string {
  const plain = btoa(String.fromCharCode(...bytes));
  return plain.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

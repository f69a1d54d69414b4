// The kit's files inside this very page: inert elements of base64, read once and then taken out of the document.
import { bytesOfBase64 } from './base64.ts';

/** Name → bytes. */
export type KitFiles = ReadonlyMap<string, Uint8Array<ArrayBuffer>>;

/** Reads and removes every embedded file. */
export function takeEmbeddedFiles(page: Document): KitFiles {
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const element of page.querySelectorAll<HTMLScriptElement>('script[data-name]')) {
    files.set(element.dataset['name'] ?? '', bytesOfBase64(element.textContent ?? ''));
    element.remove();
  }
  return files;
}

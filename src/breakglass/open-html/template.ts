// The built template of open.html, as it lies beside this file (`npm run build:open` makes it).
import { readFile } from 'node:fs/promises';
import { renderOpenHtml } from './render.ts';

/** The template's bytes, for `renderOpenHtml`. */
export function loadOpenTemplate(): Promise<Buffer> {
  return readFile(new URL('./template.html', import.meta.url));
}

/**
 * `open.html` of a kit: what `sealKit` takes as its `openHtml`. The page gets the manifest that covers exactly its files.
 * @throws Failure `breakglass.bad-template`
 */
export async function openHtmlOf(kit: {
  files: ReadonlyMap<string, Uint8Array>;
  manifest: Uint8Array;
  signature: Uint8Array;
}): Promise<Buffer> {
  const files = new Map(kit.files).set('manifest.json', kit.manifest).set('manifest.sig', kit.signature);
  return renderOpenHtml(await loadOpenTemplate(), files);
}

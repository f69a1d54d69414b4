// The built template of open.html, as it lies beside this file (`npm run build:open` makes it).
import { readFile } from 'node:fs/promises';

/** The template's bytes, for `renderOpenHtml`. */
export function loadOpenTemplate(): Promise<Buffer> {
  return readFile(new URL('./template.html', import.meta.url));
}

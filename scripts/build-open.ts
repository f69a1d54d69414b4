// Builds the template of open.html: one script, one style, a policy that allows these two and nothing else.
import { writeFile } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { buildOneFilePage } from './one-file-page.ts';

const source = fileURLToPath(new URL('../web/open/', import.meta.url));
const target = fileURLToPath(new URL('../src/breakglass/open-html/template.html', import.meta.url));

/** Builds the template and gives its text. The same sources and tools give the same bytes. */
export function buildOpenTemplate(): Promise<string> {
  return buildOneFilePage(source);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const text = await buildOpenTemplate();
  await writeFile(target, text);
  console.log(`open.html: ${(text.length / 1024).toFixed(0)} KiB`);
}

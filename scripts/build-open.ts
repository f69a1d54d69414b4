// Builds the pages that people open without a console: one script, one style, a policy that allows these two and nothing else.
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'vite';
import { sheetStyle } from '../src/breakglass/shares/sheet.ts';

const source = fileURLToPath(new URL('../web/open/', import.meta.url));

/** A page that is built into one file. */
export interface BuiltPage {
  name: string;
  /** Its folder below web/open. */
  folder: string;
  /** Where it is kept, in the repository. */
  target: URL;
  /** Styles besides its own, and what its policy allows besides. */
  styles: readonly string[];
  policy: readonly string[];
}

/** open.html: takes what it needs from itself, asks nobody. */
export const openPage: BuiltPage = {
  name: 'open.html',
  folder: '',
  target: new URL('../src/breakglass/open-html/template.html', import.meta.url),
  styles: [],
  policy: [],
};

/** The page of a custodian's link: asks its own service, and shows a sheet in a frame. */
export const sharePage: BuiltPage = {
  name: 'share.html',
  folder: 'share/',
  target: new URL('../src/api/share-page/share.html', import.meta.url),
  styles: [sheetStyle],
  policy: [`connect-src 'self'`, 'frame-src blob:'],
};

/** Builds a page and gives its text. The same sources and tools give the same bytes. */
export async function buildPage(page: BuiltPage): Promise<string> {
  const result = await build({
    root: source,
    configFile: false,
    logLevel: 'warn',
    build: {
      write: false,
      target: ['chrome111', 'firefox115', 'safari16.4'],
      modulePreload: false,
      cssCodeSplit: false,
      reportCompressedSize: false,
      rollupOptions: { input: `${source}${page.folder}main.ts`, output: { format: 'es', codeSplitting: false } },
    },
  });
  const outputs = Array.isArray(result) ? result : [result];
  const files = outputs.flatMap((output) => ('output' in output ? output.output : []));
  const chunks = files.filter((file) => file.type === 'chunk');
  const [chunk] = chunks;
  const style = files.find((file) => file.type === 'asset' && file.fileName.endsWith('.css'));
  if (chunk === undefined || chunks.length !== 1 || style?.type !== 'asset')
    throw new Error('expected one script and one style');
  // Inside an element these would end it, or begin one.
  const script = chunk.code.trim().replaceAll('</script', '<\\/script').replaceAll('<!--', '<\\!--');
  const css = String(style.source).trim();
  const policy = [
    `default-src 'none'`,
    `script-src '${hashOf(script)}'`,
    `style-src ${[css, ...page.styles].map((text) => `'${hashOf(text)}'`).join(' ')}`,
    ...page.policy,
    `base-uri 'none'`,
    `form-action 'none'`,
    `require-trusted-types-for 'script'`,
    `trusted-types 'none'`,
  ].join('; ');
  const parts = new Map([
    ['policy', policy],
    ['style', css],
    ['script', script],
  ]);
  const html = await readFile(`${source}${page.folder}index.html`, 'utf8');
  return html.replace(/<!--(policy|style|script)-->/g, (_, name: string) => parts.get(name) ?? '');
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const page of [openPage, sharePage]) {
    const text = await buildPage(page);
    await writeFile(page.target, text);
    console.log(`${page.name}: ${(text.length / 1024).toFixed(0)} KiB`);
  }
}

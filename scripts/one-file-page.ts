// Builds a page that is one file: one script, one style, a policy that allows these two and nothing else.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { build } from 'vite';

/** What a page has of its own, besides its script and style. */
export interface PageParts {
  /** Styles that it uses besides its own. */
  styles?: readonly string[];
  /** Further lines of its policy. */
  policy?: readonly string[];
  /** What it says where scripts are off. */
  noscript?: string;
  /** A mark before the script, where data is put later. */
  data?: string;
}

/** Builds the page whose `main.ts` lies in the folder `source` and gives its text. The same sources and tools give the same bytes. */
export async function buildOneFilePage(
  source: string,
  {
    styles = [],
    policy: more = [],
    noscript = 'This page needs JavaScript. · Esta página precisa de JavaScript.',
    data,
  }: PageParts = {},
): Promise<string> {
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
      rollupOptions: { input: `${source}main.ts`, output: { format: 'es', codeSplitting: false } },
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
    `style-src ${[css, ...styles].map((text) => `'${hashOf(text)}'`).join(' ')}`,
    ...more,
    `base-uri 'none'`,
    `form-action 'none'`,
    `require-trusted-types-for 'script'`,
    `trusted-types 'none'`,
  ].join('; ');
  const parts = new Map([
    ['policy', policy],
    ['style', css],
    ['script', script],
    ['noscript', noscript],
    ['data', data === undefined ? '' : `${data}\n`],
  ]);
  const page = await readFile(new URL('one-file-page.html', import.meta.url), 'utf8');
  return page.replace(/<!--(policy|style|script|noscript|data)-->/g, (_, name: string) => parts.get(name) ?? '');
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

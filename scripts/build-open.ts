// Builds the template of open.html: one script, one style, a policy that allows these two and nothing else.
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'vite';

const source = fileURLToPath(new URL('../web/open/', import.meta.url));
const target = fileURLToPath(new URL('../src/breakglass/open-html/template.html', import.meta.url));

/** Builds the template and gives its text. The same sources and tools give the same bytes. */
export async function buildOpenTemplate(): Promise<string> {
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
    `style-src '${hashOf(css)}'`,
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
  const page = await readFile(`${source}index.html`, 'utf8');
  return page.replace(/<!--(policy|style|script)-->/g, (_, name: string) => parts.get(name) ?? '');
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const text = await buildOpenTemplate();
  await writeFile(target, text);
  console.log(`open.html: ${(text.length / 1024).toFixed(0)} KiB`);
}

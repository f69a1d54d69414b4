// Builds the console that the service serves: `npm ci` runs this through `prepare`. Every file is compressed here, once.
import { mkdir, readFile, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { build } from 'vite';
import { buildOneFilePage } from './one-file-page.ts';

const source = fileURLToPath(new URL('../web/console/', import.meta.url));

const recordingPage = fileURLToPath(new URL('../web/recording/', import.meta.url));

/** Builds the page that a packaged recording is watched in. */
export async function buildRecordingPage(): Promise<void> {
  await mkdir(join(recordingPage, 'dist'), { recursive: true });
  const target = join(recordingPage, 'dist/recording.html');
  // A video plays from memory.
  const page = await buildOneFilePage(recordingPage, { policy: [`media-src blob:`], data: '<!--kit-files-->' });
  // Whoever packages a recording meanwhile reads the whole page, the old one or the new one.
  await writeFile(`${target}.${process.pid}`, page);
  await rename(`${target}.${process.pid}`, target);
}

/** Sizes in bytes of everything, and of what a browser loads before it shows Home. */
export interface ConsoleSize {
  plain: number;
  brotli: number;
  firstLoad: number;
}

/** Builds into `target` and gives its sizes. */
export async function buildConsole(target = join(source, 'dist')): Promise<ConsoleSize> {
  await build({
    root: source,
    base: '/',
    configFile: false,
    // Its warnings are all about 'use client', which means nothing here.
    logLevel: 'error',
    build: {
      outDir: target,
      emptyOutDir: true,
      assetsInlineLimit: 0,
      target: ['chrome111', 'firefox115', 'safari16.4'],
      modulePreload: { polyfill: false },
      reportCompressedSize: false,
      chunkSizeWarningLimit: 2000,
      // What comes first comes in one file: thirty small ones would wait for each other.
      rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'first', tags: ['$initial'] }] } } },
    },
  });
  const size = { plain: 0, brotli: 0, firstLoad: 0 };
  const page = await readFile(join(target, 'index.html'), 'utf8');
  const assets = join(target, 'assets');
  for (const name of await readdir(assets)) {
    const bytes = await readFile(join(assets, name));
    const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 10 } };
    const compressed = await promisify(brotliCompress)(bytes, quality);
    await writeFile(join(assets, `${name}.br`), compressed);
    await writeFile(join(assets, `${name}.gz`), await promisify(gzip)(bytes));
    size.plain += bytes.length;
    size.brotli += compressed.length;
    if (page.includes(`/assets/${name}`)) size.firstLoad += compressed.length;
  }
  return size;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await buildRecordingPage();
  const kib = (bytes: number): string => `${Math.round(bytes / 1024)} KiB`;
  const { plain, brotli, firstLoad } = await buildConsole();
  console.log(`console: ${kib(plain)}, ${kib(brotli)} compressed, of which ${kib(firstLoad)} come first`);
}

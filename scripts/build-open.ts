// Builds the pages that people open without a console, each one file.
import { writeFile } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { sheetStyle } from '../src/breakglass/shares/sheet.ts';
import { buildOneFilePage, type PageParts } from './one-file-page.ts';

const source = fileURLToPath(new URL('../web/open/', import.meta.url));

/** A page that is built into one file. */
export interface BuiltPage extends PageParts {
  name: string;
  /** Its folder below web/open. */
  folder: string;
  /** Where it is kept, in the repository. */
  target: URL;
}

/** open.html: takes what it needs from itself, asks nobody. */
export const openPage: BuiltPage = {
  name: 'open.html',
  folder: '',
  target: new URL('../src/breakglass/open-html/template.html', import.meta.url),
  noscript:
    'This page needs JavaScript. README.txt beside it says how to open the kit with age and KeePassXC instead. · Esta página precisa de JavaScript. O README.txt ao lado diz como abrir o kit com age e KeePassXC.',
  data: '<!--kit-files-->',
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
export function buildPage({ folder, ...parts }: BuiltPage): Promise<string> {
  return buildOneFilePage(`${source}${folder}`, parts);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const page of [openPage, sharePage]) {
    const text = await buildPage(page);
    await writeFile(page.target, text);
    console.log(`${page.name}: ${(text.length / 1024).toFixed(0)} KiB`);
  }
}

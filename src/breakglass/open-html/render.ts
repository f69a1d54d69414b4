// open.html: the page that opens a kit anywhere, made of the built template and the kit's own files.
import { Failure } from '../../base/failure.ts';

/** Where the files go in the template. */
export const filesPlace = '<!--kit-files-->';
/** The type of the inert elements that hold them: browsers neither run nor draw it. */
export const fileElementType = 'application/octet-stream';

/** The files the page needs, where the kit has them; anything else in a kit is left out. */
export const embeddedFiles = [
  'manifest.json',
  'manifest.sig',
  'recovery-key.age',
  'secrets.keyx.age',
  'secrets.kdbx',
] as const;

/**
 * The page for these files of a kit (name → bytes). Pure: the same template and files give the same bytes.
 * @throws Failure `breakglass.bad-template` when the template has no place for them.
 */
export function renderOpenHtml(template: Uint8Array, files: ReadonlyMap<string, Uint8Array>): Buffer {
  const page = Buffer.from(template.buffer, template.byteOffset, template.byteLength);
  const place = page.indexOf(filesPlace);
  if (place < 0 || place !== page.lastIndexOf(filesPlace)) {
    throw new Failure('breakglass.bad-template', {
      message: 'the template of open.html has no place for the kit’s files',
      hint: 'Run `npm ci` again: a file of Orbit itself was changed.',
    });
  }
  const pieces = [page.subarray(0, place)];
  for (const name of embeddedFiles) {
    const bytes = files.get(name);
    if (bytes === undefined) continue;
    const base64 = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
    pieces.push(Buffer.from(`<script type="${fileElementType}" data-name="${name}">${base64}</script>\n`, 'latin1'));
  }
  pieces.push(page.subarray(place + filesPlace.length));
  return Buffer.concat(pieces);
}

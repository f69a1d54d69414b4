// open.html: the page that opens a kit anywhere, made of the built template and the kit's own files.
import { Failure } from '../../base/failure.ts';
import { isEnvelopeFile } from '../envelope.ts';
import { base64Into, base64Length } from '../../kdbx/base64.ts';

/** Where the files go in the template. */
export const filesPlace = '<!--kit-files-->';
/** The type of the inert elements that hold them: browsers neither run nor draw it. */
export const fileElementType = 'application/octet-stream';

/** The files the page needs, where the kit has them, and its envelopes; anything else in a kit is left out. */
const embeddedFiles = [
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
  const envelopes = [...files.keys()].filter(isEnvelopeFile).sort();
  const found = [...embeddedFiles, ...envelopes].flatMap((name) => {
    const bytes = files.get(name);
    return bytes === undefined ? [] : [{ bytes, start: `<script type="${fileElementType}" data-name="${name}">` }];
  });
  const end = '</script>\n';
  const size = found.reduce((sum, { bytes, start }) => sum + start.length + base64Length(bytes.length) + end.length, 0);
  // Written in place: the page of a large kit has tens of megabytes, which need not be in memory twice.
  const whole = Buffer.alloc(page.length - filesPlace.length + size);
  let at = page.copy(whole, 0, 0, place);
  for (const { bytes, start } of found) {
    at += whole.write(start, at, 'latin1');
    at = base64Into(bytes, whole, at);
    at += whole.write(end, at, 'latin1');
  }
  page.copy(whole, at, place + filesPlace.length);
  return whole;
}

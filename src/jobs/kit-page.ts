// The page of a kit, as runs put it into the kits they make and seal anew.
import type { OpenHtmlParts } from '../breakglass/kit/seal-kit.ts';
import { renderOpenHtml } from '../breakglass/open-html/render.ts';
import { loadOpenTemplate } from '../breakglass/open-html/template.ts';

/** `open.html` of these parts of a kit. */
export async function kitPage({ files, manifest, signature }: OpenHtmlParts): Promise<Buffer> {
  return renderOpenHtml(
    await loadOpenTemplate(),
    new Map([...files, ['manifest.json', manifest], ['manifest.sig', signature]]),
  );
}

// A QR code as SVG, drawn by us so that nothing in the sheet comes from elsewhere.
import qrcode from 'qrcode';

const quietZone = 4;

/** The QR code of a text as an SVG element, with medium error correction; `label` is what a screen reader says. */
export function qrCodeSvg(text: string, label: string): string {
  const { size, data } = qrcode.create(text, { errorCorrectionLevel: 'M' }).modules;
  const runs: string[] = [];
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column < size; column += 1) {
      let length = 0;
      while (column + length < size && data[row * size + column + length] === 1) length += 1;
      if (length > 0) runs.push(`M${column + quietZone} ${row + quietZone}h${length}v1h-${length}z`);
      column += length;
    }
  }
  const side = size + 2 * quietZone;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${side} ${side}" role="img" aria-label="${label}" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h${side}v${side}H0z"/><path fill="#000" d="${runs.join('')}"/></svg>`;
}

// Reads a QR code out of a picture, in this page: a photo of a sheet, or a scan of it. Nothing of it is kept.
import { decodeQR } from 'qr/decode.js';

// A telephone's photo has far more; finding the code takes time by the pixel.
const sideMax = 2_000;
const withinMs = 4_000;

/** The text of the QR code in a picture, or undefined when there is none. */
export async function readQrText(picture: Blob): Promise<string | undefined> {
  try {
    const bitmap = await createImageBitmap(picture);
    const scale = Math.min(1, sideMax / Math.max(bitmap.width, bitmap.height));
    const [width, height] = [bitmap.width, bitmap.height].map((side) => Math.max(1, Math.round(side * scale))) as [
      number,
      number,
    ];
    const canvas = new OffscreenCanvas(width, height).getContext('2d');
    if (canvas === null) return undefined;
    canvas.drawImage(bitmap, 0, 0, width, height);
    bitmap.close();
    const { data } = canvas.getImageData(0, 0, width, height);
    const text = decodeQR({ width, height, data }, { format: 'RGBA', effort: 10, timeLimit: withinMs });
    data.fill(0);
    return text;
  } catch {
    return undefined;
  }
}

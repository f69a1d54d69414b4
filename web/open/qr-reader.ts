// Reads a QR code from a picture where the browser itself can (BarcodeDetector); nothing is bundled for it.

interface Detector {
  detect(image: ImageBitmap): Promise<{ rawValue: string }[]>;
}

/** True when this browser reads QR codes. */
export function canReadQr(): boolean {
  return 'BarcodeDetector' in globalThis;
}

/** The text of the QR code in a picture, or undefined when there is none. */
export async function readQrText(picture: Blob): Promise<string | undefined> {
  try {
    const { BarcodeDetector } = globalThis as unknown as {
      BarcodeDetector: new (options: { formats: string[] }) => Detector;
    };
    const [code] = await new BarcodeDetector({ formats: ['qr_code'] }).detect(await createImageBitmap(picture));
    return code?.rawValue;
  } catch {
    return undefined;
  }
}

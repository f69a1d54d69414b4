// The part of the package qrcode that a share sheet uses; it brings no types of its own.
declare module 'qrcode' {
  const qrcode: {
    /** Makes the code for a text; `data` has one byte a module, row by row, 1 for dark. */
    create(
      text: string,
      options: { errorCorrectionLevel: 'L' | 'M' | 'Q' | 'H' },
    ): { modules: { size: number; data: Uint8Array } };
  };
  export default qrcode;
}

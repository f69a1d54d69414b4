// Base64, as the kit's files stand in the page.

/** Decodes base64 in pieces, so that a kit of many megabytes is never in memory as one more string. */
export function bytesOfBase64(text: string): Uint8Array<ArrayBuffer> {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  const pieceLength = 4 * 256 * 1024;
  for (let start = 0, offset = 0; start < text.length; start += pieceLength) {
    const piece = atob(text.slice(start, start + pieceLength));
    for (let index = 0; index < piece.length; index += 1) bytes[offset + index] = piece.charCodeAt(index);
    offset += piece.length;
  }
  return bytes;
}

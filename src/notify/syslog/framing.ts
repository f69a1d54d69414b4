// How syslog messages lie on the wire. Pure.

/** TCP and TLS framings. RFC 6587 sections 3.4.1 and 3.4.2; TLS takes only the first (RFC 5425 section 4.3). */
export type Framing = 'octet-counting' | 'newline';

/** One message as a stream carries it. With `newline` framing a line break inside becomes a space. */
export function frame(message: string, framing: Framing): Buffer {
  if (framing === 'newline') return Buffer.from(`${message.replace(/[\r\n]+/g, ' ')}\n`, 'utf8');
  const bytes = Buffer.from(message, 'utf8');
  return Buffer.concat([Buffer.from(`${bytes.length} `, 'ascii'), bytes]);
}

/**
 * One message as a datagram of at most `bytesMax`. A longer one loses its end, at a whole character and never in the
 * middle of an escape, and ends in `…`. Only UDP cuts.
 */
export function datagram(message: string, bytesMax: number): Buffer {
  const bytes = Buffer.from(message, 'utf8');
  if (bytes.length <= bytesMax) return bytes;
  const mark = Buffer.from('…', 'utf8');
  let end = bytesMax - mark.length;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  const backslash = 0x5c;
  let backslashes = 0;
  while (end - backslashes > 0 && bytes[end - backslashes - 1] === backslash) backslashes += 1;
  if (backslashes % 2 === 1) end -= 1;
  return Buffer.concat([bytes.subarray(0, end), mark]);
}

// The inner header of KDBX 4: the key of the protected values, and the attachments (keepass.info, "KDBX 4", Inner header).
import { concatBytes, littleEndian, viewOf } from './bytes.ts';
import type { ByteStream } from './kdbx-crypto.ts';
import type { KdbxLimits } from './limits.ts';
import { damaged, overLimit } from './refusals.ts';

/** What the inner header says. `attachments[n]` is what `Ref="n"` in the XML means. */
export interface InnerHeader {
  cipherId: number;
  key: Uint8Array;
  attachments: Uint8Array[];
}

const fieldIds = { end: 0, cipherId: 1, key: 2, attachment: 3 };
// Flag 1 of an attachment asks clients to keep it protected in memory; it changes nothing in the file.
const isProtectedFlag = 1;

/** Pieces of the inner header; attachments are passed on, not copied. */
export function* encodeInnerHeader(header: InnerHeader): Iterable<Uint8Array> {
  const start = (id: number, size: number): Uint8Array => concatBytes([Uint8Array.of(id), littleEndian(size, 4)]);
  yield concatBytes([start(fieldIds.cipherId, 4), littleEndian(header.cipherId, 4)]);
  yield concatBytes([start(fieldIds.key, header.key.length), header.key]);
  for (const bytes of header.attachments) {
    yield concatBytes([start(fieldIds.attachment, bytes.length + 1), Uint8Array.of(isProtectedFlag)]);
    yield bytes;
  }
  yield start(fieldIds.end, 0);
}

/** Reads the inner header off the front of a stream and gives what follows it, which is the XML. */
export async function decodeInnerHeader(
  stream: ByteStream,
  limits: KdbxLimits,
): Promise<{ header: InnerHeader; rest: ByteStream }> {
  const reader = new StreamReader(stream);
  const header: InnerHeader = { cipherId: 0, key: new Uint8Array(), attachments: [] };
  let attachmentBytes = 0;
  for (;;) {
    const start = await reader.take(5);
    const id = start[0] as number;
    const size = viewOf(start).getUint32(1, true);
    if (id === fieldIds.attachment) attachmentBytes += size;
    else if (size > limits.headerField) throw overLimit(`an inner header field of ${size} bytes`);
    if (attachmentBytes > limits.attachments) throw overLimit(`${attachmentBytes} bytes of attachments`);
    const value = await reader.take(size);
    if (id === fieldIds.end) break;
    if (id === fieldIds.cipherId && size === 4) header.cipherId = viewOf(value).getUint32(0, true);
    else if (id === fieldIds.key) header.key = value;
    else if (id === fieldIds.attachment && size >= 1) header.attachments.push(value.subarray(1));
    else throw damaged(`its inner header has a field ${id} of ${size} bytes`);
  }
  return { header, rest: reader.rest() };
}

class StreamReader {
  readonly #pieces: AsyncIterator<Uint8Array>;
  #piece = new Uint8Array();

  constructor(stream: ByteStream) {
    this.#pieces = stream[Symbol.asyncIterator]();
  }

  /** Exactly so many bytes, in an array of their own. */
  async take(count: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    for (let missing = count; missing > 0; ) {
      if (this.#piece.length === 0) {
        const next = await this.#pieces.next();
        if (next.done === true) throw damaged('its inner header ends too early');
        this.#piece = next.value as Uint8Array<ArrayBuffer>;
      }
      const part = this.#piece.subarray(0, missing);
      // Whoever gives the pieces may take one back when it is asked for the next.
      parts.push(part.length < missing ? part.slice() : part);
      missing -= part.length;
      this.#piece = this.#piece.subarray(part.length);
    }
    return concatBytes(parts);
  }

  async *rest(): ByteStream {
    yield this.#piece;
    for (;;) {
      const next = await this.#pieces.next();
      if (next.done === true) return;
      yield next.value;
    }
  }
}

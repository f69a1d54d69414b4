// How KDBX cuts its payload into blocks that each prove themselves (keepass.info, "KDBX 4", HMAC-SHA-256 block stream).
import { ByteReader } from './byte-reader.ts';
import { concatBytes, littleEndian, littleEndian64, sameBytes } from './bytes.ts';
import { blockMac } from './file-keys.ts';
import type { ByteStream, KdbxCrypto } from './kdbx-crypto.ts';
import { damaged } from './refusals.ts';

const blockSize = 1024 * 1024;

/** Cuts a stream into blocks of 1 MiB with their MACs, closed by an empty block. */
export async function* sealBlocks(crypto: KdbxCrypto, hmacBase: Uint8Array, data: ByteStream): ByteStream {
  let index = 0n;
  const sealed = async (block: Uint8Array): Promise<Uint8Array[]> => {
    const size = littleEndian(block.length, 4);
    const mac = await blockMac(crypto, hmacBase, index, littleEndian64(index), size, block);
    index += 1n;
    return [mac, size, block];
  };
  let held: Uint8Array[] = [];
  let heldSize = 0;
  for await (const piece of data) {
    for (let rest = piece; rest.length > 0; ) {
      const part = rest.subarray(0, blockSize - heldSize);
      rest = rest.subarray(part.length);
      held.push(part);
      heldSize += part.length;
      if (heldSize < blockSize) continue;
      yield* await sealed(concatBytes(held));
      held = [];
      heldSize = 0;
    }
  }
  if (heldSize > 0) yield* await sealed(concatBytes(held));
  yield* await sealed(new Uint8Array());
}

/** Checks every block before giving any: nothing unproven reaches the cipher. Throws `kdbx.damaged` with the block. */
export async function openBlocks(crypto: KdbxCrypto, hmacBase: Uint8Array, bytes: Uint8Array): Promise<Uint8Array[]> {
  const reader = new ByteReader(bytes, 'the last block');
  const blocks: Uint8Array[] = [];
  for (let index = 0n; ; index += 1n) {
    const mac = reader.take(32);
    const size = reader.take(4);
    reader.offset -= 4;
    const block = reader.take(reader.u32());
    const expected = await blockMac(crypto, hmacBase, index, littleEndian64(index), size, block);
    if (!sameBytes(mac, expected)) throw damaged(`block ${index} does not match its authentication code`);
    if (block.length === 0) break;
    blocks.push(block);
  }
  if (reader.left > 0) throw damaged(`${reader.left} bytes follow its last block`);
  return blocks;
}

/** The blocks of KDBX 3.1, inside the cipher: index, SHA-256, size, data; an empty one closes. */
export async function openHashedBlocks(crypto: KdbxCrypto, bytes: Uint8Array): Promise<Uint8Array[]> {
  const reader = new ByteReader(bytes, 'the last block');
  const blocks: Uint8Array[] = [];
  for (let index = 0; ; index += 1) {
    if (reader.u32() !== index) throw damaged(`block ${index} has another number`);
    const hash = reader.take(32);
    const block = reader.take(reader.u32());
    const isEnd = block.length === 0 && hash.every((byte) => byte === 0);
    if (isEnd) break;
    if (!sameBytes(hash, await crypto.sha256(block))) throw damaged(`block ${index} does not match its checksum`);
    blocks.push(block);
  }
  if (reader.left > 0) throw damaged(`${reader.left} bytes follow its last block`);
  return blocks;
}

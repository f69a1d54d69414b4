// The typed name-value list that KDBX 4 keeps the KDF's parameters in (keepass.info, "KDBX 4", VariantDictionary).
import { ByteReader } from './byte-reader.ts';
import { concatBytes, littleEndian, littleEndian64, utf8, viewOf } from './bytes.ts';
import { damaged, unsupported } from './refusals.ts';

/** A value: 64-bit and 32-bit numbers, truth, text or bytes. */
export type VariantValue =
  | { type: 'u64'; value: bigint }
  | { type: 'u32'; value: number }
  | { type: 'bytes'; value: Uint8Array };

const typeIds = { u32: 0x04, u64: 0x05, bool: 0x08, i32: 0x0c, i64: 0x0d, text: 0x18, bytes: 0x42 };
const currentVersion = 0x0100;

/** Bytes of the list, in the map's order. */
export function encodeVariants(values: ReadonlyMap<string, VariantValue>): Uint8Array {
  const parts = [littleEndian(currentVersion, 2)];
  for (const [name, variant] of values) {
    const bytes =
      variant.type === 'u64'
        ? littleEndian64(variant.value)
        : variant.type === 'u32'
          ? littleEndian(variant.value, 4)
          : variant.value;
    const nameBytes = utf8(name);
    parts.push(Uint8Array.of(typeIds[variant.type]), littleEndian(nameBytes.length, 4), nameBytes);
    parts.push(littleEndian(bytes.length, 4), bytes);
  }
  parts.push(Uint8Array.of(0));
  return concatBytes(parts);
}

/** Reads a list. Kinds of values that no KDF we know uses (truth, signed, text) are skipped. */
export function decodeVariants(bytes: Uint8Array): Map<string, VariantValue> {
  const reader = new ByteReader(bytes, 'the list of KDF parameters');
  const version = reader.u16();
  if (version >>> 8 > currentVersion >>> 8) {
    throw unsupported(`its list of KDF parameters has version ${version >>> 8}`, 'Save it as KDBX 4 with KeePassXC.');
  }
  const values = new Map<string, VariantValue>();
  for (let type = reader.u8(); type !== 0; type = reader.u8()) {
    const name = new TextDecoder().decode(reader.take(reader.u32()));
    const value = reader.take(reader.u32());
    const wanted = type === typeIds.u32 ? 4 : type === typeIds.u64 ? 8 : value.length;
    if (value.length !== wanted) throw damaged(`the KDF parameter ${name} has ${value.length} bytes`);
    if (type === typeIds.u32) values.set(name, { type: 'u32', value: viewOf(value).getUint32(0, true) });
    else if (type === typeIds.u64) values.set(name, { type: 'u64', value: viewOf(value).getBigUint64(0, true) });
    else if (type === typeIds.bytes) values.set(name, { type: 'bytes', value });
  }
  return values;
}

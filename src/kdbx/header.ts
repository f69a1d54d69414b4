// The outer header: signature, version, cipher, seeds and KDF (keepass.info, "KDBX 4", Header; "KDBX 3.1").
import { ByteReader } from './byte-reader.ts';
import { concatBytes, fromHex, littleEndian, toHex, viewOf } from './bytes.ts';
import type { KdbxCipher } from './kdbx-types.ts';
import { checkedKdf, decodeKdf, encodeKdf, type SaltedKdf } from './kdf.ts';
import type { KdbxLimits } from './limits.ts';
import { damaged, overLimit, unsupported } from './refusals.ts';

/** What the header says. */
export interface KdbxHeader {
  major: 3 | 4;
  minor: number;
  cipher: KdbxCipher;
  isCompressed: boolean;
  masterSeed: Uint8Array;
  iv: Uint8Array;
  kdf: SaltedKdf;
  /** KDBX 3.1 keeps these here; KDBX 4 keeps the first two in its inner header. */
  inner?: { cipherId: number; key: Uint8Array; startBytes: Uint8Array };
  /** Bytes from the start of the file to the end of the header. */
  length: number;
}

/** Bytes of IV that each cipher takes. */
export const ivLength: Record<KdbxCipher, number> = { aes: 16, chacha20: 12 };

const signature = [0x9aa2d903, 0xb54bfb67] as const;
const keepass1Signature = 0xb54bfb65;
const fieldIds = {
  end: 0,
  cipher: 2,
  compression: 3,
  masterSeed: 4,
  seed: 5,
  rounds: 6,
  iv: 7,
  innerKey: 8,
  startBytes: 9,
  innerCipher: 10,
  kdf: 11,
};
const cipherIds: Record<KdbxCipher, string> = {
  aes: '31c1f2e6bf714350be5805216afc5aff',
  chacha20: 'd6038a2b8b6f4cb5a524339a31dbb59a',
};

/** True when the bytes begin like a KDBX file. */
export function isKdbx(bytes: Uint8Array): boolean {
  if (bytes.length < 12) return false;
  const view = viewOf(bytes);
  return view.getUint32(0, true) === signature[0] && view.getUint32(4, true) === signature[1];
}

/** The header of a KDBX 4.0 file, gzip on. */
export function encodeHeader(header: Pick<KdbxHeader, 'cipher' | 'masterSeed' | 'iv' | 'kdf'>): Uint8Array {
  const field = (id: number, value: Uint8Array): Uint8Array =>
    concatBytes([Uint8Array.of(id), littleEndian(value.length, 4), value]);
  return concatBytes([
    littleEndian(signature[0], 4),
    littleEndian(signature[1], 4),
    littleEndian(0, 2),
    littleEndian(4, 2),
    field(fieldIds.cipher, fromHex(cipherIds[header.cipher]) ?? new Uint8Array()),
    field(fieldIds.compression, littleEndian(1, 4)),
    field(fieldIds.masterSeed, header.masterSeed),
    field(fieldIds.iv, header.iv),
    field(fieldIds.kdf, encodeKdf(header.kdf)),
    field(fieldIds.end, Uint8Array.of(13, 10, 13, 10)),
  ]);
}

/** Reads the header, without knowing yet whether it is genuine: only limits and shape are checked. */
export function decodeHeader(bytes: Uint8Array, limits: KdbxLimits): KdbxHeader {
  const { major, minor, reader } = startOf(bytes);
  const fields = new Map<number, Uint8Array>();
  for (let id = -1; id !== fieldIds.end; ) {
    id = reader.u8();
    const size = major === 4 ? reader.u32() : reader.u16();
    if (size > limits.headerField) throw overLimit(`a header field of ${size} bytes`);
    fields.set(id, reader.take(size));
  }
  const field = (name: keyof typeof fieldIds, length?: number): Uint8Array => {
    const value = fields.get(fieldIds[name]);
    if (value === undefined) throw damaged(`its header has no ${name}`);
    if (length !== undefined && value.length !== length)
      throw damaged(`its header's ${name} has ${value.length} bytes`);
    return value;
  };
  const number = (name: keyof typeof fieldIds): number => viewOf(field(name, 4)).getUint32(0, true);
  const cipherId = toHex(field('cipher', 16));
  const cipher = cipherId === cipherIds.aes ? 'aes' : cipherId === cipherIds.chacha20 ? 'chacha20' : undefined;
  if (cipher === undefined) {
    throw unsupported(`its cipher ${cipherId} is not AES-256 or ChaCha20`, 'Save it with AES-256 in KeePassXC.');
  }
  const compression = number('compression');
  if (compression > 1) throw unsupported(`its compression ${compression} is unknown`, 'Save it with KeePassXC.');
  const common = {
    minor,
    cipher,
    isCompressed: compression === 1,
    masterSeed: field('masterSeed', 32),
    iv: field('iv', ivLength[cipher]),
    length: reader.offset,
  } as const;
  if (major === 4) return { ...common, major, kdf: decodeKdf(field('kdf'), limits) };
  const rounds = Number(viewOf(field('rounds', 8)).getBigUint64(0, true));
  const inner = { cipherId: number('innerCipher'), key: field('innerKey', 32), startBytes: field('startBytes', 32) };
  return { ...common, major, kdf: checkedKdf({ kind: 'aes', rounds, salt: field('seed', 32) }, limits), inner };
}

function startOf(bytes: Uint8Array): { major: 3 | 4; minor: number; reader: ByteReader } {
  if (!isKdbx(bytes)) {
    const isKeepass1 = bytes.length >= 8 && viewOf(bytes).getUint32(4, true) === keepass1Signature;
    if (isKeepass1) throw unsupported('it is a KeePass 1 database', 'Import it in KeePassXC and save it as KDBX.');
    throw unsupported(
      'it does not begin like a KDBX file',
      'Check that the right file was given, and that it is whole.',
    );
  }
  const reader = new ByteReader(bytes, 'the header');
  reader.take(8);
  const minor = reader.u16();
  const major = reader.u16();
  if (major === 4 && minor <= 1) return { major, minor, reader };
  if (major === 3 && minor <= 1) return { major, minor, reader };
  throw unsupported(`it has KDBX version ${major}.${minor}`, 'Save it as KDBX 4 with KeePassXC.');
}

// Opens a KDBX file: proves it genuine first, then gives its entries one by one. Runs without Node, too.
import { Failure, isFailure } from '../base/failure.ts';
import { openBlocks, openHashedBlocks } from './blocks.ts';
import { concatBytes, sameBytes } from './bytes.ts';
import { ChaCha20 } from './chacha20.ts';
import { type AwaitedAttachment, DocumentParser, type DocumentSummary } from './document-parser.ts';
import { blockMac, deriveFileKeys, headerBlock } from './file-keys.ts';
import { decodeHeader, type KdbxHeader } from './header.ts';
import { decodeInnerHeader, type InnerHeader } from './inner-header.ts';
import type { ByteStream, KdbxCrypto } from './kdbx-crypto.ts';
import type { KdbxCipher, KdbxCredentials, KdbxEntry, KdbxKdf } from './kdbx-types.ts';
import { innerKeyStream } from './key-stream.ts';
import { pastKeeper } from './later-history.ts';
import { defaultLimits, type KdbxLimits } from './limits.ts';
import { damaged, overLimit } from './refusals.ts';
import { XmlReader } from './xml-reader.ts';

/** How entries are read. */
export interface EntriesOptions {
  /** Is filled in on the way. */
  summary?: Partial<DocumentSummary>;
  /**
   * Where the file allows, the past of an entry is read, and its values opened, when `history` is asked for the first time.
   * What is not well-formed in it throws `kdbx.damaged` only then.
   */
  isPastLater?: boolean;
}

/** An opened file. Its blocks are proven; its text is decrypted as `entries` is read. */
export interface KdbxDatabase {
  /** `3.1`, `4.0` or `4.1`. */
  version: string;
  cipher: KdbxCipher;
  kdf: KdbxKdf;
  /** Every entry, recycled ones too. May be called again. */
  entries(options?: EntriesOptions): AsyncGenerator<KdbxEntry, void, undefined>;
  /** The same, those of a piece of the text together: for very many, since waiting for each takes its time. */
  batches(options?: EntriesOptions): AsyncGenerator<KdbxEntry[], void, undefined>;
  /** What is inside, decrypted and decompressed; from the inner header on, where there is one. May be called again. */
  clearText(): ByteStream;
}

interface Payload {
  plaintext: () => ByteStream;
  headerHash?: Uint8Array;
}

/**
 * Opens the file with these credentials. The bytes must stay as they are while entries are read. Throws
 * `kdbx.wrong-credentials`, `kdbx.damaged`, `kdbx.unsupported`, `kdbx.over-limit`, `kdbx.key-file-damaged`.
 */
export async function openKdbx(
  crypto: KdbxCrypto,
  bytes: Uint8Array,
  credentials: KdbxCredentials,
  limits: KdbxLimits = defaultLimits,
): Promise<KdbxDatabase> {
  const header = decodeHeader(bytes, limits);
  const payload =
    header.major === 4
      ? await openPayload(crypto, header, bytes, credentials)
      : await openPayload3(crypto, header, bytes, credentials);
  return {
    version: `${header.major}.${header.minor}`,
    cipher: header.cipher,
    kdf: header.kdf,
    entries: (options = {}) => oneByOne(readEntries(crypto, header, payload, limits, options)),
    batches: (options = {}) => readEntries(crypto, header, payload, limits, options),
    clearText: () => clearText(crypto, header, payload),
  };
}

async function openPayload(
  crypto: KdbxCrypto,
  header: KdbxHeader,
  bytes: Uint8Array,
  credentials: KdbxCredentials,
): Promise<Payload> {
  const { length } = header;
  if (bytes.length < length + 64) throw damaged('it ends in its header');
  const headerBytes = bytes.subarray(0, length);
  if (!sameBytes(bytes.subarray(length, length + 32), await crypto.sha256(headerBytes))) {
    throw damaged('its header does not match its checksum');
  }
  const keys = await deriveFileKeys(crypto, credentials, header.masterSeed, header.kdf);
  const mac = await blockMac(crypto, keys.hmacBase, headerBlock, headerBytes);
  if (!sameBytes(bytes.subarray(length + 32, length + 64), mac)) throw wrongCredentials();
  const blocks = await openBlocks(crypto, keys.hmacBase, bytes.subarray(length + 64));
  return { plaintext: () => decrypt(crypto, header, keys.cipher, blocks) };
}

async function openPayload3(
  crypto: KdbxCrypto,
  header: KdbxHeader,
  bytes: Uint8Array,
  credentials: KdbxCredentials,
): Promise<Payload> {
  const keys = await deriveFileKeys(crypto, credentials, header.masterSeed, header.kdf);
  const pieces: Uint8Array[] = [];
  let failed = false;
  try {
    for await (const piece of decrypt(crypto, header, keys.cipher, [bytes.subarray(header.length)])) pieces.push(piece);
  } catch {
    failed = true;
  }
  const plaintext = concatBytes(pieces);
  // KDBX 3.1 has no MAC: 32 bytes known from the header are all that tells a wrong key.
  if (!sameBytes(plaintext.subarray(0, 32), header.inner?.startBytes ?? plaintext)) throw wrongCredentials();
  if (failed) throw damaged('its end is missing');
  const blocks = await openHashedBlocks(crypto, plaintext.subarray(32));
  return {
    plaintext: () => streamOf(blocks),
    headerHash: await crypto.sha256(bytes.subarray(0, header.length)),
  };
}

async function* readEntries(
  crypto: KdbxCrypto,
  header: KdbxHeader,
  payload: Payload,
  limits: KdbxLimits,
  { summary, isPastLater = false }: EntriesOptions,
): AsyncGenerator<KdbxEntry[], void, undefined> {
  let rest = clearText(crypto, header, payload);
  let inner: InnerHeader = { cipherId: 0, key: new Uint8Array(), attachments: [], ...header.inner };
  if (header.major === 4) ({ header: inner, rest } = await decodeInnerHeader(rest, limits));
  const keyStream = await innerKeyStream(crypto, inner.cipherId, inner.key);
  const parser = new DocumentParser(keyStream, inner.attachments, {
    headerHash: payload.headerHash,
    keepPast: isPastLater && keyStream instanceof ChaCha20 ? pastKeeper(keyStream, limits) : undefined,
  });
  yield* readDocument(crypto, parser, rest, limits);
  if (summary !== undefined) Object.assign(summary, parser.summary);
}

function clearText(crypto: KdbxCrypto, header: KdbxHeader, payload: Payload): ByteStream {
  const content = payload.plaintext();
  return namingDamage(header.isCompressed ? crypto.gunzip(content) : content);
}

/** Entries of a KeePass 2 XML export (not encrypted). Throws `kdbx.damaged` and `kdbx.over-limit`. */
export async function* openKeePassXml(
  crypto: KdbxCrypto,
  bytes: Uint8Array,
  limits: KdbxLimits = defaultLimits,
): AsyncGenerator<KdbxEntry, void, undefined> {
  yield* oneByOne(readDocument(crypto, new DocumentParser(undefined, []), piecesOf(bytes), limits));
}

// What comes out of one piece of text goes through the generators as one: each of them takes longer than an entry would.
async function* oneByOne(batches: AsyncIterable<KdbxEntry[]>): AsyncGenerator<KdbxEntry, void, undefined> {
  for await (const batch of batches) yield* batch;
}

// Entries come as they become complete, so that those of one piece of text at a time are in memory.
async function* readDocument(
  crypto: KdbxCrypto,
  parser: DocumentParser,
  xml: ByteStream,
  limits: KdbxLimits,
): AsyncGenerator<KdbxEntry[], void, undefined> {
  const reader = new XmlReader(parser, limits);
  const budget = { left: limits.attachments };
  for await (const piece of xml) {
    reader.write(piece);
    await fillAttachments(crypto, parser.awaited, budget);
    parser.awaited = [];
    yield parser.takeEntries();
  }
  reader.end();
  yield parser.takeEntries();
}

async function fillAttachments(
  crypto: KdbxCrypto,
  awaited: AwaitedAttachment[],
  budget: { left: number },
): Promise<void> {
  for (const { attachment, source } of awaited) {
    if (source.isCompressed) {
      const pieces: Uint8Array[] = [];
      for await (const piece of namingDamage(crypto.gunzip(streamOf([source.bytes])))) {
        budget.left -= piece.length;
        if (budget.left < 0) throw overLimit('too many bytes of attachments');
        pieces.push(piece);
      }
      source.bytes = concatBytes(pieces);
      source.isCompressed = false;
    }
    attachment.bytes = source.bytes;
  }
}

function decrypt(crypto: KdbxCrypto, header: KdbxHeader, key: Uint8Array, blocks: Uint8Array[]): ByteStream {
  const data = streamOf(blocks);
  return header.cipher === 'aes' ? crypto.aesCbc('open', key, header.iv, data) : crypto.chacha20(key, header.iv, data);
}

async function* streamOf(pieces: readonly Uint8Array[]): ByteStream {
  yield* pieces;
}

async function* piecesOf(bytes: Uint8Array): ByteStream {
  const size = 256 * 1024;
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function* namingDamage(stream: ByteStream): ByteStream {
  try {
    yield* stream;
  } catch (error) {
    throw isFailure(error) ? error : damaged('its content does not decrypt or decompress', error);
  }
}

function wrongCredentials(): Failure {
  return new Failure('kdbx.wrong-credentials', {
    message: 'the KDBX file does not open with this password and key file',
    hint: 'Check capitals and keyboard layout, and whether the file also needs (or does not have) a key file.',
  });
}

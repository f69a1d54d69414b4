// Writes a KDBX 4.0 file. The XML is never in memory as a whole: it leaves as compressed blocks.
import { AttachmentPool, hasAttachments } from './attachment-pool.ts';
import { concatBytes } from './bytes.ts';
import { sealBlocks } from './blocks.ts';
import { type DocumentContent, writeDocument } from './document-writer.ts';
import { unwritable, writeEntry } from './entry-writer.ts';
import { blockMac, deriveFileKeys, headerBlock } from './file-keys.ts';
import { type GroupNode, groupAt, groupNode } from './group-tree.ts';
import { encodeHeader, ivLength } from './header.ts';
import type { ByteStream, KdbxCrypto } from './kdbx-crypto.ts';
import type { KdbxCipher, KdbxCredentials, KdbxEntry, KdbxKdf } from './kdbx-types.ts';
import { checkedKdf } from './kdf.ts';
import { defaultLimits } from './limits.ts';
import { Tape, type TapePlayer, type TapeRecord } from './tape.ts';
import { textFitness } from './xml-text.ts';

/** How to write. */
export interface KdbxWriteOptions {
  /** Name of the database and its root group. */
  name?: string;
  /** AES-256 unless told otherwise: it is quick everywhere, also in browsers. */
  cipher?: KdbxCipher;
  kdf?: KdbxKdf;
  /**
   * Is shown every piece of the clear text before it is compressed and sealed, and may have it wait. The piece stays the writer's, who
   * uses its memory again once the next but one is shown.
   */
  show?: (piece: Uint8Array) => Promise<void>;
  signal?: AbortSignal;
}

/**
 * For files under a password: about a second on a server, in 64 MiB, which phones and browsers have too. A random key
 * file needs no stretching: give `{ kind: 'aes', rounds: 1 }` there.
 */
export const passwordKdf: KdbxKdf = { kind: 'argon2id', memoryKiB: 64 * 1024, passes: 12, parallelism: 2 };

// Deeper groups would not come back: our reader refuses deeper XML.
const deepestGroup = 200;

/**
 * A KDBX 4.0 file of these entries, in the order given within each group. Attachments with equal bytes are stored once.
 * Entries wait packed until their place in the document has come.
 * Throws `kdbx.unwritable` (see `writeEntry`) and `kdbx.no-credentials`.
 */
export async function saveKdbx(
  crypto: KdbxCrypto,
  entries: Iterable<KdbxEntry> | AsyncIterable<KdbxEntry>,
  credentials: KdbxCredentials,
  options: KdbxWriteOptions,
): Promise<Uint8Array> {
  const attachments = new AttachmentPool(crypto);
  const tape = new Tape();
  const root = rootGroup<TapeRecord>(options);
  for await (const entry of entries) {
    options.signal?.throwIfAborted();
    if (hasAttachments(entry)) await attachments.add(entry);
    writeEntry(tape, entry, (bytes) => attachments.numberOf(bytes));
    placeOf(root, entry.groups, () => entry).push(tape.endRecord());
  }
  const play = (record: TapeRecord, player: TapePlayer): void => player.play(record);
  const content = { root, attachments: attachments.stored, markups: tape.markups, play };
  return await sealDocument(crypto, content, credentials, options);
}

/** An entry that is made when its place in the document has come, so that it need not wait in memory. */
export interface WaitingEntry {
  /** As the entry has them. */
  groups: readonly string[];
  hasAttachments: boolean;
  make(): KdbxEntry;
}

/** `saveKdbx` of entries that wait elsewhere; those with attachments are made twice. Throws what `saveKdbx` does. */
export async function saveWaitingEntries(
  crypto: KdbxCrypto,
  entries: Iterable<WaitingEntry>,
  credentials: KdbxCredentials,
  options: KdbxWriteOptions,
): Promise<Uint8Array> {
  const attachments = new AttachmentPool(crypto);
  const root = rootGroup<WaitingEntry>(options);
  for (const waiting of entries) {
    if (waiting.hasAttachments) await attachments.add(waiting.make());
    placeOf(root, waiting.groups, waiting.make).push(waiting);
  }
  const write = (entry: KdbxEntry, player: TapePlayer): void =>
    writeEntry(player, entry, (bytes) => attachments.numberOf(bytes));
  const play = (waiting: WaitingEntry, player: TapePlayer): Promise<void> | void => {
    const entry = waiting.make();
    if (!waiting.hasAttachments) return write(entry, player);
    return attachments.add(entry).then(() => write(entry, player));
  };
  const content = { root, attachments: attachments.stored, markups: [], play };
  return await sealDocument(crypto, content, credentials, options);
}

function rootGroup<Item>({ name = 'Orbit' }: KdbxWriteOptions): GroupNode<Item> {
  const root = groupNode<Item>([]);
  root.name = textFitness(name) === 'plain' ? name : 'Orbit';
  return root;
}

// The items of the group that an entry belongs to.
function placeOf<Item>(root: GroupNode<Item>, groups: readonly string[], entry: () => KdbxEntry): Item[] {
  if (groups.length > deepestGroup) throw unwritable(entry(), `its groups are nested deeper than ${deepestGroup}`);
  const group = groupAt(root, groups);
  if (group.entries.length === 0 && groups.some((name) => textFitness(name) !== 'plain')) {
    throw unwritable(entry(), 'the name of its group has a character that XML cannot hold');
  }
  return group.entries;
}

async function sealDocument<Item>(
  crypto: KdbxCrypto,
  content: DocumentContent<Item>,
  credentials: KdbxCredentials,
  { cipher = 'aes', show, signal, ...options }: KdbxWriteOptions,
): Promise<Uint8Array> {
  const kdf = checkedKdf({ ...(options.kdf ?? passwordKdf), salt: crypto.randomBytes(32) }, defaultLimits);
  const header = { cipher, kdf, masterSeed: crypto.randomBytes(32), iv: crypto.randomBytes(ivLength[cipher]) };
  const keys = await deriveFileKeys(crypto, credentials, header.masterSeed, kdf);
  const clear = writeDocument(crypto, content, signal);
  const compressed = crypto.gzip(show === undefined ? clear : shown(clear, show));
  const sealed =
    cipher === 'aes'
      ? crypto.aesCbc('seal', keys.cipher, header.iv, compressed)
      : crypto.chacha20(keys.cipher, header.iv, compressed);
  const headerBytes = encodeHeader(header);
  const parts = [
    headerBytes,
    await crypto.sha256(headerBytes),
    await blockMac(crypto, keys.hmacBase, headerBlock, headerBytes),
  ];
  for await (const piece of sealBlocks(crypto, keys.hmacBase, sealed)) parts.push(piece);
  return concatBytes(parts);
}

async function* shown(clear: ByteStream, show: (piece: Uint8Array) => Promise<void>): ByteStream {
  for await (const piece of clear) {
    await show(piece);
    yield piece;
  }
}

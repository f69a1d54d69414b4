// Writes a KDBX 4.0 file. The XML is never in memory as a whole: entries wait packed, and leave as compressed blocks.
import { toBase64 } from './base64.ts';
import { concatBytes, toHex, utf8 } from './bytes.ts';
import { sealBlocks } from './blocks.ts';
import { unwritable, writeEntry } from './entry-writer.ts';
import { blockMac, deriveFileKeys, headerBlock } from './file-keys.ts';
import { type GroupNode, groupAt, groupNode } from './group-tree.ts';
import { encodeHeader, ivLength } from './header.ts';
import { encodeInnerHeader, type InnerHeader } from './inner-header.ts';
import type { ByteStream, KdbxCrypto } from './kdbx-crypto.ts';
import type { KdbxCipher, KdbxCredentials, KdbxEntry, KdbxKdf } from './kdbx-types.ts';
import { checkedKdf } from './kdf.ts';
import { innerCipherId, innerKeyStream, type KeyStream } from './key-stream.ts';
import { defaultLimits } from './limits.ts';
import { Tape, TapePlayer } from './tape.ts';
import { encodeTime } from './times.ts';
import { textFitness } from './xml-text.ts';

/** How to write. */
export interface KdbxWriteOptions {
  /** Name of the database and its root group. */
  name?: string;
  /** AES-256 unless told otherwise: it is quick everywhere, also in browsers. */
  cipher?: KdbxCipher;
  kdf?: KdbxKdf;
  /** Is shown every piece of the clear text before it is compressed and sealed, and may have it wait. The piece stays the writer's. */
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
 * Throws `kdbx.unwritable` (see `writeEntry`) and `kdbx.no-credentials`.
 */
export async function saveKdbx(
  crypto: KdbxCrypto,
  entries: Iterable<KdbxEntry> | AsyncIterable<KdbxEntry>,
  credentials: KdbxCredentials,
  options: KdbxWriteOptions,
): Promise<Uint8Array> {
  const { name = 'Orbit', cipher = 'aes', signal } = options;
  const kdf = checkedKdf({ ...(options.kdf ?? passwordKdf), salt: crypto.randomBytes(32) }, defaultLimits);
  const header = { cipher, kdf, masterSeed: crypto.randomBytes(32), iv: crypto.randomBytes(ivLength[cipher]) };
  const keys = await deriveFileKeys(crypto, credentials, header.masterSeed, kdf);

  const attachments = new AttachmentPool(crypto);
  const tape = new Tape();
  const root = groupNode([]);
  root.name = textFitness(name) === 'plain' ? name : 'Orbit';
  for await (const entry of entries) {
    signal?.throwIfAborted();
    // Most entries have none, and waiting for nothing takes its time too.
    if (hasAttachments(entry)) await attachments.add(entry);
    if (entry.groups.length > deepestGroup)
      throw unwritable(entry, `its groups are nested deeper than ${deepestGroup}`);
    if (entry.groups.some((group) => textFitness(group) !== 'plain')) {
      throw unwritable(entry, 'the name of its group has a character that XML cannot hold');
    }
    writeEntry(tape, entry, (bytes) => attachments.numberOf(bytes));
    groupAt(root, entry.groups).entries.push(tape.endRecord());
  }

  const inner: InnerHeader = {
    cipherId: innerCipherId.chacha20,
    key: crypto.randomBytes(64),
    attachments: attachments.stored,
  };
  const stream = await innerKeyStream(crypto, inner.cipherId, inner.key);
  const clear = plaintext(crypto, inner, tape, root, stream, signal);
  const compressed = crypto.gzip(options.show === undefined ? clear : shown(clear, options.show));
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

async function* plaintext(
  crypto: KdbxCrypto,
  inner: InnerHeader,
  tape: Tape,
  root: GroupNode,
  stream: KeyStream,
  signal: AbortSignal | undefined,
): ByteStream {
  yield* encodeInnerHeader(inner);
  const player = new TapePlayer(tape.markups, stream);
  tape.markup(
    '<?xml version="1.0" encoding="utf-8" standalone="yes"?>\n<KeePassFile><Meta><Generator>Orbit</Generator>',
  );
  tape.markup('<DatabaseName>');
  tape.text(root.name);
  // Without these, clients cut histories to ten versions at the first change.
  tape.markup('</DatabaseName><HistoryMaxItems>-1</HistoryMaxItems><HistoryMaxSize>-1</HistoryMaxSize>');
  tape.markup('<MemoryProtection><ProtectPassword>True</ProtectPassword></MemoryProtection>');
  tape.markup(
    `<RecycleBinEnabled>False</RecycleBinEnabled><SettingsChanged>${encodeTime(new Date())}</SettingsChanged>`,
  );
  tape.markup('</Meta><Root>');
  player.play(tape.endRecord());
  yield* playGroup(crypto, player, tape, root, signal);
  tape.markup('</Root></KeePassFile>');
  player.play(tape.endRecord());
  yield* player.take(true);
}

async function* playGroup(
  crypto: KdbxCrypto,
  player: TapePlayer,
  tape: Tape,
  group: GroupNode,
  signal: AbortSignal | undefined,
): ByteStream {
  // The same path always gets the same UUID, so that clients can merge one day's file into another's.
  const uuid = (await crypto.sha256(utf8(JSON.stringify(group.path)))).subarray(0, 16);
  tape.markup('<Group><UUID>');
  tape.text(toBase64(uuid));
  tape.markup('</UUID><Name>');
  tape.text(group.name);
  tape.markup('</Name>');
  player.play(tape.endRecord());
  for (const record of group.entries) {
    signal?.throwIfAborted();
    player.play(record);
    yield* player.take();
  }
  for (const child of group.groups.values()) yield* playGroup(crypto, player, tape, child, signal);
  tape.markup('</Group>');
  player.play(tape.endRecord());
}

function hasAttachments(entry: KdbxEntry): boolean {
  return entry.attachments.length > 0 || entry.history.some((version) => version.attachments.length > 0);
}

class AttachmentPool {
  readonly stored: Uint8Array[] = [];
  readonly #crypto: KdbxCrypto;
  readonly #byHash = new Map<string, number>();
  readonly #byBytes = new Map<Uint8Array, number>();

  constructor(crypto: KdbxCrypto) {
    this.#crypto = crypto;
  }

  async add(entry: KdbxEntry): Promise<void> {
    this.#byBytes.clear();
    for (const version of [entry, ...entry.history]) {
      for (const { bytes } of version.attachments) {
        const hash = toHex(await this.#crypto.sha256(bytes));
        let number = this.#byHash.get(hash);
        if (number === undefined) {
          number = this.stored.length;
          this.#byHash.set(hash, number);
          this.stored.push(bytes);
        }
        this.#byBytes.set(bytes, number);
      }
    }
  }

  numberOf(bytes: Uint8Array): number {
    return this.#byBytes.get(bytes) ?? 0;
  }
}

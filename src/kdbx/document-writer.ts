// The clear text of a KDBX file: the inner header, then the document group by group. It is never in memory as a whole.
import { toBase64 } from './base64.ts';
import { utf8 } from './bytes.ts';
import type { GroupNode } from './group-tree.ts';
import { encodeInnerHeader, type InnerHeader } from './inner-header.ts';
import type { ByteStream, KdbxCrypto } from './kdbx-crypto.ts';
import { innerCipherId, innerKeyStream } from './key-stream.ts';
import { type Tape, TapePlayer } from './tape.ts';
import { encodeTime } from './times.ts';

/** What a document is written from. */
export interface DocumentContent<Item> {
  /** All groups with what stands for their entries; its name is the database's. */
  root: GroupNode<Item>;
  attachments: Uint8Array[];
  /** What entries were packed on, and the rest of the document will be. */
  tape: Tape;
  /** Plays the entry that an item stands for. */
  play(item: Item, player: TapePlayer): Promise<void> | void;
}

/** Writes it in pieces. Protected values are sealed under a new key. */
export async function* writeDocument<Item>(
  crypto: KdbxCrypto,
  { root, attachments, tape, play }: DocumentContent<Item>,
  signal: AbortSignal | undefined,
): ByteStream {
  const inner: InnerHeader = { cipherId: innerCipherId.chacha20, key: crypto.randomBytes(64), attachments };
  yield* encodeInnerHeader(inner);
  const player = new TapePlayer(tape.markups, await innerKeyStream(crypto, inner.cipherId, inner.key));
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
  yield* writeGroup(root);
  tape.markup('</Root></KeePassFile>');
  player.play(tape.endRecord());
  yield* player.take(true);

  async function* writeGroup(group: GroupNode<Item>): ByteStream {
    // The same path always gets the same UUID, so that clients can merge one day's file into another's.
    const uuid = (await crypto.sha256(utf8(JSON.stringify(group.path)))).subarray(0, 16);
    tape.markup('<Group><UUID>');
    tape.text(toBase64(uuid));
    tape.markup('</UUID><Name>');
    tape.text(group.name);
    tape.markup('</Name>');
    player.play(tape.endRecord());
    for (const item of group.entries) {
      signal?.throwIfAborted();
      // Waiting for nothing takes its time too.
      const played = play(item, player);
      if (played !== undefined) await played;
      yield* player.take();
    }
    for (const child of group.groups.values()) yield* writeGroup(child);
    tape.markup('</Group>');
    player.play(tape.endRecord());
  }
}

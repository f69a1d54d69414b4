// The clear text of a KDBX file: the inner header, then the document group by group. It is never in memory as a whole.
import { utf8 } from './bytes.ts';
import type { GroupNode } from './group-tree.ts';
import { encodeInnerHeader, type InnerHeader } from './inner-header.ts';
import type { ByteStream, KdbxCrypto } from './kdbx-crypto.ts';
import { innerCipherId, innerKeyStream } from './key-stream.ts';
import { TapePlayer } from './tape.ts';
import { timeBytes } from './times.ts';

/** What a document is written from. */
export interface DocumentContent<Item> {
  /** All groups with what stands for their entries; its name is the database's. */
  root: GroupNode<Item>;
  attachments: Uint8Array[];
  /** Of the tape on which entries were packed, if they were. */
  markups: readonly Uint8Array[];
  /** Plays the entry that an item stands for. */
  play(item: Item, player: TapePlayer): Promise<void> | void;
}

/** Writes it in pieces. Protected values are sealed under a new key. */
export async function* writeDocument<Item>(
  crypto: KdbxCrypto,
  { root, attachments, markups, play }: DocumentContent<Item>,
  signal: AbortSignal | undefined,
): ByteStream {
  const inner: InnerHeader = { cipherId: innerCipherId.chacha20, key: crypto.randomBytes(64), attachments };
  yield* encodeInnerHeader(inner);
  const player = new TapePlayer(markups, await innerKeyStream(crypto, inner.cipherId, inner.key));
  player.markup(
    '<?xml version="1.0" encoding="utf-8" standalone="yes"?>\n<KeePassFile><Meta><Generator>Orbit</Generator>',
  );
  player.markup('<DatabaseName>');
  player.text(root.name);
  // Without these, clients cut histories to ten versions at the first change.
  player.markup('</DatabaseName><HistoryMaxItems>-1</HistoryMaxItems><HistoryMaxSize>-1</HistoryMaxSize>');
  player.markup('<MemoryProtection><ProtectPassword>True</ProtectPassword></MemoryProtection>');
  player.markup('<RecycleBinEnabled>False</RecycleBinEnabled><SettingsChanged>');
  player.base64(timeBytes(new Date()));
  player.markup('</SettingsChanged></Meta><Root>');
  yield* writeGroup(root);
  player.markup('</Root></KeePassFile>');
  yield* player.take(true);

  async function* writeGroup(group: GroupNode<Item>): ByteStream {
    // The same path always gets the same UUID, so that clients can merge one day's file into another's.
    const uuid = (await crypto.sha256(utf8(JSON.stringify(group.path)))).subarray(0, 16);
    player.markup('<Group><UUID>');
    player.base64(uuid);
    player.markup('</UUID><Name>');
    player.text(group.name);
    player.markup('</Name>');
    for (const item of group.entries) {
      signal?.throwIfAborted();
      // Waiting for nothing takes its time too.
      const played = play(item, player);
      if (played !== undefined) await played;
      yield* player.take();
    }
    for (const child of group.groups.values()) yield* writeGroup(child);
    player.markup('</Group>');
  }
}

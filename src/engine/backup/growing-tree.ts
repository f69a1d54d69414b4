// The tree of a very large folder, written as its entries are finished: neither they nor the text are ever in memory as a whole.
import type { Operation } from '../../base/operation.ts';
import { type EncodedNode, encodeNode, type TreeNode } from '../format/tree.ts';
import type { BlobId } from '../ids.ts';
import type { BlobWriter, SavedBlob, StreamedBlob } from '../repository/blob-store.ts';
import type { ParentCursor } from './parent-trees.ts';

/** Where it is stored. */
export type TreeSink = Pick<BlobWriter, 'saveBlob' | 'streamBlob'>;

/** A finished tree; `saved` is missing when it is the parent's. */
export interface GrownTree {
  id: BlobId;
  saved?: SavedBlob & { bytes: number };
}

const pieceBytes = 1024 * 1024;
const comma = 0x2c;

/** Takes entries in the order of their names. As long as they are the parent's, nothing is written at all. */
export class GrowingTree {
  readonly #sink: TreeSink;
  readonly #parent: ParentCursor;
  readonly #operation: Operation;
  /** The trees of those entries that are folders. */
  readonly subtrees: BlobId[] = [];
  /** Entries so far. */
  count = 0;
  #text: TreeText | undefined;

  /** `parent`: one that is followed. */
  constructor(sink: TreeSink, parent: ParentCursor, operation: Operation) {
    this.#sink = sink;
    this.#parent = parent;
    this.#operation = operation;
  }

  async add(nodes: Iterable<TreeNode | EncodedNode>): Promise<void> {
    for (const node of nodes) {
      if (!('encoded' in node) && node.subtree !== undefined) this.subtrees.push(node.subtree);
      if (this.#text === undefined && !this.#parent.isNext(node)) this.#text = await this.#begin();
      this.#text?.add(node);
      this.count += 1;
    }
  }

  async finish(): Promise<GrownTree> {
    const { folder } = this.#parent;
    if (this.#text === undefined && folder !== undefined && this.#parent.hasCount(this.count)) return { id: folder.id };
    this.#text ??= await this.#begin();
    const saved = await this.#text.finish(this.#operation);
    return { id: saved.id, saved };
  }

  /** When it is not to be finished. May be called after all. */
  discard(): void {
    this.#text?.discard();
  }

  // Those that were the parent's so far are written after all.
  async #begin(): Promise<TreeText> {
    const text = new TreeText(this.#sink, await this.#sink.streamBlob?.('tree'));
    let left = this.count;
    if (left > 0)
      for (const node of this.#parent.folder?.nodes ?? []) {
        text.add(node);
        left -= 1;
        if (left === 0) break;
      }
    return text;
  }
}

/** Restic's very bytes, on their way to a blob, or collected where a blob cannot be streamed. */
class TreeText {
  readonly #sink: TreeSink;
  readonly #stream: StreamedBlob | undefined;
  readonly #collected: Buffer[] = [];
  #piece = Buffer.allocUnsafeSlow(pieceBytes);
  #length = 0;
  #bytes = 0;
  #isFirst = true;

  constructor(sink: TreeSink, stream: StreamedBlob | undefined) {
    this.#sink = sink;
    this.#stream = stream;
    this.#write(Buffer.from('{"nodes":['));
  }

  add(node: TreeNode | EncodedNode): void {
    if (!this.#isFirst) this.#write(Buffer.of(comma));
    this.#isFirst = false;
    if ('encoded' in node) this.#write(node.encoded.subarray(node.from, node.to - 1));
    else this.#write(Buffer.from(encodeNode(node), 'utf8'));
  }

  async finish(operation: Operation): Promise<SavedBlob & { bytes: number }> {
    this.#write(Buffer.from(']}\n'));
    this.#flush();
    const bytes = this.#bytes;
    if (this.#stream !== undefined) return { ...(await this.#stream.finish(operation)), bytes };
    return { ...(await this.#sink.saveBlob('tree', Buffer.concat(this.#collected), operation)), bytes };
  }

  discard(): void {
    this.#stream?.discard();
  }

  #write(bytes: Uint8Array): void {
    if (this.#length + bytes.length > this.#piece.length) this.#flush();
    if (bytes.length > this.#piece.length) return this.#send(bytes);
    this.#piece.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #flush(): void {
    this.#send(this.#piece.subarray(0, this.#length));
    this.#length = 0;
  }

  #send(bytes: Uint8Array): void {
    this.#bytes += bytes.length;
    if (this.#stream === undefined) this.#collected.push(Buffer.from(bytes));
    else if (bytes.length > 0) this.#stream.write(bytes);
  }
}

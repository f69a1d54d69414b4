// The entries of a large tree, a part at a time: a folder of a million entries would otherwise be a million objects at once.
import { damaged, decodeTree, requireOrder, type TreeNode } from './tree.ts';

// Trees below this are decoded in one piece, and parts are about so large. Bytes.
const partBytesDefault = 2 * 1024 * 1024;
const head = Buffer.from('{"nodes":[');

const quoteByte = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const openings = new Set([0x5b, 0x7b]);
const closings = new Set([0x5d, 0x7d]);

/**
 * The same entries as `decodeTree` gives, in the same order, held in memory only part by part. A tree that begins in another way than
 * programs write it is decoded in one piece.
 * @throws Failure `tree.damaged`, `tree.hostile-name`, maybe after the parts before were given
 */
export function* decodeTreeInParts(bytes: Buffer, partBytes: number = partBytesDefault): Generator<TreeNode> {
  if (bytes.length <= partBytes || !bytes.subarray(0, head.length).equals(head)) {
    yield* decodeTree(bytes);
    return;
  }
  let last: TreeNode | undefined;
  let at = head.length;
  while (bytes[at] !== undefined) {
    const { end, isLast } = endOfPart(bytes, at, partBytes);
    if (end === at && at > head.length) throw damaged('an entry is missing');
    const nodes = decodeTree(Buffer.concat([head, bytes.subarray(at, end), Buffer.from(']}')]));
    requireOrder(last, nodes[0]);
    last = nodes.at(-1) ?? last;
    yield* nodes;
    at = end + 1;
    if (isLast) break;
  }
  requireNothingMore(bytes.subarray(at));
}

// The comma after an entry, or the bracket that ends the list.
function endOfPart(bytes: Buffer, from: number, partBytes: number): { end: number; isLast: boolean } {
  let depth = 0;
  for (let at = from; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === quoteByte) at = endOfString(bytes, at + 1);
    else if (openings.has(byte)) depth += 1;
    else if (closings.has(byte)) {
      if (depth === 0) return { end: at, isLast: true };
      depth -= 1;
    } else if (byte === comma && depth === 0 && at - from >= partBytes) return { end: at, isLast: false };
  }
  throw damaged('it ends too early');
}

function endOfString(bytes: Buffer, from: number): number {
  for (let at = from; at < bytes.length; at += 1) {
    if (bytes[at] === backslash) at += 1;
    else if (bytes[at] === quoteByte) return at;
  }
  throw damaged('it ends too early');
}

// Keys that nobody knows may follow, but no other list of entries.
function requireNothingMore(rest: Buffer): void {
  const more = decodeTree(Buffer.concat([head, Buffer.from(']'), rest]));
  if (more.length > 0) throw damaged('it has two lists of entries');
}

// The slow chunker as a Chunker, for tests and for places without WebAssembly.
import { inputBytes, type Chunker } from './chunker.ts';
import { plainChunker } from './rabin.ts';

/** A chunker that computes as the format's description reads. It scans anew each time it is asked. */
export function slowChunker(polynomial: bigint): Chunker {
  const find = plainChunker(polynomial);
  const input = new Uint8Array(inputBytes);
  return { input, findCut: (start, end, _scanned, isLast) => find(input, start, end, isLast) };
}

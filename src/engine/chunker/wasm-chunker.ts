// The fast chunker: WebAssembly over memory of its own.
import { wasmExports, wasmMemory } from '../wasm/modules.ts';
import { inputBytes, type Chunker } from './chunker.ts';
import { maxChunkBytes, minChunkBytes, rabinTables } from './rabin.ts';

// Tables first, then the input.
const inputStart = 4096;
const modTableStart = 2048;

/** A chunker for the polynomial. */
export function wasmChunker(polynomial: bigint): Chunker {
  const memory = wasmMemory(inputStart + inputBytes);
  const { out, mod } = rabinTables(polynomial);
  new BigUint64Array(memory.buffer, 0, 256).set(out);
  new BigUint64Array(memory.buffer, modTableStart, 256).set(mod);
  const scan = wasmExports('chunker', memory)['scan'] as (from: number, to: number) => number;
  return {
    input: new Uint8Array(memory.buffer, inputStart, inputBytes),
    findCut(start, end, scanned, isLast) {
      const available = Math.min(end - start, maxChunkBytes);
      const from = Math.max(minChunkBytes, scanned + 1);
      if (available >= from) {
        const hit = scan(inputStart + start + from, inputStart + start + available);
        if (hit !== 0) return hit - inputStart - start;
      }
      return available === maxChunkBytes || isLast ? available : 0;
    },
  };
}

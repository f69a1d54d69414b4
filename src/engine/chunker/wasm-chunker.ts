// The fast chunker: WebAssembly over memory of its own.
import { readFileSync } from 'node:fs';
import { inputBytes, type Chunker } from './chunker.ts';
import { maxChunkBytes, minChunkBytes, rabinTables, windowBytes } from './rabin.ts';

const pageBytes = 65_536;
// Tables first, then the input; behind it room for the scan to look a stretch too far.
const inputStart = 4096;

let compiled: WebAssembly.Module | undefined;

function chunkerModule(): WebAssembly.Module {
  compiled ??= new WebAssembly.Module(readFileSync(new URL('../wasm/chunker.wasm', import.meta.url)));
  return compiled;
}

/** A chunker for the polynomial. */
export function wasmChunker(polynomial: bigint): Chunker {
  const pages = Math.ceil((inputStart + inputBytes) / pageBytes) + 1;
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const { out, mod } = rabinTables(polynomial);
  new BigUint64Array(memory.buffer, 0, 256).set(out);
  new BigUint64Array(memory.buffer, 2048, 256).set(mod);
  const instance = new WebAssembly.Instance(chunkerModule(), { env: { memory } });
  const scan = instance.exports['scan'] as (from: number, to: number) => number;
  const input = new Uint8Array(memory.buffer, inputStart, inputBytes);
  return {
    input,
    findCut(start, end, scanned, isLast) {
      const available = Math.min(end - start, maxChunkBytes);
      const from = Math.max(minChunkBytes, scanned + 1);
      if (available >= from && from >= windowBytes) {
        const hit = scan(inputStart + start + from, inputStart + start + available);
        if (hit !== 0) return hit - inputStart - start;
      }
      return available === maxChunkBytes || isLast ? available : 0;
    },
  };
}

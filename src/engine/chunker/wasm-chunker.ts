// The fast chunker: WebAssembly over memory of its own, sixteen lanes wide where the engine knows relaxed SIMD.
import { wasmExports, wasmMemory, type WasmMemory } from '../wasm/modules.ts';
import { inputBytes, type Chunker } from './chunker.ts';
import { maxChunkBytes, minChunkBytes, rabinTables } from './rabin.ts';
import { wideTables } from './wide-tables.ts';

// Tables first, then what the wide one keeps, then the input.
const modTableStart = 2048;
const wideTablesStart = 4096;
const inputStart = 8192;

// The first place in [from, to] that cuts, or 0.
type Scan = (from: number, to: number) => number;

/** A chunker for the polynomial. `lanes: 4` asks for the one that runs everywhere. */
export function wasmChunker(polynomial: bigint, { lanes = 16 }: { lanes?: 4 | 16 } = {}): Chunker {
  const memory = wasmMemory(inputStart + inputBytes);
  const { out, mod } = rabinTables(polynomial);
  new BigUint64Array(memory.buffer, 0, 256).set(out);
  new BigUint64Array(memory.buffer, modTableStart, 256).set(mod);
  const scan = chooseScan(polynomial, memory, lanes);
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

function chooseScan(polynomial: bigint, memory: WasmMemory, lanes: 4 | 16): Scan {
  const narrow = wasmExports('chunker', memory)['scan'] as Scan;
  const wide = lanes === 16 ? wideScan(polynomial, memory) : undefined;
  if (wide === undefined) return narrow;
  // What is left behind the last full lanes is the narrow one's.
  const scan: Scan = (from, to) => {
    const found = wide(from, to);
    return found > 0 ? found : narrow(-found, to);
  };
  return findsTheSame(scan, narrow, memory) ? scan : narrow;
}

function wideScan(polynomial: bigint, memory: WasmMemory): Scan | undefined {
  if (process.env['ORBIT_PORTABLE'] === '1') return undefined;
  try {
    const scan = wasmExports('chunker-wide', memory)['scan'] as Scan;
    const tables = wideTables(polynomial);
    new Uint8Array(memory.buffer, wideTablesStart, tables.length).set(tables);
    return scan;
  } catch {
    // An engine without relaxed SIMD refuses the module.
    return undefined;
  }
}

// Cuts are the format: a processor that computes otherwise must not make them. Zeros cut everywhere, the rest hardly ever.
function findsTheSame(scan: Scan, narrow: Scan, memory: WasmMemory): boolean {
  const sample = new Uint8Array(memory.buffer, inputStart, sampleBytes);
  let state = 1;
  for (let at = 0; at < sampleBytes; at += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    sample[at] = state >>> 24;
  }
  const end = inputStart + sampleBytes;
  let isSame = true;
  for (const zerosAt of [sampleBytes, 70, 3000, 9000, 30_001, sampleBytes - 64]) {
    sample.fill(0, zerosAt, zerosAt + 64);
    isSame &&= scan(inputStart + 64, end) === narrow(inputStart + 64, end);
  }
  sample.fill(0);
  return isSame;
}

const sampleBytes = 40_000;

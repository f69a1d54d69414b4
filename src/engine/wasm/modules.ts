// Loads the committed WebAssembly. Node has it; our type library does not know it, so what we use is declared here.
import { readFileSync } from 'node:fs';

/** Linear memory of a module. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
}

interface WasmApi {
  Module: new (bytes: Uint8Array) => object;
  Memory: new (options: { initial: number; maximum: number }) => WasmMemory;
  Instance: new (module: object, imports: { env: { memory: WasmMemory } }) => { exports: Record<string, unknown> };
}

const { WebAssembly } = globalThis as unknown as { WebAssembly: WasmApi };
const compiled = new Map<string, object>();

/** Memory of so many bytes or a little more; it does not grow. */
export function wasmMemory(bytes: number): WasmMemory {
  const pages = Math.ceil(bytes / 65_536);
  return new WebAssembly.Memory({ initial: pages, maximum: pages });
}

/** The exports of a fresh instance of `src/engine/wasm/NAME.wasm` over this memory. */
export function wasmExports(name: string, memory: WasmMemory): Record<string, unknown> {
  let module = compiled.get(name);
  if (module === undefined) {
    module = new WebAssembly.Module(readFileSync(new URL(`./${name}.wasm`, import.meta.url)));
    compiled.set(name, module);
  }
  return new WebAssembly.Instance(module, { env: { memory } }).exports;
}

// Memory that begins at a page, as disks want it that are written to past the page cache. WebAssembly's is the only such kind here.

type Memory<Buffer> = { buffer: Buffer };
interface WasmMemories {
  Memory: {
    new (options: { initial: number; maximum: number; shared: true }): Memory<SharedArrayBuffer>;
    new (options: { initial: number; maximum: number }): Memory<ArrayBuffer>;
  };
}

const { WebAssembly } = globalThis as unknown as { WebAssembly: WasmMemories };
const unitBytes = 65_536;

/** So many zeros. Undefined where there is no address space for it: each reserves some gigabytes, whatever its size. */
export function pageMemory(bytes: number): Uint8Array<ArrayBuffer> | undefined {
  const units = Math.ceil(bytes / unitBytes);
  return attempt(() => new Uint8Array(new WebAssembly.Memory({ initial: units, maximum: units }).buffer, 0, bytes));
}

/** The same in memory that threads share. */
export function sharedPageMemory(bytes: number): Uint8Array<SharedArrayBuffer> | undefined {
  const units = Math.ceil(bytes / unitBytes);
  return attempt(
    () => new Uint8Array(new WebAssembly.Memory({ initial: units, maximum: units, shared: true }).buffer, 0, bytes),
  );
}

function attempt<Result>(work: () => Result): Result | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

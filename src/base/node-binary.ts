// The C functions that the node binary itself exports (OpenSSL, zstd), reached through koffi. System calls: files/native-files.ts.

/** A bound C function; whoever binds it knows its types. */
export type NativeFunction = (...args: unknown[]) => unknown;

/** Binds C functions of the running binary by their C declarations. */
export type Binder = (declaration: string) => NativeFunction;

/** What reaches functions that are told addresses. */
export interface NodeMemory {
  bind: Binder;
  /** Where these bytes lie: good for as long as somebody holds them. */
  addressOf(bytes: Uint8Array): bigint;
}

let memory: Promise<NodeMemory | undefined> | undefined;

/** The binder, or undefined where koffi cannot be loaded; callers then take their portable twin. */
export async function nodeBinary(): Promise<Binder | undefined> {
  return (await nodeMemory())?.bind;
}

/** The same with addresses. */
export function nodeMemory(): Promise<NodeMemory | undefined> {
  memory ??= load();
  return memory;
}

async function load(): Promise<NodeMemory | undefined> {
  try {
    const { default: koffi } = await import('koffi');
    const library = koffi.load(null);
    return {
      bind: (declaration) => library.func(declaration) as NativeFunction,
      addressOf: (bytes) => koffi.address(bytes),
    };
  } catch {
    return undefined;
  }
}

// The C functions that the node binary itself exports (OpenSSL, zstd), reached through koffi. System calls: files/native-files.ts.

/** A bound C function; whoever binds it knows its types. */
export type NativeFunction = (...args: unknown[]) => unknown;

/** Binds C functions of the running binary by their C declarations. */
export type Binder = (declaration: string) => NativeFunction;

let binder: Promise<Binder | undefined> | undefined;

/** The binder, or undefined where koffi cannot be loaded; callers then take their portable twin. */
export function nodeBinary(): Promise<Binder | undefined> {
  binder ??= load();
  return binder;
}

async function load(): Promise<Binder | undefined> {
  try {
    const { default: koffi } = await import('koffi');
    const library = koffi.load(null);
    return (declaration) => library.func(declaration) as NativeFunction;
  } catch {
    return undefined;
  }
}

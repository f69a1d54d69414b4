// The C library that the node process has loaded anyway.

/** A function of it. */
export type NativeFunction = (...args: unknown[]) => unknown;

/** What is asked of it. */
export interface CLibrary {
  /** The function of this declaration in C. */
  bind(declaration: string): NativeFunction;
  errno(): number;
  /** The C string that the pointer at the start of these bytes points to. */
  stringAt(pointer: Buffer): string;
}

/** @throws where it cannot be reached, as in an executable of one file */
export async function loadCLibrary(): Promise<CLibrary> {
  const { default: koffi } = await import('koffi');
  const library = koffi.load(null);
  return {
    bind: (declaration) => library.func(declaration) as NativeFunction,
    errno: () => koffi.errno(),
    stringAt: (pointer) => koffi.decode(pointer, 0, 'const char *') as string,
  };
}

// Sizes as they were last seen, so that a run takes along as many objects as fit. Forgotten when they grow too many.
import type { BackendKey } from '../backend.ts';

/** Sizes by key, in bytes. */
export type KnownSizes = ReturnType<typeof knownSizes>;

const maxKnownSizes = 50_000;

/** What is known of sizes; an object never seen counts as `unknownBytes`. */
export function knownSizes(unknownBytes: number) {
  const sizes = new Map<BackendKey, number>();
  return {
    of: (key: BackendKey): number => sizes.get(key) ?? unknownBytes,
    learn(key: BackendKey, size: number): void {
      if (sizes.size >= maxKnownSizes) sizes.clear();
      sizes.set(key, size);
    },
  };
}

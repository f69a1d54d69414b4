// How much a file from outside may ask for before it is refused.

/** Limits of a reader. Sizes in bytes unless named otherwise. */
export interface KdbxLimits {
  headerField: number;
  argon2MemoryKiB: number;
  /** Argon2 memory times passes: what the waiting time grows with. */
  argon2WorkKiB: number;
  aesRounds: number;
  /** All attachments together, as they lie in memory. */
  attachments: number;
  /** The XML after decompression; it is never in memory as a whole. */
  xml: number;
  /** The longest single text or tag. */
  xmlPiece: number;
  xmlDepth: number;
}

/** What readers allow unless told otherwise: 1 GiB for Argon2, a second's worth of rounds hundreds of times over. */
export const defaultLimits: KdbxLimits = {
  headerField: 1024 * 1024,
  argon2MemoryKiB: 1024 * 1024,
  argon2WorkKiB: 64 * 1024 * 1024,
  aesRounds: 1_000_000_000,
  attachments: 1024 * 1024 * 1024,
  xml: 4 * 1024 * 1024 * 1024,
  xmlPiece: 128 * 1024 * 1024,
  xmlDepth: 256,
};

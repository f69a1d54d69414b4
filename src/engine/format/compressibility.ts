// Tells without compressing whether zstd would shrink a blob: videos, archives and ciphertext come in long runs of what it cannot.
import { compressBound, type Compressor } from './compression.ts';

/** Blobs below this size are always compressed. */
const probedFromBytes = 128 * 1024;
const samples = 24;
const sampleBytes = 4096;
// Less than a fiftieth is not worth decompressing for at every restore.
const worthwhile = 0.98;

/**
 * Remembers whether the last large blob was worth compressing. Only after one that was not, the next is judged by samples
 * spread evenly over it: what they miss is stored as it is, which costs at most the space that zstd would have saved there.
 */
export class Compressibility {
  readonly #sample = Buffer.allocUnsafeSlow(samples * sampleBytes);
  readonly #frame = Buffer.allocUnsafeSlow(compressBound(samples * sampleBytes));
  #wasWorthwhile = true;

  /** False when the blob need not be tried. */
  isWorthTrying(plaintext: Uint8Array, compressor: Compressor): boolean {
    if (this.#wasWorthwhile || plaintext.length < probedFromBytes) return true;
    const apart = (plaintext.length - sampleBytes) / (samples - 1);
    for (let n = 0; n < samples; n += 1) {
      const from = Math.floor(n * apart);
      this.#sample.set(plaintext.subarray(from, from + sampleBytes), n * sampleBytes);
    }
    return compressor.compressInto(this.#sample, this.#frame) < this.#sample.length * worthwhile;
  }

  /** Takes note of what became of a blob that was tried. */
  tried(plaintextBytes: number, frameBytes: number): void {
    if (plaintextBytes >= probedFromBytes) this.#wasWorthwhile = frameBytes < plaintextBytes * worthwhile;
  }
}

// Polynomials over GF(2), one bit a coefficient: what the chunker's fingerprint is computed by.
import { randomBytes } from 'node:crypto';

/** The highest power with a coefficient, -1 for zero. */
export function polynomialDegree(a: bigint): number {
  return a === 0n ? -1 : a.toString(2).length - 1;
}

/** The remainder of `a` divided by `divisor`. */
export function polynomialMod(a: bigint, divisor: bigint): bigint {
  const degree = polynomialDegree(divisor);
  let rest = a;
  for (let top = polynomialDegree(rest); top >= degree; top = polynomialDegree(rest))
    rest ^= divisor << BigInt(top - degree);
  return rest;
}

/** `a · b mod divisor`. */
export function polynomialMulMod(a: bigint, b: bigint, divisor: bigint): bigint {
  let product = 0n;
  let shifted = polynomialMod(a, divisor);
  for (let bits = b; bits !== 0n; bits >>= 1n) {
    if ((bits & 1n) === 1n) product ^= shifted;
    shifted = polynomialMod(shifted << 1n, divisor);
  }
  return product;
}

function gcd(a: bigint, b: bigint): bigint {
  let [x, y] = [a, b];
  while (y !== 0n) [x, y] = [y, polynomialMod(x, y)];
  return x;
}

/**
 * Ben-Or's test: irreducible when gcd(x^(2^i) - x, f) is 1 for every i up to half the degree
 * (S. Gao, D. Panario, "Tests and Constructions of Irreducible Polynomials over Finite Fields").
 */
export function isIrreducible(f: bigint): boolean {
  const degree = polynomialDegree(f);
  if (degree < 1) return false;
  let power = 2n;
  for (let i = 1; i <= Math.floor(degree / 2); i += 1) {
    power = polynomialMulMod(power, power, f);
    if (gcd(f, polynomialMod(power ^ 2n, f)) !== 1n) return false;
  }
  return true;
}

/** A random irreducible polynomial of degree 53, as restic draws one for each repository (restic/chunker, polynomials.go). */
export function randomPolynomial(): bigint {
  for (;;) {
    const bits = randomBytes(8).readBigUInt64LE() & ((1n << 53n) - 1n);
    const candidate = bits | (1n << 53n) | 1n;
    if (isIrreducible(candidate)) return candidate;
  }
}

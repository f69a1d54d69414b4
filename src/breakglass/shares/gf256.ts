// Arithmetic in GF(256) with the Rijndael polynomial x^8+x^4+x^3+x+1 (SLIP-0039, "Shamir's secret-sharing").
// No tables and no branches on values: how long it takes tells nothing about the secret.

/** The product of two field elements. */
export function multiply(a: number, b: number): number {
  let product = 0;
  let left = a;
  for (let bit = 0; bit < 8; bit += 1) {
    product ^= -((b >> bit) & 1) & left;
    left = (left << 1) ^ (-(left >> 7) & 0x11b);
  }
  return product;
}

/** The multiplicative inverse, a^254; 0 for 0. */
export function invert(a: number): number {
  let power = 1;
  for (let round = 0; round < 7; round += 1) {
    power = multiply(multiply(power, power), a);
  }
  return multiply(power, power);
}

/** A value of the polynomial: `bytes` at the place `x`. Each byte has a polynomial of its own. */
export interface Point {
  x: number;
  bytes: Uint8Array;
}

/** The value at `x` of the polynomials through these points, whose places must all differ (Lagrange). */
export function interpolate(points: readonly Point[], x: number): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(points[0]?.bytes.length ?? 0);
  for (const point of points) {
    let weight = 1;
    for (const other of points) {
      if (other !== point) weight = multiply(weight, multiply(x ^ other.x, invert(point.x ^ other.x)));
    }
    for (let index = 0; index < result.length; index += 1) {
      result[index] = (result[index] ?? 0) ^ multiply(point.bytes[index] ?? 0, weight);
    }
  }
  return result;
}

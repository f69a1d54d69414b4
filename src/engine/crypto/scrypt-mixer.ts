// ROMix of scrypt in WebAssembly, two of the p lanes of a derivation at once: in little more than half of OpenSSL's time.
import { pbkdf2Sync, scryptSync } from 'node:crypto';
import { wasmExports, wasmMemory } from '../wasm/modules.ts';
import type { ScryptCost } from './key-derivation.ts';

type Mix = (area: number, apart: number, n: number, r: number) => void;

/** Mixes lanes in place, 128 · r bytes each, one behind the other. */
export type LaneMixer = (lanes: Uint8Array) => void;

const laneBytes = (r: number): number => 128 * r;

/** What a mixer of this cost holds. */
export const mixerBytes = ({ N, r }: ScryptCost): number => 2 * laneBytes(r) * (N + 3);

/** The lanes as scrypt makes them of a password. */
export function unmixedLanes(password: Uint8Array, salt: Uint8Array, { r, p }: ScryptCost): Buffer {
  return pbkdf2Sync(password, salt, 1, laneBytes(r) * p, 'sha256');
}

/** The 64 bytes that scrypt makes of mixed lanes. */
export function keyOfLanes(password: Uint8Array, lanes: Uint8Array): Buffer {
  return pbkdf2Sync(password, lanes, 1, 64, 'sha256');
}

/** A mixer of this cost, or undefined where the module cannot run or does not do what OpenSSL does. */
export function laneMixer(cost: ScryptCost): LaneMixer | undefined {
  try {
    return mixesRightly() ? wasmMixer(cost) : undefined;
  } catch {
    // An engine without SIMD refuses the module.
    return undefined;
  }
}

// Where the first area begins; the program's own data lie before it.
const start = 1024;

function wasmMixer(cost: ScryptCost): LaneMixer {
  const { N, r } = cost;
  const memory = wasmMemory(start + mixerBytes(cost));
  const mix = wasmExports('scrypt', memory)['mix'] as Mix;
  const bytes = laneBytes(r);
  const apart = bytes * (N + 3);
  const places = [start, start + apart].map((place) => new Uint8Array(memory.buffer, place, bytes));
  return (lanes) => {
    for (let at = 0; at < lanes.length; at += 2 * bytes) {
      // An odd one goes alone: what lies in the other place is mixed for nothing.
      const pair = places.map((place, n) => ({ place, lane: lanes.subarray(at + n * bytes, at + (n + 1) * bytes) }));
      for (const { lane, place } of pair) turn(lane, place, diagonals);
      mix(start, apart, N, r);
      for (const { lane, place } of pair) turn(place.subarray(0, lane.length), lane, straight);
    }
    for (const place of places) place.fill(0);
  };
}

// Of three lanes: a pair and one alone.
function mixesRightly(): boolean {
  const cost = { N: 16, r: 8, p: 3 };
  const [password, salt] = [Buffer.from('a password'), Buffer.from('and its salt')];
  const lanes = unmixedLanes(password, salt, cost);
  wasmMixer(cost)(lanes);
  return keyOfLanes(password, lanes).equals(scryptSync(password, salt, 64, cost));
}

// Where word n of sixteen goes: Salsa20's matrix by its diagonals, and back.
const diagonals = Array.from({ length: 16 }, (_, n) => (n * 13) % 16);
const straight = Array.from({ length: 16 }, (_, n) => (n * 5) % 16);

function turn(from: Uint8Array, to: Uint8Array, places: number[]): void {
  for (let row = 0; row < from.length; row += 64)
    for (const [word, place] of places.entries())
      to.set(from.subarray(row + word * 4, row + word * 4 + 4), row + place * 4);
}

// When each pack of a repository was last read back whole and found right, in a small file on this machine. It proves nothing to
// anybody else and loses nothing when it is gone: then every pack counts as unread and is read again, one share after the other.
//
//   magic, then for each pack: id (32) · read back at (u32 seconds, 0 never) · first seen at (u32 seconds), then SHA-256 of all that
import { hash } from 'node:crypto';
import { mkdirSync, openSync, closeSync, fsyncSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { PackId } from '../ids.ts';

const magic = Buffer.from('orbit read-back dates 1\n');
const recordBytes = 40;
const digestBytes = 32;

interface Dates {
  /** Seconds since 1970; 0: never. */
  readAt: number;
  seenAt: number;
}

/** How much of a repository was read back, and since when all of it. Bytes are stored bytes. */
export interface ReadBack {
  packs: number;
  bytes: number;
  /** Of these, read back at least once. */
  readPacks: number;
  readBytes: number;
  /** Everything that is there was read back since this moment; undefined while something never was. */
  since?: Date;
}

/** The dates of one repository at one place. */
export class VerifiedDates {
  readonly #dates: Map<PackId, Dates>;

  private constructor(dates: Map<PackId, Dates>) {
    this.#dates = dates;
  }

  /** What the file says. One that is missing, cut or damaged says nothing. */
  static load(path: string): VerifiedDates {
    let bytes: Buffer;
    try {
      bytes = readFileSync(path);
    } catch {
      return new VerifiedDates(new Map());
    }
    return new VerifiedDates(decode(bytes) ?? new Map());
  }

  /** Stores the dates in place of what the file had; a crash leaves the one or the other. */
  save(path: string): void {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const bytes = Buffer.alloc(magic.length + this.#dates.size * recordBytes + digestBytes);
    let at = magic.copy(bytes);
    for (const [id, { readAt, seenAt }] of this.#dates) {
      at += bytes.write(id, at, 'hex');
      at = bytes.writeUInt32LE(readAt, at);
      at = bytes.writeUInt32LE(seenAt, at);
    }
    bytes.write(hash('sha256', bytes.subarray(0, at), 'hex'), at, 'hex');
    const temporary = `${path}~${process.pid}`;
    try {
      const file = openSync(temporary, 'w', 0o600);
      try {
        writeSync(file, bytes);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      renameSync(temporary, path);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
  }

  /** Forgets packs that are gone and queues new ones behind those that are known. */
  meet(packs: readonly { id: PackId }[], now: Date): void {
    const there = new Set(packs.map(({ id }) => id));
    for (const id of this.#dates.keys()) if (!there.has(id)) this.#dates.delete(id);
    for (const id of there) if (!this.#dates.has(id)) this.#dates.set(id, { readAt: 0, seenAt: secondsOf(now) });
  }

  /** The pack was read whole and is right. */
  confirm(id: PackId, now: Date): void {
    this.#dates.set(id, { readAt: secondsOf(now), seenAt: this.#dates.get(id)?.seenAt ?? secondsOf(now) });
  }

  /** The pack is not right: it counts as unread and stays first in the queue, so that every run says so. */
  doubt(id: PackId): void {
    this.#dates.set(id, { readAt: 0, seenAt: 0 });
  }

  /**
   * The packs by how long they wait. A new one waits from when it was first met: packs that come faster than they are read must not
   * keep the old ones from their turn.
   */
  queue<Pack extends { id: PackId }>(packs: readonly Pack[]): Pack[] {
    const datesOf = ({ id }: Pack): Dates => this.#dates.get(id) ?? { readAt: 0, seenAt: 0 };
    const waitsSince = (pack: Pack): number => Math.max(datesOf(pack).readAt, datesOf(pack).seenAt);
    const order = (a: Pack, b: Pack): number =>
      waitsSince(a) - waitsSince(b) || datesOf(a).readAt - datesOf(b).readAt || (a.id < b.id ? -1 : 1);
    return packs.toSorted(order);
  }

  /** True when the pack was read back at that moment or later. */
  isReadSince(id: PackId, from: Date): boolean {
    return (this.#dates.get(id)?.readAt ?? 0) >= secondsOf(from);
  }

  /** How much of these packs was read back, all of it or only since a moment. */
  readBack(packs: readonly { id: PackId; size: number }[], from = new Date(1000)): ReadBack {
    const result: ReadBack = { packs: packs.length, bytes: 0, readPacks: 0, readBytes: 0 };
    let oldest = Infinity;
    for (const { id, size } of packs) {
      const readAt = this.#dates.get(id)?.readAt ?? 0;
      result.bytes += size;
      oldest = Math.min(oldest, readAt);
      if (!this.isReadSince(id, from)) continue;
      result.readPacks += 1;
      result.readBytes += size;
    }
    return oldest > 0 && oldest < Infinity ? { ...result, since: new Date(oldest * 1000) } : result;
  }
}

function decode(bytes: Buffer): Map<PackId, Dates> | undefined {
  const end = bytes.length - digestBytes;
  if (end < magic.length || (end - magic.length) % recordBytes !== 0) return undefined;
  if (!bytes.subarray(0, magic.length).equals(magic)) return undefined;
  if (hash('sha256', bytes.subarray(0, end), 'hex') !== bytes.toString('hex', end)) return undefined;
  const dates = new Map<PackId, Dates>();
  for (let at = magic.length; at < end; at += recordBytes) {
    const id = bytes.toString('hex', at, at + 32) as PackId;
    dates.set(id, { readAt: bytes.readUInt32LE(at + 32), seenAt: bytes.readUInt32LE(at + 36) });
  }
  return dates;
}

// Rounded down: what is claimed to be read back since a moment was.
function secondsOf(time: Date): number {
  return Math.floor(time.getTime() / 1000);
}

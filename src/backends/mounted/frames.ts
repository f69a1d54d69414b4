// How a mount worker and Orbit talk: frames of two lengths, a JSON head, and bytes. Both ends are ours and of one version.
import { Failure } from '../../base/failure.ts';
import type { ByteRange, StoredObject } from '../backend.ts';

/** What the worker is asked. `id` comes back with the answer. */
export type WorkerRequest =
  | { id: number; call: 'open'; path: string; location: string; ifMissing: 'make' | 'require'; fileSystems: number[] }
  | { id: number; call: 'save'; key: string; ifExists: 'refuse' | 'replace' }
  | { id: number; call: 'load'; key: string; range?: ByteRange; maxBytes: number }
  | { id: number; call: 'stat' | 'modifiedAt' | 'remove'; key: string }
  | { id: number; call: 'list'; prefix: string }
  | { id: number; call: 'freeBytes' }
  /** Stops the call of that id where it can be stopped. */
  | { id: number; call: 'cancel' };

/** What it answers. `more` frames of a listing come before its last one. */
export type WorkerAnswer =
  | { id: number; ok: true; size?: number; time?: number; free?: number; objects?: StoredObject[]; more?: boolean }
  | { id: number; ok: false; failure?: WireFailure; error?: string };

/** A failure as it travels. */
export interface WireFailure {
  code: string;
  message: string;
  hint?: string;
  facts?: Record<string, string | number | boolean>;
  because?: string;
}

/** A head and its bytes. */
export interface Frame<Head> {
  head: Head;
  body: Buffer;
}

const maxHeadBytes = 16 * 1024 * 1024;

/** The frame in pieces, so that its bytes are not copied: two big-endian lengths of 4 bytes, the head, the bytes. */
export function encodeFrame(head: WorkerRequest | WorkerAnswer, body: Uint8Array = Buffer.alloc(0)): Uint8Array[] {
  const json = Buffer.from(JSON.stringify(head));
  const lengths = Buffer.allocUnsafe(8);
  lengths.writeUInt32BE(json.length, 0);
  lengths.writeUInt32BE(body.length, 4);
  return body.length === 0 ? [lengths, json] : [lengths, json, body];
}

/** Takes pieces as they come and gives each whole frame once. A frame's bytes have memory of their own: whoever takes it owns them. */
export function frameReader<Head>(take: (frame: Frame<Head>) => void): (chunk: Buffer) => void {
  // Filled one after the other; each piece is copied once, to where it stays.
  let parts: Buffer[] = [Buffer.alloc(8)];
  let part = 0;
  let filled = 0;
  return (chunk) => {
    for (let at = 0; at < chunk.length; ) {
      const target = parts[part] as Buffer;
      const copied = chunk.copy(target, filled, at);
      at += copied;
      filled += copied;
      // A frame may have no bytes: then its head is the last of it.
      while (filled === parts[part]?.length) {
        part += 1;
        filled = 0;
        if (parts.length === 1) parts.push(...partsOf(parts[0] as Buffer));
      }
      if (part < parts.length) continue;
      const [, head, body] = parts as [Buffer, Buffer, Buffer];
      parts = [Buffer.alloc(8)];
      part = 0;
      filled = 0;
      take({ head: JSON.parse(head.toString('utf8')) as Head, body });
    }
  };
}

function partsOf(lengths: Buffer): [Buffer, Buffer] {
  const headBytes = lengths.readUInt32BE(0);
  if (headBytes > maxHeadBytes) throw new Error('a frame without end');
  return [Buffer.allocUnsafe(headBytes), Buffer.allocUnsafeSlow(lengths.readUInt32BE(4))];
}

/** A failure made ready to travel. */
export function toWire(failure: Failure): WireFailure {
  const because = failure.cause instanceof Error ? { because: failure.cause.message } : {};
  return { ...failure.toJSON(), ...because };
}

/** The failure as it was before it travelled. */
export function fromWire({ code, message, hint, facts, because }: WireFailure): Failure {
  return new Failure(code, {
    message,
    ...(hint === undefined ? {} : { hint }),
    ...(facts === undefined ? {} : { facts }),
    ...(because === undefined ? {} : { cause: new Error(because) }),
  });
}

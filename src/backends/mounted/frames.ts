// How a mount worker and Orbit talk: frames of two lengths, a JSON head, and bytes. Both ends are ours and of one version.
import { Failure } from '../../base/failure.ts';
import type { ByteRange, StoredObject } from '../backend.ts';

/** What the worker is asked. `id` comes back with the answer. */
export type WorkerRequest =
  | {
      id: number;
      call: 'open';
      path: string;
      location: string;
      ifMissing: 'make' | 'require';
      fileSystems: number[];
      hasSlots: boolean;
    }
  /** `slot`: its bytes, `size` of them, lie there and not in the frame. */
  | { id: number; call: 'save'; key: string; ifExists: 'refuse' | 'replace'; slot?: number; size?: number }
  | { id: number; call: 'load'; key: string; range?: ByteRange }
  | { id: number; call: 'stat' | 'modifiedAt' | 'remove'; key: string }
  | { id: number; call: 'list'; prefix: string }
  | { id: number; call: 'freeBytes' }
  /** What a load's answer left in that slot was taken out. */
  | { id: number; call: 'taken'; slot: number }
  /** Stops the call of that id where it can be stopped. */
  | { id: number; call: 'cancel' };

/** What it answers. `more` frames of a listing come before its last one. */
export type WorkerAnswer =
  | {
      id: number;
      ok: true;
      size?: number;
      /** The bytes, `size` of them, lie there and not in the frame, until they are told to be `taken`. */
      slot?: number;
      time?: number;
      free?: number;
      objects?: StoredObject[];
      more?: boolean;
    }
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

/** Takes pieces as they come and gives each whole frame once. */
export function frameReader<Head>(take: (frame: Frame<Head>) => void): (chunk: Buffer) => void {
  let chunks: Buffer[] = [];
  let length = 0;
  let wanted = 8;
  let headBytes = -1;
  return (chunk) => {
    chunks.push(chunk);
    length += chunk.length;
    while (length >= wanted) {
      const all = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, length);
      if (headBytes < 0) {
        headBytes = all.readUInt32BE(0);
        if (headBytes > maxHeadBytes) throw new Error('a frame without end');
        wanted = 8 + headBytes + all.readUInt32BE(4);
        chunks = [all];
        continue;
      }
      const head = JSON.parse(all.toString('utf8', 8, 8 + headBytes)) as Head;
      const body = all.subarray(8 + headBytes, wanted);
      chunks = length > wanted ? [all.subarray(wanted)] : [];
      length -= wanted;
      wanted = 8;
      headBytes = -1;
      take({ head, body });
    }
  };
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

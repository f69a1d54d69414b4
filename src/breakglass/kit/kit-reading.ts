// Walks all sources once, counting, digesting and packing what is not packed yet: whether anything changed is known before
// anything is sealed, and until then a secret takes as little memory as it can.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Failure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import type { WaitingEntry } from '../../kdbx/save-kdbx.ts';
import { kdbxGroups, toKdbxEntry } from '../../sources/secrets/kdbx-entry.ts';
import { PackedRecord, RecordPacker } from '../../sources/secrets/packed-records.ts';
import type { SecretRecord } from '../../sources/secrets/secret-record.ts';
import { type Envelope, isInEnvelope } from '../envelope.ts';
import { type DigestKey, DigestList, recordDigest } from './record-digest.ts';
import type { KitEvent } from './kit-event.ts';

const recordsMax = 5_000_000;

/** A source of secrets as a kit sees it. `id` stands in the manifest in the clear: an opaque id, never a name. */
export interface KitSource {
  id: string;
  /** The group under which its secrets lie when a kit has several sources. */
  title: string;
  /** Reads them all, every time it is called. Fails rather than leaving one out in silence. Packed ones stay the source's. */
  read(options: Operation): AsyncIterable<SecretRecord | PackedRecord> | Iterable<SecretRecord | PackedRecord>;
}

/** How sources are read. */
export interface KitReadingOptions extends Operation<KitEvent> {
  digestKey: DigestKey;
}

/** What was read. */
export interface ReadSources {
  counts: { id: string; records: number }[];
  total: number;
  /** Of all records, sorted. */
  digests: Buffer;
}

/** Reads once, keeps everything packed, and gives it as often as it is asked. */
export class KitReading {
  readonly #sources: readonly KitSource[];
  readonly #options: KitReadingOptions;
  readonly #packer = new RecordPacker();
  readonly #read: { source: KitSource; records: PackedRecord[] }[] = [];

  constructor(sources: readonly KitSource[], options: KitReadingOptions) {
    this.#sources = sources;
    this.#options = options;
  }

  /** @throws Failure `breakglass.duplicate-secret`, `breakglass.too-many-secrets`, and whatever a source throws */
  async read(): Promise<ReadSources> {
    const { digestKey, signal, report } = this.#options;
    const digests = new DigestList();
    for (const source of this.#sources) {
      const seen = new Set<string>();
      const records: PackedRecord[] = [];
      for await (const given of source.read(signal === undefined ? {} : { signal })) {
        signal?.throwIfAborted();
        const { id } = given;
        if (seen.has(id)) throw duplicate(source, id);
        seen.add(id);
        if (digests.length === recordsMax) throw tooMany();
        const record = given instanceof PackedRecord ? given : this.#packer.pack(given);
        records.push(record);
        digests.add(recordDigest(digestKey, source.id, record));
        if (digests.length % 1000 > 0) continue;
        report?.({ type: 'secrets-read', records: digests.length });
        await nextTurn();
      }
      this.#read.push({ source, records });
    }
    report?.({ type: 'secrets-read', records: digests.length });
    const counts = this.#read.map(({ source, records }) => ({ id: source.id, records: records.length }));
    return { counts, total: digests.length, digests: digests.sorted() };
  }

  /** All secrets, or those that an envelope holds, to be made one by one. */
  *entries(envelope?: Envelope): Iterable<WaitingEntry> {
    const isOneOfMany = this.#sources.length > 1;
    for (const { source, records } of this.#read) {
      const origin = { source: source.id, ...(isOneOfMany ? { under: source.title } : {}) };
      // Records of a group share its path.
      const shown = new Map<readonly string[], string[]>();
      for (const record of records) {
        const { groups, hasFiles: hasAttachments } = record;
        if (envelope !== undefined && !isInEnvelope(envelope, groups)) continue;
        const path = shown.get(groups) ?? kdbxGroups(groups, origin);
        shown.set(groups, path);
        yield { groups: path, hasAttachments, make: () => toKdbxEntry(record.unpack(), origin) };
      }
    }
  }

  /** Zeroes what was packed here. */
  wipe(): void {
    this.#packer.wipe();
    this.#read.length = 0;
  }
}

function duplicate(source: KitSource, id: string): Failure {
  return new Failure('breakglass.duplicate-secret', {
    message: `the source '${source.title}' gave two secrets with the id '${id}'`,
    hint: 'Ids must be unique within a source, or one secret would hide another. Correct the source’s mapping.',
  });
}

function tooMany(): Failure {
  return new Failure('breakglass.too-many-secrets', {
    message: `there are more than ${recordsMax} secrets in one kit`,
    hint: 'Split them among several jobs.',
  });
}

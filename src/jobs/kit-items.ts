// Which secrets lie in the newest proved kit of each destination, and how each is: names and dates, never a value. Kept sealed,
// so that the database tells nobody what there is.
import { promisify } from 'node:util';
import { zstdCompressSync, zstdDecompress } from 'node:zlib';
import type { SecretRecord } from '../sources/secrets/secret-record.ts';
import type { InstanceKey } from '../store/instance-key.ts';
import type { Store } from '../store/store.ts';
import { faultsOf } from './password-policy.ts';
import type { PasswordPolicy, PolicyFault } from './password-policy-fields.ts';
import { passwordMark, type PasswordUse } from './password-use.ts';

/** A secret as a run read it. */
export interface KitItem {
  id: string;
  title: string;
  username: string;
  groups: string[];
  type: string;
  changedAt: string;
  /** There is nothing in it: no password, note, field, file or second factor. */
  isEmpty: boolean;
  /** What its password lacks; absent where it has none, or no run judged it yet. */
  faults?: PolicyFault[];
  /** Another secret of that backup has the same password. */
  isReused?: true;
}

/** The secrets of one source in the newest proved kit at one destination. */
export interface KitItems {
  job: string;
  destination: string;
  source: string;
  kit: string;
  provedAt: string;
  items: KitItem[];
}

const purpose = 'kit-items';
const textMost = 256 * 1024;
const decompressedMax = 512 * 1024 * 1024;

// What is kept of a record.
function kitItemOf(record: SecretRecord, policy: PasswordPolicy): KitItem {
  const { id, title, username, groups, type, changedAt } = record;
  const isEmpty =
    record.password.reveal() === '' &&
    record.notes.reveal() === '' &&
    record.fields.every(({ value }) => value.reveal() === '') &&
    record.attachments.length === 0 &&
    record.totp === undefined;
  const faults = faultsOf(record, policy);
  const judged = faults === undefined ? {} : { faults };
  return { id, title, username, groups, type, changedAt: changedAt.toISOString(), isEmpty, ...judged };
}

/** An item as it is kept, and the mark of its password. */
export interface MarkedItem {
  text: string;
  mark: string | undefined;
}

/** The item of a record, as another thread may make it; `key` is that of the run's marks. */
export function markedItem(record: SecretRecord, policy: PasswordPolicy, key: string): MarkedItem {
  return { text: JSON.stringify(kitItemOf(record, policy)), mark: passwordMark(key, record.password) };
}

/** Collects the items of a source as text: as objects they would fill the heap of a large run until its end. */
export class KitItemList {
  readonly #parts: Buffer[] = [];
  readonly #policy: PasswordPolicy;
  readonly #use: PasswordUse;
  readonly #passwords: (number | undefined)[] = [];
  #text = '';

  /** `use` is that of all sources of the run. */
  constructor(policy: PasswordPolicy, use: PasswordUse) {
    this.#policy = policy;
    this.#use = use;
  }

  add(record: SecretRecord): void {
    this.addMarked(markedItem(record, this.#policy, this.#use.key));
  }

  addMarked({ text, mark }: MarkedItem): void {
    this.#passwords.push(this.#use.count(mark));
    const isFirst = this.#text === '' && this.#parts.length === 0;
    this.#text += `${isFirst ? '[' : ','}${text}`;
    if (this.#text.length < textMost) return;
    this.#parts.push(Buffer.from(this.#text));
    this.#text = '';
  }

  /** Seals them once, for all destinations, when every source was read. */
  seal(key: InstanceKey): Buffer {
    const isEmpty = this.#text === '' && this.#parts.length === 0;
    const reused = this.#passwords.flatMap((number, index) => (this.#use.isShared(number) ? [index] : []));
    const json = Buffer.concat([
      Buffer.from('{"items":'),
      ...this.#parts,
      Buffer.from(`${isEmpty ? '[]' : `${this.#text}]`},"reused":${JSON.stringify(reused)}}`),
    ]);
    return key.seal(purpose, zstdCompressSync(json));
  }
}

// An earlier version kept the items alone.
function itemsIn(json: string): KitItem[] {
  const kept = JSON.parse(json) as KitItem[] | { items: KitItem[]; reused: number[] };
  if (Array.isArray(kept)) return kept;
  for (const index of kept.reused) {
    const item = kept.items[index];
    if (item !== undefined) item.isReused = true;
  }
  return kept.items;
}

/** Remembers what a kit holds that was just proved at a destination. Sources that the job no longer reads are forgotten. */
export function rememberKitItems(
  store: Store,
  proved: { job: string; destination: string; kit: string; provedAt: Date },
  sources: readonly { name: string; sealed: Buffer }[],
): void {
  const { job, destination, kit, provedAt } = proved;
  store.transaction(() => {
    store.database.prepare('DELETE FROM kit_item WHERE job = ? AND destination = ?').run(job, destination);
    const insert = store.database.prepare('INSERT INTO kit_item VALUES (?, ?, ?, ?, ?, ?)');
    for (const { name, sealed } of sources) insert.run(job, destination, name, kit, provedAt.toISOString(), sealed);
  });
}

/** Everything that is remembered. */
export async function loadKitItems({
  store,
  instanceKey,
}: {
  store: Store;
  instanceKey: InstanceKey;
}): Promise<KitItems[]> {
  const rows = store.database.prepare('SELECT * FROM kit_item ORDER BY job, source, destination').all();
  return await Promise.all(
    rows.map(async (row) => {
      const packed = instanceKey.open(purpose, row['items'] as Uint8Array);
      const json = await promisify(zstdDecompress)(packed, { maxOutputLength: decompressedMax });
      return {
        job: String(row['job']),
        destination: String(row['destination']),
        source: String(row['source']),
        kit: String(row['kit']),
        provedAt: String(row['proved_at']),
        items: itemsIn(json.toString('utf8')),
      };
    }),
  );
}

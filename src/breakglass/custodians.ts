// The custodians of an instance, the sets of shares that were made, and how far each custodian is with theirs.
// Public facts only: a share passes through here to be digested, and is not kept.
import { randomUUID, timingSafeEqual } from 'node:crypto';
import { type Clock, systemClock } from '../base/clock.ts';
import { Failure } from '../base/failure.ts';
import type { Store } from '../store/store.ts';
import { parseRecipient } from './age-files.ts';
import { type ShareCheck, digestOfShare, judgeShare, type KnownSet } from './share-check.ts';
import { setNameOfId, type Share } from './shares/share.ts';
import type { SheetLanguage } from './shares/sheet-texts.ts';

/** A person trusted with one share. `contact` is a line for people: telephone, e-mail, where they sit. */
export interface Custodian {
  id: string;
  name: string;
  contact: string;
  language: SheetLanguage;
  /** An age or SSH public key of theirs, to which a share that travels is sealed. */
  recipient?: string;
  createdAt: Date;
  /** Struck off: their paper counts until there is a new set, they themselves do not. */
  removedAt?: Date;
}

/** What can be changed of a custodian. */
export type CustodianChanges = { [Name in 'contact' | 'language' | 'recipient']?: Custodian[Name] | undefined };

/** How a share reaches its custodian: in the room, by a one-time link, or as a file sealed to their own key. */
export type Delivery = 'in-person' | 'link' | 'sealed';

/** What a custodian has done with their share. */
export type HolderMark = 'viewed' | 'printed' | 'confirmed';

/** One share of a set, and how far its custodian is. `number` counts from 1. */
export interface ShareHolder {
  number: number;
  custodian: Custodian;
  delivery: Delivery;
  viewedAt?: Date;
  printedAt?: Date;
  confirmedAt?: Date;
}

/** A set of shares of one recovery key. */
export interface ShareSet {
  setId: number;
  /** The two words that all its sheets begin with. */
  name: string;
  keyId: string;
  threshold: number;
  count: number;
  madeAt: Date;
  retiredAt?: Date;
  /** Why it was retired: `replaced` by another set, or `compromised`. */
  retiredBecause?: 'replaced' | 'compromised';
  holders: ShareHolder[];
}

type Row = Record<string, unknown>;

/** Opens the custodians' records. Every change is one transaction. */
export function openCustodians(store: Store, clock: Clock = systemClock): Custodians {
  return new Custodians(store, clock);
}

/** See `openCustodians`. */
export class Custodians {
  readonly #store: Store;
  readonly #clock: Clock;

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** @throws Failure `breakglass.bad-custodian` when the name is empty or taken, `breakglass.bad-recipient`. */
  add(custodian: { name: string; contact?: string; language?: SheetLanguage; recipient?: string }): Custodian {
    const name = custodian.name.trim();
    const taken = this.list().some((other) => other.name.toLowerCase() === name.toLowerCase());
    if (name === '' || name.length > 200 || taken) {
      throw new Failure('breakglass.bad-custodian', {
        message: taken
          ? `there is a custodian called '${name}' already`
          : 'a custodian needs a name of at most 200 characters',
        hint: 'Each custodian is one person with a name of their own; `orbit custodian list` shows them.',
      });
    }
    const recipient = custodian.recipient === undefined ? null : parseRecipient(custodian.recipient);
    const id = randomUUID();
    this.#store.database
      .prepare('INSERT INTO custodian (id, name, contact, language, recipient, created_at) VALUES (?, ?, ?, ?, ?, ?)')
      .run(id, name, custodian.contact?.trim() ?? '', custodian.language ?? 'en', recipient, this.#now());
    return this.find(name);
  }

  /** Custodians that were not removed, by name. */
  list(): Custodian[] {
    return this.#all('SELECT * FROM custodian WHERE removed_at IS NULL ORDER BY name COLLATE NOCASE').map(custodianOf);
  }

  /** By name (any case) or id. @throws Failure `breakglass.no-custodian`. */
  find(nameOrId: string): Custodian {
    const wanted = nameOrId.trim().toLowerCase();
    const found = this.list().find((custodian) => custodian.id === wanted || custodian.name.toLowerCase() === wanted);
    if (found !== undefined) return found;
    throw new Failure('breakglass.no-custodian', {
      message: `there is no custodian '${nameOrId}'`,
      hint: '`orbit custodian list` shows them, `orbit custodian add NAME` adds one.',
    });
  }

  /** Changes how a custodian is reached, the language of their sheet, or their key. @throws Failure as `add`. */
  edit(nameOrId: string, changes: CustodianChanges): Custodian {
    const before = this.find(nameOrId);
    const recipient = changes.recipient === undefined ? before.recipient : parseRecipient(changes.recipient);
    this.#store.database
      .prepare('UPDATE custodian SET contact = ?, language = ?, recipient = ? WHERE id = ?')
      .run(changes.contact ?? before.contact, changes.language ?? before.language, recipient ?? null, before.id);
    return this.find(before.id);
  }

  /**
   * Strikes a custodian off. Their share goes on opening the current set until a new one is made.
   * @throws Failure `breakglass.no-custodian`, `breakglass.custodian-holds-share` unless `force`.
   */
  remove(nameOrId: string, options: { force?: boolean } = {}): Custodian {
    const custodian = this.find(nameOrId);
    const current = this.currentSet();
    const holds = current?.holders.some((holder) => holder.custodian.id === custodian.id) ?? false;
    if (holds && options.force !== true) {
      throw new Failure('breakglass.custodian-holds-share', {
        message: `${custodian.name} holds a share of the current set '${current?.name}'`,
        hint: 'Make a new set without them first (`orbit custodian split`), or use --force: their paper still counts until then.',
      });
    }
    this.#store.database.prepare('UPDATE custodian SET removed_at = ? WHERE id = ?').run(this.#now(), custodian.id);
    return custodian;
  }

  /**
   * Records a new set, share by share in the order of `custodians`, and retires the one before it.
   * Keeps ids, thresholds and digests; the shares themselves stay with the caller, who shows them once.
   */
  recordSet(set: {
    keyId: string;
    shares: readonly Share[];
    custodians: readonly Custodian[];
    deliveries?: readonly Delivery[];
    retires?: 'replaced' | 'compromised';
  }): ShareSet {
    const [first] = set.shares;
    if (first === undefined || set.shares.length !== set.custodians.length)
      throw new Error('a share for each custodian');
    const digests = set.shares.map((share) => digestOfShare(share));
    this.#store.transaction(() => {
      this.#retire(set.retires ?? 'replaced');
      this.#store.database
        .prepare('INSERT INTO share_set (set_id, key_id, threshold, share_count, made_at) VALUES (?, ?, ?, ?, ?)')
        .run(first.setId, set.keyId, first.threshold, set.shares.length, this.#now());
      const insert = this.#store.database.prepare(
        'INSERT INTO share_holder (set_id, share_index, custodian_id, digest, delivery) VALUES (?, ?, ?, ?, ?)',
      );
      set.shares.forEach((share, index) => {
        const custodian = set.custodians[index]?.id ?? '';
        const delivery = set.deliveries?.[index] ?? 'in-person';
        insert.run(share.setId, share.index, custodian, digests[index] ?? new Uint8Array(), delivery);
      });
    });
    return this.set(first.setId);
  }

  /** The set that opens the current recovery key, or undefined before the first ceremony with custodians. */
  currentSet(): ShareSet | undefined {
    return this.sets().find((set) => set.retiredAt === undefined);
  }

  /** Every set ever made, newest first. */
  sets(): ShareSet[] {
    return this.#all('SELECT * FROM share_set ORDER BY made_at DESC, rowid DESC').map((row) => this.#setOf(row));
  }

  /** @throws Failure `breakglass.no-share-set` when no such set was made here. */
  set(setId: number): ShareSet {
    const found = this.sets().find((set) => set.setId === setId);
    if (found !== undefined) return found;
    throw new Failure('breakglass.no-share-set', {
      message: `no set '${setNameOfId(setId)}' was made here`,
      hint: 'The share belongs to another Orbit, or to one whose database was lost.',
    });
  }

  /** Ids of all sets, for `splitSecret`: a new set never takes one of them. */
  takenSetIds(): number[] {
    return this.sets().map((set) => set.setId);
  }

  /** Notes that a custodian saw, printed or confirmed their share. The first time counts, except for `confirmed`: the last. */
  mark(setId: number, number: number, mark: HolderMark): void {
    const column = `${mark}_at`;
    const value = mark === 'confirmed' ? '?' : `coalesce(${column}, ?)`;
    this.#store.database
      .prepare(`UPDATE share_holder SET ${column} = ${value} WHERE set_id = ? AND share_index = ?`)
      .run(this.#now(), setId, number - 1);
  }

  /** Retires the current set, when its shares may have been seen together. A new recovery key must follow. */
  declareCompromised(): ShareSet | undefined {
    return this.retireCurrent('compromised');
  }

  /** Retires the current set, because its recovery key is not the current one any more. Gives it. */
  retireCurrent(because: 'replaced' | 'compromised'): ShareSet | undefined {
    const current = this.currentSet();
    if (current === undefined) return undefined;
    this.#store.transaction(() => this.#retire(because));
    return this.set(current.setId);
  }

  /** Judges one share by what is known here; a good one of the current set is noted as confirmed. */
  check(share: Share): ShareCheck {
    const judged = judgeShare(share, this.#knownSets());
    if (judged.state === 'current') this.mark(share.setId, judged.number, 'confirmed');
    return judged;
  }

  /** True when this is the digest of that share: its custodian typed the words elsewhere, and they were right. */
  isDigestOf(setId: number, number: number, digest: Uint8Array): boolean {
    const row = this.#store.database
      .prepare('SELECT digest FROM share_holder WHERE set_id = ? AND share_index = ?')
      .get(setId, number - 1);
    const known = row === undefined ? undefined : (row['digest'] as Uint8Array);
    return known !== undefined && known.length === digest.length && timingSafeEqual(known, digest);
  }

  #knownSets(): KnownSet[] {
    const digests = this.#all('SELECT set_id, share_index, digest FROM share_holder');
    return this.sets().map((set) => ({
      ...set,
      digests: new Map(
        digests
          .filter((row) => row['set_id'] === set.setId)
          .map((row) => [Number(row['share_index']), row['digest'] as Uint8Array]),
      ),
    }));
  }

  #retire(because: 'replaced' | 'compromised'): void {
    this.#store.database
      .prepare('UPDATE share_set SET retired_at = ?, retired_because = ? WHERE retired_at IS NULL')
      .run(this.#now(), because);
  }

  #setOf(row: Row): ShareSet {
    const holders = this.#all(
      `SELECT share_holder.*, custodian.* FROM share_holder JOIN custodian ON custodian.id = custodian_id
       WHERE set_id = ? ORDER BY share_index`,
      Number(row['set_id']),
    );
    return {
      setId: Number(row['set_id']),
      name: setNameOfId(Number(row['set_id'])),
      keyId: String(row['key_id']),
      threshold: Number(row['threshold']),
      count: Number(row['share_count']),
      madeAt: new Date(String(row['made_at'])),
      ...optionalDate('retiredAt', row['retired_at']),
      ...(row['retired_because'] === null
        ? {}
        : { retiredBecause: row['retired_because'] as 'replaced' | 'compromised' }),
      holders: holders.map((holder) => ({
        number: Number(holder['share_index']) + 1,
        custodian: custodianOf(holder),
        delivery: holder['delivery'] as Delivery,
        ...optionalDate('viewedAt', holder['viewed_at']),
        ...optionalDate('printedAt', holder['printed_at']),
        ...optionalDate('confirmedAt', holder['confirmed_at']),
      })),
    };
  }

  #all(sql: string, ...values: (string | number)[]): Row[] {
    return this.#store.database.prepare(sql).all(...values);
  }

  #now(): string {
    return this.#clock.now().toISOString();
  }
}

function custodianOf(row: Row): Custodian {
  return {
    id: String(row['id']),
    name: String(row['name']),
    contact: String(row['contact']),
    language: row['language'] === 'pt' ? 'pt' : 'en',
    ...(row['recipient'] === null ? {} : { recipient: String(row['recipient']) }),
    createdAt: new Date(String(row['created_at'])),
    ...optionalDate('removedAt', row['removed_at']),
  };
}

function optionalDate<Name extends string>(name: Name, value: unknown): { [key in Name]?: Date } {
  return (value === null || value === undefined ? {} : { [name]: new Date(String(value)) }) as { [key in Name]?: Date };
}

/** What is worrying about a set: fewer confirmed custodians than the threshold and one to spare. Undefined when nothing is. */
export function worryOf(set: ShareSet): { confirmed: number; wanted: number; waitingFor: string[] } | undefined {
  const counts = ({ confirmedAt, custodian }: ShareHolder): boolean =>
    confirmedAt !== undefined && custodian.removedAt === undefined;
  const waiting = set.holders.filter((holder) => !counts(holder));
  const confirmed = set.holders.length - waiting.length;
  const wanted = Math.min(set.threshold + 1, set.count);
  return confirmed >= wanted
    ? undefined
    : { confirmed, wanted, waitingFor: waiting.map((holder) => holder.custodian.name) };
}

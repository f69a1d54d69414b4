// The built-in vault: secrets in the instance's database, sealed with the instance key, with everything they ever were.
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../../base/clock.ts';
import { Failure } from '../../../base/failure.ts';
import type { InstanceKey } from '../../../store/instance-key.ts';
import type { Store } from '../../../store/store.ts';
import type { SecretRecord } from '../secret-record.ts';
import { sealPieces } from './sealed-secret.ts';
import { draftOf, importRecords, type ImportOptions } from './vault-import.ts';
import { everyRow, labelReader, matches, readableSecrets, secretOf, summaryOf } from './vault-read.ts';
import { vaultRows, type SecretRow } from './vault-rows.ts';
import {
  searchable,
  type ImportOutcome,
  type SecretChanges,
  type SecretDraft,
  type SecretFilter,
  type SecretSummary,
  type VaultSecret,
} from './vault-types.ts';
import { attachmentRows, changeRow, checkDraft, isUsableId, lookOf } from './vault-write.ts';

/** Options of a change to one secret. */
export interface ChangeOptions {
  /** Orbit's own secrets are changed and removed only with this. */
  force?: boolean;
  /** The revision that was looked at: the change is refused when somebody changed the secret since. */
  ifRevision?: number;
}

/**
 * The built-in vault. Every change is one transaction, safe among several processes, and moves `generation`.
 * All methods that open sealed values throw Failure `vault.damaged-secret`; those that take an id `vault.no-secret`.
 */
export interface Vault {
  /** Grows with every change, whichever process made it. */
  readonly generation: number;
  /** Adds a secret and gives its id, a random UUID. */
  add(draft: SecretDraft): string;
  /** Changes a secret; what it was becomes its past. False when nothing differs. */
  edit(id: string, changes: SecretChanges, options?: ChangeOptions): boolean;
  /** Makes the secret `id` look like the draft, whether it is there, removed, or not there yet. False when it already does. */
  put(id: string, draft: SecretDraft, options?: { isOwn?: boolean }): boolean;
  /** True when there is a secret with this id, removed or not. */
  has(id: string): boolean;
  show(id: string): VaultSecret;
  /**
   * The secret with this id, else the only one with this title (case and accents matter only where two differ by them), or
   * with this path of groups and title (`Servers/db01`).
   * @throws Failure `vault.ambiguous` when several fit.
   */
  find(idOrTitle: string, filter?: Pick<SecretFilter, 'removed'>): SecretSummary;
  list(filter?: SecretFilter): Iterable<SecretSummary>;
  /** Takes the secret out of lists and kits; its past stays. @throws Failure `vault.own-secret` without `force`. */
  remove(id: string, options?: ChangeOptions): void;
  /** Brings a removed secret back, or with `revision` gives a secret the look it had then. */
  restore(id: string, options?: ChangeOptions & { revision?: number }): void;
  /** Takes many in, all or none. */
  importAll(records: Iterable<SecretRecord>, options?: ImportOptions): ImportOutcome;
  /** Ids of all that are not removed, in their order. */
  ids(): string[];
  /** Before `records`, or very many calls of others: loads what opens sealed values quickly. */
  quicken(): Promise<void>;
  /** All that are not removed, with their past; fails after the last one when some could not be opened. */
  records(): Iterable<VaultSecret>;
}

/** Opens the vault of this store. The store is the caller's to close. */
export function openVault(store: Store, key: InstanceKey, clock: Clock): Vault {
  const rows = vaultRows(store);
  const readLabel = labelReader(key);
  const rowOf = (id: string): SecretRow => {
    const row = rows.row(id);
    if (row === undefined) throw noSecret(id);
    return row;
  };
  const checkedRow = (id: string, doing: string, options: ChangeOptions): SecretRow => {
    const row = rowOf(id);
    if (row.isOwn && options.force !== true) throw ownSecret(summaryOf(readLabel, row).title, id, doing);
    if (options.ifRevision !== undefined && options.ifRevision !== row.revision) {
      throw changedMeanwhile(summaryOf(readLabel, row).title, id);
    }
    return row;
  };
  const insert = (id: string, draft: SecretDraft, isOwn: boolean): void => {
    checkDraft(draft);
    const now = clock.now().toISOString();
    const pieces = sealPieces(key, id, 1, lookOf(draft));
    rows.insert({ id, revision: 1, isOwn, ...pieces, createdAt: now, changedAt: now, removedAt: null });
    for (const row of attachmentRows(key, id, [draft.attachments ?? []])) rows.insertAttachment(id, row);
    rows.bumpGeneration();
  };
  const change = (row: SecretRow, changes: SecretChanges): boolean => {
    checkDraft({ title: '', ...(changes.attachments ? { attachments: changes.attachments } : {}) });
    const isChanged = changeRow(rows, key, row, changes, clock.now());
    if (isChanged) rows.bumpGeneration();
    return isChanged;
  };
  const list = function* (filter: SecretFilter = {}): Generator<SecretSummary> {
    for (const row of everyRow(rows)) {
      const summary = summaryOf(readLabel, row);
      if (matches(summary, filter)) yield summary;
    }
  };
  return {
    get generation() {
      return rows.generation();
    },
    add(draft) {
      const id = randomUUID();
      store.transaction(() => insert(id, draft, false));
      return id;
    },
    edit(id, changes, options = {}) {
      return store.transaction(() => {
        const row = checkedRow(id, 'edit', options);
        if (row.removedAt !== null) throw removedSecret(summaryOf(readLabel, row).title, id);
        return change(row, changes);
      });
    },
    put(id, draft, options = {}) {
      if (!isUsableId(id)) throw new Error(`not an id for a secret: ${JSON.stringify(id)}`);
      return store.transaction(() => {
        const row = rows.row(id);
        if (row === undefined) insert(id, draft, options.isOwn === true);
        else {
          const isMarked = options.isOwn === true && !row.isOwn;
          if (isMarked) rows.setOwn(id);
          const isBack = row.removedAt !== null;
          if (isBack) rows.setRemoved(id, null);
          const isChanged = change(row, { ...emptied, ...draft });
          if (!isChanged && !isBack && !isMarked) return false;
          if (!isChanged) rows.bumpGeneration();
        }
        return true;
      });
    },
    has: (id) => rows.row(id) !== undefined,
    show: (id) => secretOf(rows, key, rowOf(id)),
    find(idOrTitle, filter = {}) {
      const row = rows.row(idOrTitle);
      if (row !== undefined) return summaryOf(readLabel, row);
      return theOnly(idOrTitle, list(filter));
    },
    list,
    remove(id, options = {}) {
      store.transaction(() => {
        if (checkedRow(id, 'remove', options).removedAt !== null) return;
        rows.setRemoved(id, clock.now().toISOString());
        rows.bumpGeneration();
      });
    },
    restore(id, options = {}) {
      store.transaction(() => {
        const row = options.revision === undefined ? rowOf(id) : checkedRow(id, 'change', options);
        if (row.removedAt !== null) rows.setRemoved(id, null);
        let isChanged = false;
        if (options.revision !== undefined && options.revision !== row.revision) {
          const past = secretOf(rows, key, row).history.find((version) => version.revision === options.revision);
          if (past === undefined) throw noVersion(summaryOf(readLabel, row).title, id, options.revision, row.revision);
          isChanged = change(row, { ...emptied, ...draftOf(past) });
        }
        if (row.removedAt !== null && !isChanged) rows.bumpGeneration();
      });
    },
    importAll: (records, options = {}) => importRecords({ store, rows, key, now: clock.now() }, records, options),
    ids: () => rows.ids(),
    quicken: () => key.quicken(),
    records: () => readableSecrets(rows, key),
  };
}

// What a draft leaves out is empty in the secret that it describes.
const emptied: SecretChanges = {
  username: null,
  password: null,
  url: null,
  notes: null,
  fields: null,
  type: null,
  groups: null,
  tags: null,
  totp: null,
  attachments: null,
  expiresAt: null,
};

function theOnly(wanted: string, secrets: Iterable<SecretSummary>): SecretSummary {
  const exact: SecretSummary[] = [];
  const loose: SecretSummary[] = [];
  const plain = searchable(wanted);
  for (const secret of secrets) {
    const path = [...secret.groups, secret.title].join('/');
    if (secret.title === wanted || path === wanted) exact.push(secret);
    else if (searchable(secret.title) === plain || searchable(path) === plain) loose.push(secret);
  }
  const found = exact.length > 0 ? exact : loose;
  const [first, ...others] = found;
  if (first === undefined) throw noSecret(wanted);
  if (others.length === 0) return first;
  throw new Failure('vault.ambiguous', {
    message: `${found.length} secrets are called '${wanted}'`,
    hint: `Name one by its group or its id: ${found
      .slice(0, 5)
      .map((secret) => `${[...secret.groups, secret.title].join('/')} (${secret.id})`)
      .join(', ')}`,
  });
}

function noSecret(wanted: string): Failure {
  return new Failure('vault.no-secret', {
    message: `there is no secret '${wanted}' in the vault`,
    hint: 'orbit secret list --search WORD finds titles; removed ones are shown with --removed.',
  });
}

function noVersion(title: string, id: string, revision: number, newest: number): Failure {
  return new Failure('vault.no-version', {
    message: `the secret '${title}' (${id}) has no version ${revision}`,
    hint: `It has versions 1 to ${newest}; orbit secret show lists them.`,
  });
}

function removedSecret(title: string, id: string): Failure {
  return new Failure('vault.removed', {
    message: `the secret '${title}' (${id}) was removed`,
    hint: 'Bring it back first: orbit secret restore.',
  });
}

function ownSecret(title: string, id: string, doing: string): Failure {
  return new Failure('vault.own-secret', {
    message: `'${title}' (${id}) is one of Orbit's own: backups that use it fail when you ${doing} it`,
    hint: `Change it where it belongs (the destination, the repository). If that is gone, ${doing} it with --force.`,
  });
}

function changedMeanwhile(title: string, id: string): Failure {
  return new Failure('vault.changed-meanwhile', {
    message: `the secret '${title}' (${id}) was changed by somebody else meanwhile`,
    hint: 'Look at it again, then change it.',
  });
}

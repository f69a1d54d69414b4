// The files at the top of a destination: README.txt, the current recovery key as it travels, retired keys, and the
// sealed repository passwords. Each is written only when what it says has changed.
import type { Backend } from '../backends/backend.ts';
import { Failure, isFailure } from '../base/failure.ts';
import type { Operation } from '../base/operation.ts';
import { together } from '../base/together.ts';
import type { SecretString } from '../base/secret-string.ts';
import type { Store } from '../store/store.ts';
import { ageFileBytesMax } from './age-files.ts';
import { destinationReadme } from './destination-readme.ts';
import type { DigestKey } from './kit/record-digest.ts';
import { sha256Hex } from './kit/manifest.ts';
import { currentKey, recipientsOf, recoveryKeys } from './recovery-key-store.ts';
import { sealRepositoryPassword } from './repository-password.ts';

/** The name of a repository at a destination; its password lies in `<name>.password.age`. */
export type RepositoryName = 'system' | 'recordings';

/** What to keep at the top of a destination. */
export interface DestinationFilesOptions extends Operation {
  store: Store;
  digestKey: DigestKey;
  contacts?: readonly string[];
  repositoryPasswords?: Partial<Record<RepositoryName, SecretString>>;
}

/** What was done, by file name. */
export interface DestinationFilesResult {
  written: string[];
  unchanged: string[];
  /** Wraps of a key that is not the current one any more. */
  removed: string[];
  /** Files that the destination would not let us replace (append-only). The newest kit carries the same keys. */
  kept: { name: string; failure: Failure }[];
}

const readmeName = 'README.txt';
const wrapNames = ['recovery-key.age', 'recovery-key.recipients.age'];
const filesAtOnce = 16;

// How places say that what is there stays as it is.
const refusedToReplace = new Set(['backend.permission', 'backend.refused', 'backend.key-exists']);

/** Brings the files at the top of a destination up to date. @throws Failure `breakglass.no-recovery-key`, `backend.*`. */
export async function writeDestinationFiles(
  backend: Backend,
  options: DestinationFilesOptions,
): Promise<DestinationFilesResult> {
  const operation = options.signal === undefined ? {} : { signal: options.signal };
  const result: DestinationFilesResult = { written: [], unchanged: [], removed: [], kept: [] };
  const wanted = [...wantedFiles(backend.location, options)];
  const existing = await together(wanted, filesAtOnce, ([name]) => loadIfStored(backend, name, operation));
  const isChanged = wanted.map(([, file], index) => {
    const bytes = existing[index];
    if (bytes === undefined || sha256Hex(bytes) !== file.sha256) return true;
    file.remember(bytes);
    return false;
  });
  result.unchanged.push(...wanted.flatMap(([name], index) => (isChanged[index] ? [] : [name])));
  const write = async (index: number): Promise<void> => {
    const [name, file] = wanted[index] as [string, WantedFile];
    const bytes = await file.make();
    try {
      await saveOver(backend, name, bytes, existing[index] === undefined, operation);
      file.remember(bytes);
      result.written.push(name);
    } catch (error) {
      // An append-only destination refuses to replace; a place that is gone refuses everything, and that is not this.
      if (existing[index] === undefined || !isFailure(error) || !refusedToReplace.has(error.code)) throw error;
      result.kept.push({ name, failure: error });
    }
  };
  // Keys first: a README that speaks of a key that is not there yet would be the worse half.
  const changed = [...wanted.keys()].filter((index) => isChanged[index]);
  for (const isReadme of [false, true]) {
    await together(
      changed.filter((index) => (wanted[index]?.[0] === readmeName) === isReadme),
      filesAtOnce,
      write,
    );
  }
  // A recovery-key.age of the key before would only mislead whoever tries its password, and open what it should not.
  for (const name of wrapNames.filter((one) => !wanted.some(([other]) => other === one))) {
    const written = writtenAs(backend.location, name);
    if (recall(options.store, written) === undefined) continue;
    try {
      await removeIfStored(backend, name, operation);
      options.store.database.prepare('DELETE FROM sealed_file WHERE basis = ?').run(written);
      result.removed.push(name);
    } catch (error) {
      if (!isFailure(error) || !refusedToReplace.has(error.code)) throw error;
      result.kept.push({ name, failure: error });
    }
  }
  return result;
}

/** What lies at the top of a destination, by file name. */
export interface DestinationFilesCheck {
  /** As they should be. */
  intact: string[];
  /** As they were written there, before a key, a custodian or a text changed. The next run brings them up to date. */
  older: string[];
}

/**
 * Reads back the files at the top of a destination and compares them with what should be, or was, written there.
 * @throws Failure `breakglass.missing-file`, `breakglass.damaged-file`; each names the file.
 */
export async function checkDestinationFiles(
  backend: Backend,
  options: DestinationFilesOptions,
): Promise<DestinationFilesCheck> {
  const operation = options.signal === undefined ? {} : { signal: options.signal };
  const check: DestinationFilesCheck = { intact: [], older: [] };
  const wanted = [...wantedFiles(backend.location, options)];
  const stored = await together(wanted, filesAtOnce, ([name]) => loadIfStored(backend, name, operation));
  for (const [index, [name, file]] of wanted.entries()) {
    const existing = stored[index];
    if (existing === undefined) {
      throw new Failure('breakglass.missing-file', {
        message: `there is no ${name} at ${backend.location}`,
        hint: 'Run a backup: it writes the file again. Until then, what lies there may not open without this Orbit.',
        facts: { file: name },
      });
    }
    const sha256 = sha256Hex(existing);
    if (sha256 === file.sha256) check.intact.push(name);
    else if (wasWritten(options.store, backend.location, name, sha256)) check.older.push(name);
    else {
      throw new Failure('breakglass.damaged-file', {
        message: `${name} at ${backend.location} is not what was written there`,
        hint: 'Run a backup: it writes the file again. Find out who or what changed it.',
        facts: { file: name },
      });
    }
  }
  return check;
}

// Sealed passwords are remembered by what is in them; everything else by place and name.
function wasWritten(store: Store, location: string, name: string, sha256: string): boolean {
  if (!name.endsWith('.password.age')) return recall(store, writtenAs(location, name)) === sha256;
  return store.database.prepare('SELECT 1 FROM sealed_file WHERE sha256 = ?').get(sha256) !== undefined;
}

function writtenAs(location: string, name: string): string {
  return `file ${name} at ${location}`;
}

// A place that only lets us add takes what is new; somebody else may have been quicker with it.
async function saveOver(
  backend: Backend,
  name: string,
  bytes: Buffer,
  isNew: boolean,
  options: Operation,
): Promise<void> {
  try {
    await backend.save(name, bytes, { ...options, ifExists: isNew ? 'refuse' : 'replace' });
  } catch (error) {
    if (!isNew || !isFailure(error, 'backend.key-exists')) throw error;
    await backend.save(name, bytes, { ...options, ifExists: 'replace' });
  }
}

// `sha256` is what the file has when nothing needs to be done.
interface WantedFile {
  sha256: string | undefined;
  make(): Promise<Buffer>;
  remember(bytes: Buffer): void;
}

function wantedFiles(location: string, options: DestinationFilesOptions): Map<string, WantedFile> {
  const { store } = options;
  const key = currentKey(store);
  const wanted = new Map<string, WantedFile>();
  const plain = (name: string, bytes: Buffer): void => {
    wanted.set(name, {
      sha256: sha256Hex(bytes),
      make: async () => bytes,
      remember: (stored) => rememberSealed(store, writtenAs(location, name), sha256Hex(stored)),
    });
  };
  if (key.wrappedByPassword !== undefined) plain('recovery-key.age', key.wrappedByPassword);
  if (key.wrappedToRecipients !== undefined) plain('recovery-key.recipients.age', key.wrappedToRecipients);
  for (const earlier of recoveryKeys(store)) {
    if (earlier.sealedToCurrent !== undefined) {
      plain(`retired-keys/${key.id}/${earlier.id}.age`, earlier.sealedToCurrent);
    }
  }
  for (const name of ['system', 'recordings'] as const) {
    const password = options.repositoryPasswords?.[name];
    if (password === undefined) continue;
    const recipients = recipientsOf(key);
    // Sealing is random, so the sealed bytes are remembered with a digest of what is in them.
    const basis = options.digestKey
      .digest('password', location, name, password.reveal(), ...recipients)
      .toString('hex');
    wanted.set(`${name}.password.age`, {
      sha256: recall(store, basis),
      make: () => sealRepositoryPassword(recipients, password),
      remember: (bytes) => rememberSealed(store, basis, sha256Hex(bytes)),
    });
  }
  const readme = destinationReadme({
    keyId: key.id,
    hasPassword: key.wrappedByPassword !== undefined,
    hasRecipients: key.wrappedToRecipients !== undefined,
    contacts: options.contacts ?? [],
    ...(key.shares === undefined ? {} : { shares: key.shares }),
  });
  plain(readmeName, readme);
  return wanted;
}

function recall(store: Store, basis: string): string | undefined {
  const row = store.database.prepare('SELECT sha256 FROM sealed_file WHERE basis = ?').get(basis);
  return row === undefined ? undefined : String(row['sha256']);
}

function rememberSealed(store: Store, basis: string, sha256: string): void {
  store.database.prepare('INSERT OR REPLACE INTO sealed_file (basis, sha256) VALUES (?, ?)').run(basis, sha256);
}

async function loadIfStored(backend: Backend, key: string, options: Operation = {}): Promise<Buffer | undefined> {
  try {
    return await backend.load(key, undefined, { ...options, maxBytes: ageFileBytesMax });
  } catch (error) {
    if (isFailure(error, 'backend.not-found')) return undefined;
    // It is something else than what was written there, whatever it is.
    if (isFailure(error, 'backend.too-large')) return Buffer.alloc(0);
    throw error;
  }
}

async function removeIfStored(backend: Backend, key: string, options: Operation): Promise<void> {
  try {
    await backend.remove(key, options);
  } catch (error) {
    if (!isFailure(error, 'backend.not-found')) throw error;
  }
}

// A repository that a password has opened: its keys, its snapshots, and the way to its index.
import { randomBytes } from 'node:crypto';
import type { Backend } from '../../backends/backend.ts';
import { Failure, isFailure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import type { SecretString } from '../../base/secret-string.ts';
import { randomPolynomial } from '../chunker/polynomial.ts';
import { RepositoryCache } from '../cache/repository-cache.ts';
import { cipherSuite } from '../crypto/cipher.ts';
import { MasterKey } from '../crypto/master-key.ts';
import { Sealer } from '../crypto/seal.ts';
import { decodeConfig, encodeConfig, type RepositoryConfig, type RepositoryVersion } from '../format/config.ts';
import { damagedFile } from '../format/damage.ts';
import { configKey, fileKey } from '../format/layout.ts';
import { decodeSnapshot, encodeSnapshot } from '../format/snapshot.ts';
import type { NamedSnapshot, Snapshot } from '../format/snapshot-types.ts';
import type { KeyId, SnapshotId } from '../ids.ts';
import { parityBackend } from '../parity/parity-backend.ts';
import { IndexedRepository, type WriteOptions } from './indexed-repository.ts';
import * as keys from './key-store.ts';
import {
  listFiles,
  loadSealedFile,
  loadSealedFiles,
  loadStored,
  pickSignal,
  saveSealedFile,
  type KeptFile,
} from './sealed-files.ts';
import { chooseSnapshot, compareSnapshots } from './snapshot-choice.ts';

/** How a repository is made. */
export interface InitOptions extends keys.NewKeyOptions {
  version?: RepositoryVersion;
  /** Cuts files as another repository does, so that blobs can be copied between them. */
  chunkerPolynomial?: bigint;
}

/** How a repository is opened. */
export interface OpenOptions extends Operation {
  /** The key to try first. */
  keyHint?: string;
  /** This account's own folder of caches, for those who look around; without one everything is fetched. */
  cacheFolder?: string;
  /** Blobs of the index that memory may hold; with more of them it lies on disk. Default: 4 million. */
  memoryBlobs?: number;
}

/** An open repository. It holds the master key until `close`. */
export class Repository {
  readonly backend: Backend;
  readonly config: RepositoryConfig;
  /** The key file that opened it. */
  readonly keyId: KeyId;
  readonly masterKey: MasterKey;
  readonly sealer: Sealer;
  /** What was fetched before, for those who look around. Nothing that proves the repository may use it. */
  readonly cache: RepositoryCache | undefined;
  /** How much of an index memory may hold. */
  readonly memoryBlobs: number | undefined;

  private constructor(
    backend: Backend,
    config: RepositoryConfig,
    keyId: KeyId,
    masterKey: MasterKey,
    sealer: Sealer,
    { cache, memoryBlobs }: { cache?: RepositoryCache | undefined; memoryBlobs?: number | undefined } = {},
  ) {
    this.backend = backend;
    this.config = config;
    this.keyId = keyId;
    this.masterKey = masterKey;
    this.sealer = sealer;
    this.cache = cache;
    this.memoryBlobs = memoryBlobs;
  }

  get version(): RepositoryVersion {
    return this.config.version;
  }

  /**
   * Makes a repository and opens it. The config comes last: without it there is no repository.
   * @throws Failure `repository.exists` when a config, a key or a snapshot is there already
   */
  static async init(backend: Backend, password: SecretString, options: InitOptions = {}): Promise<Repository> {
    await refuseExisting(backend, options);
    const masterKey = MasterKey.random();
    const sealer = await Sealer.create(masterKey);
    const config: RepositoryConfig = {
      version: options.version ?? 2,
      id: randomBytes(32).toString('hex'),
      chunkerPolynomial: options.chunkerPolynomial ?? randomPolynomial(),
    };
    const keyId = await keys.saveKey(backend, masterKey, password, options);
    await backend.save(configKey, sealer.seal(encodeConfig(config)), pickSignal(options));
    return new Repository(backend, config, keyId, masterKey, sealer);
  }

  /** @throws Failure `repository.not-found`, `repository.wrong-password`, `repository.damaged-file`, `repository.invalid-key` */
  static async open(backend: Backend, password: SecretString, options: OpenOptions = {}): Promise<Repository> {
    // Asked for at once: key derivation takes a while, in which the config may travel and the cipher be found.
    const [sealedConfig, opened] = await Promise.all([
      loadConfig(backend, options),
      keys.openMasterKey(backend, password, options),
      cipherSuite(),
    ]);
    const sealer = await Sealer.create(opened.masterKey);
    const json = sealer.open(sealedConfig);
    if (json === undefined) throw damagedFile(configKey, 'it was not sealed with the key of this repository');
    const config = decodeConfig(json);
    const { cacheFolder, memoryBlobs } = options;
    const cache = cacheFolder === undefined ? undefined : new RepositoryCache(cacheFolder, config.id);
    return new Repository(parityBackend(backend), config, opened.id, opened.masterKey, sealer, {
      cache,
      memoryBlobs,
    });
  }

  /** Reads every index file. What needs blobs asks for the result, so that it cannot be called too early. */
  loadIndex(options: Operation & WriteOptions = {}): Promise<IndexedRepository> {
    return IndexedRepository.load(this, options);
  }

  /** Stores a snapshot file. Its tree and all it reaches must be flushed already. */
  saveSnapshot(snapshot: Snapshot, options: Operation = {}): Promise<SnapshotId> {
    return saveSealedFile<SnapshotId>(this, 'snapshots', encodeSnapshot(snapshot), options);
  }

  /** All snapshots, oldest first. @throws Failure `repository.damaged-file` for one that cannot be read */
  async listSnapshots(options: Operation = {}): Promise<NamedSnapshot[]> {
    const files = await listFiles<SnapshotId>(this.backend, 'snapshots', options);
    const snapshots: NamedSnapshot[] = [];
    const kept = this.#keptSnapshot();
    for await (const { id, json } of loadSealedFiles(this, 'snapshots', files, { ...pickSignal(options), kept }))
      snapshots.push({ id, ...decodeSnapshot(fileKey('snapshots', id), await json()) });
    this.cache?.keepSnapshots(new Set(files.map(({ id }) => id)));
    return snapshots.sort(compareSnapshots);
  }

  /**
   * The snapshot with this id, the only one whose id starts so, or `latest`.
   * @throws Failure `repository.no-such-snapshot`, `repository.ambiguous-snapshot`
   */
  async loadSnapshot(which: string, options: Operation = {}): Promise<NamedSnapshot> {
    if (which === 'latest') return chooseSnapshot(await this.listSnapshots(options), which);
    const files = await listFiles<SnapshotId>(this.backend, 'snapshots', options);
    return this.#loadNamed(chooseSnapshot(files, which).id, options);
  }

  /** Removes a snapshot file; the data it reaches stays until it is pruned. Needs the exclusive lock. */
  removeSnapshot(id: SnapshotId, options: Operation = {}): Promise<void> {
    return this.backend.remove(fileKey('snapshots', id), pickSignal(options));
  }

  /** Stores one more key file: another password for the same data. */
  addKey(password: SecretString, options: keys.NewKeyOptions = {}): Promise<KeyId> {
    return keys.saveKey(this.backend, this.masterKey, password, options);
  }

  listKeys(options: Operation = {}): Promise<keys.NamedKey[]> {
    return keys.listKeys(this.backend, options);
  }

  /** Removes a key file, whoever kept its master key can still read everything. @throws Failure `repository.key-in-use` */
  async removeKey(id: KeyId, options: Operation = {}): Promise<void> {
    if (id === this.keyId) throw keyInUse(id);
    await this.backend.remove(fileKey('keys', id), pickSignal(options));
  }

  /** Adds a key with the new password, proves that it opens, then removes the one in use. Gives the new key's id. */
  async changePassword(password: SecretString, options: keys.NewKeyOptions = {}): Promise<KeyId> {
    const id = await this.addKey(password, options);
    const proof = await keys.openMasterKey(this.backend, password, { ...pickSignal(options), keyHint: id });
    proof.masterKey.wipe();
    await this.backend.remove(fileKey('keys', this.keyId), pickSignal(options));
    return id;
  }

  /** Wipes the keys from memory, and closes the cache. The backend stays open: it belongs to whoever opened it. */
  close(): void {
    this.sealer.wipe();
    this.masterKey.wipe();
    this.cache?.close();
  }

  async #loadNamed(id: SnapshotId, options: Operation): Promise<NamedSnapshot> {
    const kept = this.#keptSnapshot()?.(id);
    const json = await loadSealedFile(this, 'snapshots', id, { ...pickSignal(options), kept });
    return { id, ...decodeSnapshot(fileKey('snapshots', id), json) };
  }

  #keptSnapshot(): ((id: SnapshotId) => KeptFile) | undefined {
    const { cache } = this;
    if (cache === undefined) return undefined;
    return (id) => ({ find: () => cache.findSnapshot(id), add: (bytes) => cache.addSnapshot(id, bytes) });
  }
}

async function loadConfig(backend: Backend, options: Operation): Promise<Buffer> {
  try {
    return await loadStored(backend, 'config', undefined, options);
  } catch (error) {
    if (isFailure(error, 'backend.not-found')) throw keys.notFound(backend.location);
    throw error;
  }
}

// A bucket that expired by halves must not be taken for an empty one.
async function refuseExisting(backend: Backend, options: Operation): Promise<void> {
  const exists = (what: string): Failure =>
    new Failure('repository.exists', {
      message: `there is already ${what} at ${backend.location}`,
      hint: 'Choose an empty place, or open the repository that is there.',
    });
  try {
    await backend.stat(configKey, pickSignal(options));
    throw exists('a repository');
  } catch (error) {
    if (!isFailure(error, 'backend.not-found')) throw error;
  }
  if ((await listFiles(backend, 'keys', options)).length > 0) throw exists('the key of a repository');
  if ((await listFiles(backend, 'snapshots', options)).length > 0) throw exists('the snapshot of a repository');
}

function keyInUse(id: KeyId): Failure {
  return new Failure('repository.key-in-use', {
    message: `the key ${id.slice(0, 8)} is the one that opened the repository and cannot be removed`,
    hint: 'Open the repository with another password first, or change this one with `orbit repo key passwd`.',
  });
}

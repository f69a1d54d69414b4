// One run of a secrets backup to one destination: seal, store, read back, open, compare; or, when nothing changed, prove
// the last kit again.
import assert from 'node:assert/strict';
import type { Backend } from '../../backends/backend.ts';
import type { Clock } from '../../base/clock.ts';
import { type Failure, isFailure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import type { InstanceKey } from '../../store/instance-key.ts';
import type { Store } from '../../store/store.ts';
import { listEnvelopes } from '../envelope.ts';
import { currentKey } from '../recovery-key-store.ts';
import { openSigningKey } from '../signing-key.ts';
import { lastKit, type RememberedKit, rememberKit } from './kit-history.ts';
import { compareDigests, openDigestKey } from './record-digest.ts';
import { loadDigests } from './diff-kits.ts';
import type { KitEvent } from './kit-event.ts';
import { destinationKitFiles } from './kit-files.ts';
import type { KitSource } from './kit-reading.ts';
import { type OpenHtmlParts, type SealedKit, sealKit, type UnchangedKit } from './seal-kit.ts';
import { listKits, removeUnfinishedKits, writeKit } from './store-kit.ts';
import { type KitProof, renewProof, verifyKit } from './verify-kit.ts';

/** What a run needs. */
export interface SecretsBackup extends Operation<KitEvent> {
  store: Store;
  instanceKey: InstanceKey;
  clock: Clock;
  backend: Backend;
  /** One job's way to one destination: kits are compared within it. */
  scope: string;
  runId: string;
  sources: readonly KitSource[];
  contacts?: readonly string[];
  /** Head of the audit trail, to be kept in the manifest. */
  auditHead?: string | undefined;
  openHtml?: (parts: OpenHtmlParts) => Promise<Buffer> | Buffer;
}

/** What a run did. */
export interface SecretsBackupResult {
  outcome: 'written' | 'unchanged';
  proof: KitProof;
  sources: { id: string; records: number }[];
  /** Secrets that are new or changed since the last kit; all of them where that one is not there to compare with. */
  newRecords: number;
  /** Why the last kit could not be proved again, when that made a new one necessary. */
  lastKitProblem?: Failure;
  /** Kits without manifest, left by interrupted runs, that were cleared away; and why not, where that was refused. */
  removedUnfinished: string[];
  cleaningProblem?: Failure;
}

/**
 * Backs the secrets up. Only a change of a secret or of a key makes a new kit.
 * @throws Failure `breakglass.no-recovery-key`, those of `sealKit`, `verifyKit` and of the backend.
 */
export async function backUpSecrets(run: SecretsBackup): Promise<SecretsBackupResult> {
  const last = lastKit(run.store, run.scope);
  const before = await listKits(run.backend, signalOf(run));
  const previous = before.finished[0];
  let kit = await seal(run, previous, last?.basis);
  let lastKitProblem: Failure | undefined;
  if (kit.state === 'unchanged' && last !== undefined) {
    const proof = await proveAgain(run, last);
    if (!isFailure(proof))
      return { outcome: 'unchanged', proof, sources: kit.sources, newRecords: 0, removedUnfinished: [] };
    lastKitProblem = proof;
    kit = await seal(run, previous, undefined);
  }
  assert(kit.state === 'sealed', 'without a basis to compare with there is always a kit');
  try {
    const newRecords = await countNew(run, last, kit);
    const proof = await storeAndVerify(run, kit);
    return {
      outcome: 'written',
      proof,
      sources: kit.manifest.sources,
      newRecords: newRecords ?? proof.records,
      ...(lastKitProblem === undefined ? {} : { lastKitProblem }),
      ...(before.unfinished.length === 0 ? { removedUnfinished: [] } : await clean(run)),
    };
  } finally {
    kit.verification.identity.wipe();
  }
}

async function seal(
  run: SecretsBackup,
  previous: string | undefined,
  unlessBasis: string | undefined,
): Promise<SealedKit | UnchangedKit> {
  return await sealKit(run.sources, {
    ...run,
    recoveryKey: currentKey(run.store),
    signingKey: openSigningKey(run.store, run.instanceKey, run.clock),
    digestKey: openDigestKey(run.store, run.instanceKey),
    envelopes: listEnvelopes(run.store),
    previous,
    unlessBasis,
  });
}

async function countNew(
  run: SecretsBackup,
  last: RememberedKit | undefined,
  kit: SealedKit,
): Promise<number | undefined> {
  const digests = kit.files.get('records.digests');
  if (last === undefined || digests === undefined) return undefined;
  try {
    const earlier = await loadDigests(destinationKitFiles(run.backend, last.name));
    if (earlier.key !== kit.manifest.digestKey) return undefined;
    const { added, changed } = compareDigests(earlier.digests, digests);
    return added + changed;
  } catch (error) {
    // The last kit is not there, or not whole: nothing to compare with. A place that is gone ends the run soon enough.
    if (isFailure(error)) return undefined;
    throw error;
  }
}

async function storeAndVerify(run: SecretsBackup, kit: SealedKit): Promise<KitProof> {
  await writeKit(run.backend, kit, operationOf(run));
  // What counts from here on is what the destination gives back.
  kit.files.clear();
  const proof = await verifyKit(run.backend, kit.name, kit.verification, operationOf(run));
  rememberKit(run.store, run.scope, {
    name: kit.name,
    runId: run.runId,
    basis: kit.basis,
    manifestSha256: kit.verification.manifestSha256,
    records: proof.records,
    createdAt: new Date(kit.manifest.created),
    provedAt: run.clock.now(),
  });
  return proof;
}

// A kit that was lost or damaged is replaced by a new one even when nothing changed; a place that is gone ends the run.
async function proveAgain(run: SecretsBackup, last: RememberedKit): Promise<KitProof | Failure> {
  try {
    const proof = await renewProof(run.backend, last.name, {
      ...operationOf(run),
      manifestSha256: last.manifestSha256,
    });
    rememberKit(run.store, run.scope, { ...last, provedAt: run.clock.now() });
    return proof;
  } catch (error) {
    if (isFailure(error) && error.code.startsWith('breakglass.')) return error;
    throw error;
  }
}

async function clean(run: SecretsBackup): Promise<Pick<SecretsBackupResult, 'removedUnfinished' | 'cleaningProblem'>> {
  try {
    return { removedUnfinished: await removeUnfinishedKits(run.backend, signalOf(run)) };
  } catch (error) {
    // An append-only destination refuses; what lies there without a manifest does no harm.
    if (!isFailure(error)) throw error;
    return { removedUnfinished: [], cleaningProblem: error };
  }
}

function signalOf(run: SecretsBackup): { signal?: AbortSignal } {
  return run.signal === undefined ? {} : { signal: run.signal };
}

function operationOf(run: SecretsBackup): Operation<KitEvent> {
  return { ...signalOf(run), ...(run.report === undefined ? {} : { report: run.report }) };
}

// The drill of a secrets backup that needs nobody: the newest kit at the destination is read back whole, its signature and its
// signer are checked, and that it is the newest. It is not opened: the server cannot.
import type { Backend } from '../backends/backend.ts';
import { Failure } from '../base/failure.ts';
import { type Note, note } from '../base/note.ts';
import type { Operation } from '../base/operation.ts';
import { lastKit, type RememberedKit } from '../breakglass/kit/kit-history.ts';
import { destinationKitFiles } from '../breakglass/kit/kit-files.ts';
import { manifestName, sha256Hex } from '../breakglass/kit/manifest.ts';
import { listKits } from '../breakglass/kit/store-kit.ts';
import { checkKitFiles } from '../breakglass/kit/verify-kit.ts';
import { recoveryKeys } from '../breakglass/recovery-key-store.ts';
import { openSigningKey } from '../breakglass/signing-key.ts';
import type { InstanceKey } from '../store/instance-key.ts';
import type { Clock } from '../base/clock.ts';
import type { Store } from '../store/store.ts';
import type { DrillLog } from './drill-log.ts';

/** What the drill of the kits at one destination takes. */
export interface KitDrill extends Operation {
  store: Store;
  instanceKey: InstanceKey;
  clock: Clock;
  backend: Backend;
  /** The jobs' ways to this destination, as kits are remembered by them. */
  scopes: readonly string[];
}

/** Holds the drill, step by step. @throws Failure of the step that failed, which the log holds too. */
export async function drillKit(drill: KitDrill, log: DrillLog): Promise<void> {
  const signal = drill.signal === undefined ? {} : { signal: drill.signal };
  const remembered = newestRemembered(drill);
  const name = await log.step('newest', async ({ facts }) => {
    const { finished, unfinished } = await listKits(drill.backend, signal);
    Object.assign(facts, { kits: finished.length, unfinished: unfinished.length });
    const [newest] = finished;
    if (newest === undefined || (remembered !== undefined && newest < remembered.name)) {
      throw new Failure('drill.kit-missing', {
        message:
          remembered === undefined
            ? `there is no kit at ${drill.backend.location}`
            : `the kit ${remembered.name} was written to ${drill.backend.location} and is not there any more${newest === undefined ? '' : `; the newest is ${newest}`}`,
        hint: 'Run a secrets backup now, and find out who or what removed it.',
      });
    }
    log.copy.name = newest;
    return newest;
  });
  await log.step('kit-files', async ({ facts, notes }) => {
    const files = destinationKitFiles(drill.backend, name);
    const isOurs = remembered?.name === name;
    const expected = isOurs ? { manifestSha256: remembered.manifestSha256 } : {};
    const { manifest, bytes } = await checkKitFiles(files, { ...signal, ...expected });
    log.copy.madeAt = manifest.created;
    log.copy.fingerprint = isOurs ? remembered.manifestSha256 : sha256Hex(await files.load(manifestName));
    log.copy.recoveryKey = manifest.recoveryKey.id;
    Object.assign(facts, { files: manifest.files.length, bytes, secrets: manifest.records });
    if (isOurs) facts['lastProvedAt'] = remembered.provedAt.toISOString();
    refuseForeign(drill, name, Buffer.from(manifest.signer.publicKey, 'base64'));
    notes.push(...keyNotes(drill, name, manifest.recoveryKey.id));
  });
}

function newestRemembered({ store, scopes }: KitDrill): RememberedKit | undefined {
  const kits = scopes.map((scope) => lastKit(store, scope)).filter((kit) => kit !== undefined);
  return kits.toSorted((a, b) => (a.name < b.name ? 1 : -1))[0];
}

function refuseForeign({ store, instanceKey, clock }: KitDrill, name: string, signer: Buffer): void {
  const own = openSigningKey(store, instanceKey, clock).publicKey;
  if (signer.equals(own) || recoveryKeys(store).some((key) => key.signer.equals(signer))) return;
  throw new Failure('breakglass.unknown-signer', {
    message: `the kit ${name} was not signed by this Orbit`,
    hint: 'Somebody may have put a kit of their own here, or two Orbits share a destination: give each a place of its own.',
  });
}

// A kit that no current way opens is worth nothing on the day.
function keyNotes({ store }: KitDrill, name: string, keyId: string): Note[] {
  const key = recoveryKeys(store).find(({ id }) => id === keyId);
  if (key?.state === 'current') return [];
  if (key?.sealedToCurrent !== undefined) return [note('drill.kit-of-older-key', { key: keyId })];
  throw new Failure('drill.kit-orphaned', {
    message: `the kit ${name} is sealed to the recovery key ${keyId}, which the current key set does not open`,
    hint: 'Run a secrets backup now: it seals a new kit to the current key.',
  });
}

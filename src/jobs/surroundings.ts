// What a run needs of the instance around it; the app gives it.
import type { Clock } from '../base/clock.ts';
import type { ReportEvent } from '../base/event.ts';
import type { Vault } from '../sources/secrets/vault/vault.ts';
import type { InstanceKey } from '../store/instance-key.ts';
import type { Store } from '../store/store.ts';

/** The rooms a run works with. */
export interface RunSurroundings {
  readonly home: string;
  /** Orbit's version, for what is written into backups. */
  readonly version: string;
  readonly store: Store;
  readonly instanceKey: InstanceKey;
  readonly vault: Vault;
  readonly clock: Clock;
  /** Tells people and the SIEM. */
  readonly tell: ReportEvent;
}

// Builds and connects everything: the one place that knows every room.
import { hostname, networkInterfaces } from 'node:os';
import { type AuditTrail, openAuditTrail } from './audit/trail.ts';
import type { ReportEvent } from './base/event.ts';
import { type Clock, systemClock } from './base/clock.ts';
import { orbitVersion } from './base/orbit-version.ts';
import { type Vault, openVault } from './sources/secrets/vault/vault.ts';
import { makeFirstJobs } from './jobs/first-jobs.ts';
import { type Notifier, openNotifier } from './notify/notifier.ts';
import { type InstanceKey, openInstanceKey } from './store/instance-key.ts';
import { type Store, openStore } from './store/store.ts';

/** An open instance. */
export interface App {
  readonly home: string;
  readonly version: string;
  readonly store: Store;
  readonly instanceKey: InstanceKey;
  readonly vault: Vault;
  readonly clock: Clock;
  /** Tells people and the SIEM what happened, through the channels that are set up. */
  readonly tell: ReportEvent;
  /** Who changed what; entries are told by `tell`. */
  readonly audit: AuditTrail;
  /** The channels and their queue; `tell` fills it. */
  readonly notifier: Notifier;
  close(): void;
}

/** Opens the instance whose data folder is `home`, making it when it is not there. */
export function openApp(home: string, clock: Clock = systemClock): App {
  const store = openStore(home);
  const instanceKey = openInstanceKey(home);
  makeFirstJobs(store);
  const version = orbitVersion();
  const context = { hostName: hostname(), version, ...ownAddress() };
  const notifier = openNotifier({ store, key: instanceKey, clock, context });
  const tell: ReportEvent = (event) => notifier.notify(event);
  return {
    home,
    version,
    store,
    instanceKey,
    vault: openVault(store, instanceKey, clock),
    clock,
    notifier,
    tell,
    audit: openAuditTrail({ store, clock, tell }),
    close: () => store.close(),
  };
}

// What a SIEM calls the device: the first IPv4 address that others see.
function ownAddress(): { address?: string } {
  try {
    const all = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
    const found = all.find(({ family, internal }) => family === 'IPv4' && !internal);
    return found === undefined ? {} : { address: found.address };
  } catch {
    // A sandbox may forbid asking the kernel for its interfaces.
    return {};
  }
}

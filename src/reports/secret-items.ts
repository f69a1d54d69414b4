// How every secret is protected: what the newest proved kits hold, against what the vault holds now.
import { listDrills } from '../breakglass/drills/drill-store.ts';
import type { Clock } from '../base/clock.ts';
import { loadKitItems } from '../jobs/kit-items.ts';
import { listJobs } from '../jobs/job.ts';
import { isTooOld, readPasswordPolicy } from '../jobs/password-policy.ts';
import { type PolicyFault, policyFaults } from '../jobs/password-policy-fields.ts';
import { listRuns } from '../jobs/run.ts';
import type { Vault } from '../sources/secrets/vault/vault.ts';
import type { InstanceKey } from '../store/instance-key.ts';
import type { Store } from '../store/store.ts';
import type { Compliance, SecretState } from './secret-states.ts';

/** A secret as the last backup read it. Never a value. */
export interface SecretItem {
  job: string;
  source: string;
  id: string;
  title: string;
  username: string;
  groups: string[];
  type: string;
  changedAt: string;
  state: SecretState;
  compliance: Compliance;
  faults: PolicyFault[];
  /** When it was last proved to be in a kit, at each destination. */
  copies: { destination: string; kit: string; provedAt: string }[];
}

/** What the items are read from. */
export interface SecretItemSite {
  store: Store;
  instanceKey: InstanceKey;
  vault: Vault;
  clock: Clock;
}

// A long list is asked for page by page: it is put together once, and anew when anything it is made of has changed.
const lastRead = new WeakMap<Store, { version: string; items: Promise<SecretItem[]> }>();

/** Every secret, by title. Not to be changed by whoever gets it. */
export function readSecretItems(site: SecretItemSite): Promise<SecretItem[]> {
  const version = versionOf(site.store);
  const last = lastRead.get(site.store);
  if (last?.version === version) return last.items;
  const items = putTogether(site);
  lastRead.set(site.store, { version, items });
  // Names stay in memory for a minute after the last change of hands, and trouble is not kept at all.
  const forget = (): void => {
    if (lastRead.get(site.store)?.items === items) lastRead.delete(site.store);
  };
  void items.then(() => setTimeout(forget, keptMs).unref(), forget);
  return items;
}

const keptMs = 60_000;

function versionOf({ database }: Store): string {
  const row = database
    .prepare(
      `SELECT (SELECT generation FROM vault_state) AS vault, (SELECT group_concat(kit || proved_at) FROM kit_item) AS kits,
         (SELECT max(rowid) FROM run_result) AS results, (SELECT max(rowid) FROM drill) AS drills,
         (SELECT group_concat(plan || destinations) FROM job) AS jobs,
         (SELECT value FROM setting WHERE name = 'jobs:password-policy') AS policy`,
    )
    .get();
  return JSON.stringify(row);
}

async function putTogether(site: SecretItemSite): Promise<SecretItem[]> {
  const byId = new Map<string, SecretItem>();
  const policy = readPasswordPolicy(site.store);
  const now = site.clock.now();
  const damaged = damagedCopies(site);
  const isDamaged = new Map<SecretItem, boolean>();
  for (const { job, destination, source, kit, provedAt, items } of await loadKitItems(site)) {
    const copy = { destination, kit, provedAt };
    const isBad = damaged.has(`${job}@${destination}`);
    for (const { isEmpty, isReused, faults, ...item } of items) {
      const key = `${job} ${source} ${item.id}`;
      const more: Partial<Record<PolicyFault, boolean>> = {
        reused: policy.refuseReuse && isReused === true,
        old: isTooOld(item.changedAt, policy, now),
      };
      const read = { ...item, ...judgedAs(faults, more) };
      let known = byId.get(key);
      if (known === undefined) {
        known = { job, source, ...read, state: isEmpty ? 'empty' : 'healthy', copies: [] };
        byId.set(key, known);
      }
      // Of two kits the later tells how the secret is called.
      if (known.copies.every((other) => other.provedAt < provedAt)) Object.assign(known, read);
      known.copies.push(copy);
      isDamaged.set(known, (isDamaged.get(known) ?? true) && isBad);
    }
  }
  for (const [item, isBad] of isDamaged) if (isBad) item.state = 'damaged';
  addWaiting(site, byId);
  return [...byId.values()].sort((a, b) => (a.title < b.title ? -1 : Number(a.title > b.title)));
}

/** Counts by state, over all that fit the rest of a question. */
export function countStates(items: readonly SecretItem[]): Record<SecretItem['state'] | 'unmet', number> {
  const counts = { healthy: 0, empty: 0, waiting: 0, damaged: 0, unmet: 0 };
  for (const { state, compliance } of items) {
    counts[state] += 1;
    if (compliance === 'unmet') counts.unmet += 1;
  }
  return counts;
}

function judgedAs(
  faults: PolicyFault[] | undefined,
  more: Partial<Record<PolicyFault, boolean>>,
): Pick<SecretItem, 'compliance' | 'faults'> {
  if (faults === undefined) return { compliance: 'unknown', faults: [] };
  const all = [...faults, ...policyFaults.filter((fault) => more[fault] === true)];
  return { compliance: all.length === 0 ? 'met' : 'unmet', faults: all };
}

// What the built-in vault holds can be asked at any time; other sources tell only when they are read.
function addWaiting(site: SecretItemSite, byId: Map<string, SecretItem>): void {
  for (const job of listJobs(site.store)) {
    if (job.kind !== 'secrets') continue;
    const source = job.plan.sources.find(({ kind }) => kind === 'builtin')?.name;
    if (source === undefined) continue;
    for (const secret of site.vault.list()) {
      const { id, title, username, groups, type } = secret;
      const key = `${job.name} ${source} ${id}`;
      const changedAt = secret.changedAt.toISOString();
      const known = byId.get(key);
      const waits: Omit<SecretItem, 'job' | 'source' | 'id' | 'copies'> = {
        ...{ title, username, groups, type, changedAt },
        ...{ state: 'waiting', compliance: 'unknown', faults: [] },
      };
      if (known === undefined) byId.set(key, { job: job.name, source, id, ...waits, copies: [] });
      else if (known.changedAt < changedAt) Object.assign(known, waits);
    }
  }
}

// The last run or drill could not prove the kit: its files are missing or were changed.
function damagedCopies({ store }: SecretItemSite): Set<string> {
  const damaged = new Set<string>();
  const drills = listDrills(store, 200).filter(({ way }) => way === 'automatic');
  for (const job of listJobs(store).filter(({ kind }) => kind === 'secrets')) {
    for (const destination of job.destinations) {
      const runs = listRuns(store, { job: job.name, limit: 20 });
      const result = runs.flatMap(({ results }) => results).find((each) => each.destination === destination);
      const drill = drills.find((each) => each.kind === 'secrets' && each.destination === destination);
      const last = drill === undefined || (result !== undefined && result.endedAt > drill.endedAt) ? result : drill;
      if (last?.failure?.code.startsWith('breakglass.') === true) damaged.add(`${job.name}@${destination}`);
    }
  }
  return damaged;
}

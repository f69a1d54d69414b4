// How every secret is protected: what the newest proved kits hold, against what the vault holds now.
import { listDrills } from '../breakglass/drills/drill-store.ts';
import { loadKitItems } from '../jobs/kit-items.ts';
import { listJobs } from '../jobs/job.ts';
import { listRuns } from '../jobs/run.ts';
import type { SecretItemView, SecretListView, SecretStateView } from './schemas/kits.ts';
import type { Store } from '../store/store.ts';
import type { ApiSite } from './site.ts';

// A long list is asked for page by page: it is put together once, and anew when anything it is made of has changed.
const lastRead = new WeakMap<Store, { version: string; items: Promise<SecretItemView[]> }>();

/** Every secret, by title. Not to be changed by whoever gets it. */
export function readSecretItems(site: ApiSite): Promise<SecretItemView[]> {
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
         (SELECT group_concat(plan || destinations) FROM job) AS jobs`,
    )
    .get();
  return JSON.stringify(row);
}

async function putTogether(site: ApiSite): Promise<SecretItemView[]> {
  const byId = new Map<string, SecretItemView>();
  const damaged = damagedCopies(site);
  const isDamaged = new Map<SecretItemView, boolean>();
  for (const { job, destination, source, kit, provedAt, items } of await loadKitItems(site)) {
    const copy = { destination, kit, provedAt };
    const isBad = damaged.has(`${job}@${destination}`);
    for (const { isEmpty, ...item } of items) {
      const key = `${job} ${source} ${item.id}`;
      let known = byId.get(key);
      if (known === undefined) {
        known = { job, source, ...item, state: isEmpty ? 'empty' : 'healthy', copies: [] };
        byId.set(key, known);
      }
      // Of two kits the later tells how the secret is called.
      if (known.copies.every((other) => other.provedAt < provedAt)) Object.assign(known, item);
      known.copies.push(copy);
      isDamaged.set(known, (isDamaged.get(known) ?? true) && isBad);
    }
  }
  for (const [item, isBad] of isDamaged) if (isBad) item.state = 'damaged';
  addWaiting(site, byId);
  return [...byId.values()].sort((a, b) => (a.title < b.title ? -1 : Number(a.title > b.title)));
}

/** Counts by state, over all that fit the rest of a question. */
export function countStates(items: readonly SecretItemView[]): SecretListView['counts'] {
  const counts = { healthy: 0, empty: 0, waiting: 0, damaged: 0 };
  for (const { state } of items) counts[state] += 1;
  return counts;
}

// What the built-in vault holds can be asked at any time; other sources tell only when they are read.
function addWaiting(site: ApiSite, byId: Map<string, SecretItemView>): void {
  for (const job of listJobs(site.store)) {
    if (job.kind !== 'secrets') continue;
    const source = job.plan.sources.find(({ kind }) => kind === 'builtin')?.name;
    if (source === undefined) continue;
    for (const secret of site.vault.list()) {
      const { id, title, username, groups, type } = secret;
      const key = `${job.name} ${source} ${id}`;
      const changedAt = secret.changedAt.toISOString();
      const known = byId.get(key);
      const state: SecretStateView = 'waiting';
      if (known === undefined)
        byId.set(key, { job: job.name, source, id, title, username, groups, type, changedAt, state, copies: [] });
      else if (known.changedAt < changedAt) Object.assign(known, { title, username, groups, type, changedAt, state });
    }
  }
}

// The last run or drill could not prove the kit: its files are missing or were changed.
function damagedCopies({ store }: ApiSite): Set<string> {
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

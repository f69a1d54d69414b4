// Brings a secrets backup to its destinations: reads every source once, guards its completeness, then seals a kit per place.
import { type Note, note, reasonOf } from '../base/note.ts';
import { auditHead } from '../audit/trail.ts';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Operation } from '../base/operation.ts';
import { orbitEvent } from '../base/event.ts';
import { type SecretsBackupResult, backUpSecrets } from '../breakglass/kit/back-up-secrets.ts';
import { judgeCompleteness, requireComplete } from '../sources/secrets/completeness.ts';
import { builtin } from '../sources/secrets/kinds/builtin.ts';
import { openSecretSource } from '../sources/secrets/kinds.ts';
import { type PackedRecord, RecordPacker } from '../sources/secrets/packed-records.ts';
import { lastCensus, rememberCensus } from './census.ts';
import type { JobOf } from './job.ts';
import { kitPage } from './kit-page.ts';
import { KitItemList, rememberKitItems } from './kit-items.ts';
import { readPasswordPolicy } from './password-policy.ts';
import { PasswordUse } from './password-use.ts';
import { type OpenPlace, signalOf } from './place.ts';
import { bringKeyFiles } from './key-delivery.ts';
import { keepKits } from './retention.ts';
import type { RunSummary } from './run.ts';
import type { RunEvent } from './run-events.ts';
import type { BringTo } from './runner.ts';
import type { RunSurroundings } from './surroundings.ts';
import { isWorthAThread, readVaultByRanges } from './vault-reader.ts';

type SecretsJob = JobOf<'secrets'>;

/** A person says that secrets are meant to be gone. */
export interface AcceptedDrop {
  reason: string;
  /** The account's name. */
  by: string;
}

/** A source that was read whole. */
interface ReadSource {
  name: string;
  ids: string[];
  records: PackedRecord[];
  /** What people should know of it. */
  notes: Note[];
  /** Names and dates of them. */
  items: KitItemList;
}

/**
 * Reads the sources. One read feeds all destinations: reading may cost (custody, rate limits, an audit entry each). Until
 * the last destination is served the records wait packed, in memory only; `end` wipes them.
 * @throws Failure `secrets.*` when a source cannot be read whole, `secrets.sudden-drop` when too much is gone
 */
export async function secretsRun(
  surroundings: RunSurroundings,
  job: SecretsJob,
  options: Operation<RunEvent> & { acceptDrop?: AcceptedDrop },
): Promise<BringTo> {
  const sources: ReadSource[] = [];
  const packer = new RecordPacker();
  const use = new PasswordUse();
  try {
    for (const source of job.plan.sources)
      sources.push(await readSource(surroundings, job, source, { packer, use }, options));
  } catch (error) {
    packer.wipe();
    throw error;
  }
  const sealedItems = sources.map(({ name, items }) => ({ name, sealed: items.seal(surroundings.instanceKey) }));
  const bring: BringTo = async (place, inner) => {
    const { store, instanceKey, clock } = surroundings;
    await bringKeyFiles(surroundings, place, signalOf(inner));
    let done = 0;
    const result = await backUpSecrets({
      store,
      instanceKey,
      clock,
      backend: place.backend,
      scope: `${job.name}@${place.name}`,
      runId: `${job.name}-${clock.now().toISOString()}`,
      sources: sources.map(({ name, records }) => ({ id: name, title: name, read: () => records })),
      openHtml: kitPage,
      auditHead: auditHead(store),
      ...signalOf(inner),
      report: (event) => {
        if (!('records' in event)) return;
        done = event.records;
        inner.report?.({
          type: 'progress',
          job: job.name,
          destination: place.name,
          progress: { items: done, bytes: place.meter.sentBytes },
        });
      },
    });
    for (const source of sources) rememberCensus(store, job.name, source.name, source.ids, clock);
    const proved = { job: job.name, destination: place.name, kit: result.proof.kit, provedAt: clock.now() };
    rememberKitItems(store, proved, sealedItems);
    const keep = { ...signalOf(inner), clock, store, destination: place.name, scope: `${job.name}@${place.name}` };
    const kept = job.retention === undefined ? [] : await keepKits(place.backend, job.retention, keep);
    if (result.lastKitProblem !== undefined) {
      const facts = { destination: place.name, location: place.backend.location };
      surroundings.tell(
        orbitEvent('destination.tampered', { ...facts, reason: result.lastKitProblem.message }, clock.now()),
      );
    }
    const summary = summaryOf(result, place);
    return { ...summary, notes: [...sources.flatMap(({ notes }) => notes), ...summary.notes, ...kept] };
  };
  bring.end = () => packer.wipe();
  return bring;
}

async function readSource(
  surroundings: RunSurroundings,
  job: SecretsJob,
  { name, kind, config }: SecretsJob['plan']['sources'][number],
  { packer, use }: { packer: RecordPacker; use: PasswordUse },
  options: Operation<RunEvent> & { acceptDrop?: AcceptedDrop },
): Promise<ReadSource> {
  const source = await openSecretSource(kind, config, surroundings);
  try {
    const before = await source.census(signalOf(options));
    const ids: string[] = [];
    const records: PackedRecord[] = [];
    const { store, instanceKey } = surroundings;
    const policy = readPasswordPolicy(store);
    const items = new KitItemList(policy, use);
    if (kind === builtin.kind && isWorthAThread(store, before.ids.length)) {
      const how = { ...signalOf(options), store, key: instanceKey, policy, markKey: use.key, packer };
      for await (const range of readVaultByRanges(before.ids, how)) {
        for (const record of range.records) {
          ids.push(record.id);
          records.push(record);
        }
        for (const item of range.items) items.addMarked(item);
      }
    } else {
      for await (const record of source.read(signalOf(options))) {
        ids.push(record.id);
        records.push(packer.pack(record));
        items.add(record);
        // A vault on this machine never waits, and the rest of the service wants its turns.
        if (records.length % 1000 === 0) await nextTurn();
      }
    }
    const after = await source.census(signalOf(options));
    const previous = lastCensus(surroundings.store, job.name, name);
    const verdict = judgeCompleteness({
      census: before.ids,
      censusAfter: after.ids,
      read: ids,
      ...(previous === undefined ? {} : { previous }),
    });
    const { tell, clock } = surroundings;
    const { readCount: found, goneCount, faults } = verdict;
    const facts = { kind: job.kind, source: name, expected: found + goneCount, found, job: job.name };
    const isDrop = faults.includes('sudden-drop') || faults.includes('empty');
    const { acceptDrop } = options;
    if (!isDrop || acceptDrop === undefined) {
      if (isDrop) tell(orbitEvent('backup.completeness-drop', facts, clock.now()));
      requireComplete(verdict, name);
      return { name, ids, records, notes: [], items };
    }
    requireComplete(
      { ...verdict, faults: faults.filter((fault) => fault !== 'sudden-drop' && fault !== 'empty') },
      name,
    );
    const { by: user, reason } = acceptDrop;
    tell(orbitEvent('backup.drop-accepted', { ...facts, user, reason }, clock.now()));
    const accepted = note('secrets.drop-accepted', { user, count: goneCount, source: name, reason });
    return { name, ids, records, notes: [accepted], items };
  } finally {
    await source.close();
  }
}

function summaryOf(result: SecretsBackupResult, { meter }: OpenPlace): RunSummary {
  const isNew = result.outcome === 'written';
  const notes =
    result.lastKitProblem === undefined
      ? []
      : [note('secrets.last-kit-unproved', { reason: reasonOf(result.lastKitProblem) })];
  return {
    items: result.proof.records,
    newItems: result.newRecords,
    bytes: result.proof.bytes,
    newBytes: isNew ? result.proof.bytes : 0,
    sentBytes: meter.sentBytes,
    sentObjects: meter.sentObjects,
    transferMs: Math.round(meter.transferMs),
    verifiedObjects: result.proof.files,
    verifiedBytes: result.proof.bytes,
    ...(isNew ? { made: `secrets/${result.proof.kit}` } : {}),
    omissions: [],
    omitted: 0,
    notes,
  };
}

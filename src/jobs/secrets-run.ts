// Brings a secrets backup to its destinations: reads every source once, guards its completeness, then seals a kit per place.
import { auditHead } from '../audit/trail.ts';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { isFailure } from '../base/failure.ts';
import type { Operation } from '../base/operation.ts';
import { orbitEvent } from '../base/event.ts';
import { writeDestinationFiles } from '../breakglass/destination-files.ts';
import { type SecretsBackupResult, backUpSecrets } from '../breakglass/kit/back-up-secrets.ts';
import { openDigestKey } from '../breakglass/kit/record-digest.ts';
import type { OpenHtmlParts } from '../breakglass/kit/seal-kit.ts';
import { renderOpenHtml } from '../breakglass/open-html/render.ts';
import { loadOpenTemplate } from '../breakglass/open-html/template.ts';
import { judgeCompleteness, requireComplete } from '../sources/secrets/completeness.ts';
import { openSecretSource } from '../sources/secrets/kinds.ts';
import { type PackedRecord, RecordPacker } from '../sources/secrets/packed-records.ts';
import { lastCensus, rememberCensus } from './census.ts';
import type { JobOf } from './job.ts';
import { type KitItem, kitItemOf, rememberKitItems, sealKitItems } from './kit-items.ts';
import { type OpenPlace, signalOf } from './place.ts';
import { keepKits } from './retention.ts';
import type { RunSummary } from './run.ts';
import type { RunEvent } from './run-events.ts';
import type { BringTo } from './runner.ts';
import type { RunSurroundings } from './surroundings.ts';

type SecretsJob = JobOf<'secrets'>;

/** A source that was read whole. */
interface ReadSource {
  name: string;
  ids: string[];
  records: PackedRecord[];
  /** Sealed names and dates of them. */
  items: Buffer;
}

/**
 * Reads the sources. One read feeds all destinations: reading may cost (custody, rate limits, an audit entry each). Until
 * the last destination is served the records wait packed, in memory only; `end` wipes them.
 * @throws Failure `secrets.*` when a source cannot be read whole, `secrets.sudden-drop` when too much is gone
 */
export async function secretsRun(
  surroundings: RunSurroundings,
  job: SecretsJob,
  options: Operation<RunEvent>,
): Promise<BringTo> {
  const sources: ReadSource[] = [];
  const packer = new RecordPacker();
  try {
    for (const source of job.plan.sources) sources.push(await readSource(surroundings, job, source, packer, options));
  } catch (error) {
    packer.wipe();
    throw error;
  }
  const bring: BringTo = async (place, inner) => {
    const { store, instanceKey, clock } = surroundings;
    await writeDestinationFiles(place.backend, {
      ...signalOf(inner),
      store,
      digestKey: openDigestKey(store, instanceKey),
    });
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
    rememberKitItems(
      store,
      proved,
      sources.map(({ name, items: sealed }) => ({ name, sealed })),
    );
    const keep = { ...signalOf(inner), clock, store, scope: `${job.name}@${place.name}` };
    const kept = job.retention === undefined ? [] : await keepKits(place.backend, job.retention, keep);
    const summary = summaryOf(result, place);
    return { ...summary, notes: [...summary.notes, ...kept] };
  };
  bring.end = () => packer.wipe();
  return bring;
}

async function readSource(
  surroundings: RunSurroundings,
  job: SecretsJob,
  { name, kind, config }: SecretsJob['plan']['sources'][number],
  packer: RecordPacker,
  options: Operation<RunEvent>,
): Promise<ReadSource> {
  const source = await openSecretSource(kind, config, surroundings);
  try {
    const before = await source.census(signalOf(options));
    const ids: string[] = [];
    const records: PackedRecord[] = [];
    const items: KitItem[] = [];
    for await (const record of source.read(signalOf(options))) {
      ids.push(record.id);
      records.push(packer.pack(record));
      items.push(kitItemOf(record));
      // A vault on this machine never waits, and the rest of the service wants its turns.
      if (records.length % 1000 === 0) await nextTurn();
    }
    const after = await source.census(signalOf(options));
    const previous = lastCensus(surroundings.store, job.name, name);
    const verdict = judgeCompleteness({
      census: before.ids,
      censusAfter: after.ids,
      read: ids,
      ...(previous === undefined ? {} : { previous }),
    });
    requireComplete(verdict, name);
    return { name, ids, records, items: sealKitItems(surroundings.instanceKey, items) };
  } catch (error) {
    if (isFailure(error, 'secrets.sudden-drop')) {
      const found = Number(error.facts['readCount']);
      const facts = {
        kind: job.kind,
        source: name,
        expected: found + Number(error.facts['goneCount']),
        found,
        job: job.name,
      };
      surroundings.tell(orbitEvent('backup.completeness-drop', facts, surroundings.clock.now()));
    }
    throw error;
  } finally {
    await source.close();
  }
}

async function kitPage({ files, manifest, signature }: OpenHtmlParts): Promise<Buffer> {
  return renderOpenHtml(
    await loadOpenTemplate(),
    new Map([...files, ['manifest.json', manifest], ['manifest.sig', signature]]),
  );
}

function summaryOf(result: SecretsBackupResult, { meter }: OpenPlace): RunSummary {
  const isNew = result.outcome === 'written';
  const notes =
    result.lastKitProblem === undefined
      ? []
      : [`the last kit could not be proved again: ${result.lastKitProblem.message}`];
  return {
    items: result.proof.records,
    newItems: isNew ? result.proof.records : 0,
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

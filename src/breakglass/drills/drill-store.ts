// Keeps drills: a row each, and their signed reports as files below `reports/` of the data folder.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import { Failure, systemErrorCode } from '../../base/failure.ts';
import type { Language } from '../../base/language.ts';
import type { InstanceKey } from '../../store/instance-key.ts';
import type { Store } from '../../store/store.ts';
import { sha256Hex } from '../kit/manifest.ts';
import { openSigningKey } from '../signing-key.ts';
import type { DrillReport } from './drill-report.ts';
import { reportPage } from './report-page.ts';
import { signedJson, signedPage, verifyReport } from './signed-report.ts';

/** What keeping drills needs. */
export interface DrillSite {
  readonly home: string;
  readonly store: Store;
  readonly instanceKey: InstanceKey;
  readonly clock: Clock;
}

/** A drill as lists show it. Times are ISO 8601. */
export interface KeptDrill {
  id: string;
  way: DrillReport['way'];
  kind: DrillReport['kind'];
  destination: string;
  startedBy: DrillReport['startedBy'];
  startedAt: string;
  endedAt: string;
  result: DrillReport['result'];
  copy?: string;
  failure?: { code: string; message: string; hint?: string };
}

/** The files of a report. */
export interface ReportFiles {
  json: string;
  pages: Record<Language, string>;
}

/**
 * Signs a report, writes it as JSON and as a page in both languages, and keeps its row. The files come first.
 * @throws Failure `drill.report-unwritten`
 */
export function keepDrill({ home, store, instanceKey, clock }: DrillSite, report: DrillReport): ReportFiles {
  const key = openSigningKey(store, instanceKey, clock);
  const files = reportFiles(home, report.id);
  const json = signedJson(report, key);
  writeReport(files.json, json);
  for (const language of ['en', 'pt'] as const)
    writeReport(files.pages[language], signedPage(reportPage(report, key.publicKey, language), report, key));
  const failed = report.steps.find((step) => step.failure !== undefined)?.failure;
  store.database
    .prepare('INSERT INTO drill VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
    .run(
      report.id,
      report.way,
      report.kind,
      report.copy.destination,
      report.startedBy,
      report.startedAt,
      report.endedAt,
      report.result,
      report.copy.name ?? null,
      failed === undefined ? null : JSON.stringify(failed),
      sha256Hex(json),
    );
  return files;
}

/** Where the report of that drill lies. */
export function reportFiles(home: string, id: string): ReportFiles {
  const base = join(home, 'reports', `drill-${id}`);
  return { json: `${base}.json`, pages: { en: `${base}.en.html`, pt: `${base}.pt.html` } };
}

/** The newest drills first, at most `limit`. */
export function listDrills(store: Store, limit = 50): KeptDrill[] {
  const sql = 'SELECT * FROM drill ORDER BY started_at DESC, rowid DESC LIMIT ?';
  return store.database.prepare(sql).all(limit).map(drillOf);
}

/** The newest drill of that way (and kind, and destination) that passed. */
export function lastPassed(
  store: Store,
  wanted: Pick<KeptDrill, 'way'> & Partial<Pick<KeptDrill, 'kind' | 'destination'>>,
): KeptDrill | undefined {
  const row = store.database
    .prepare(
      `SELECT * FROM drill WHERE result = 'passed' AND way = ?1 AND (?2 IS NULL OR kind = ?2)
       AND (?3 IS NULL OR destination = ?3) ORDER BY started_at DESC LIMIT 1`,
    )
    .get(wanted.way, wanted.kind ?? null, wanted.destination ?? null);
  return row === undefined ? undefined : drillOf(row);
}

/**
 * A kept drill with its report, whose signature and row agree. `latest` is the newest.
 * @throws Failure `drill.not-found`, `drill.report-missing`, `drill.bad-signature`
 */
export function loadDrill(
  { home, store }: Pick<DrillSite, 'home' | 'store'>,
  id: string,
): { drill: KeptDrill; report: DrillReport } {
  const sql =
    id === 'latest'
      ? 'SELECT * FROM drill ORDER BY started_at DESC, rowid DESC LIMIT 1'
      : 'SELECT * FROM drill WHERE id = ?';
  const row = id === 'latest' ? store.database.prepare(sql).get() : store.database.prepare(sql).get(id);
  if (row === undefined) {
    throw new Failure('drill.not-found', {
      message: id === 'latest' ? 'no drill was held yet' : `there is no drill '${id}'`,
      hint: 'orbit drill list shows them; orbit drill run holds one.',
    });
  }
  const drill = drillOf(row);
  const { json } = reportFiles(home, drill.id);
  const bytes = readReport(json);
  const { report } = verifyReport(json, bytes);
  if (report === undefined || sha256Hex(bytes) !== row['report_sha256']) {
    throw new Failure('drill.bad-signature', {
      message: `${json} is not the report that was written after the drill ${drill.id}`,
      hint: 'Somebody replaced it. Take it from a backup of the data folder.',
    });
  }
  return { drill, report };
}

function writeReport(file: string, bytes: Buffer): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, bytes, { flag: 'wx', mode: 0o600, flush: true });
  } catch (error) {
    throw new Failure('drill.report-unwritten', {
      message: `the report ${file} cannot be written (${systemErrorCode(error) ?? 'error'})`,
      hint: 'Make room in the data folder and check its rights, then run the drill again: without a report it does not count.',
      cause: error,
    });
  }
}

function readReport(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new Failure('drill.report-missing', {
      message: `the report ${file} cannot be read (${systemErrorCode(error) ?? 'error'})`,
      hint: 'Take it from a backup of the data folder, or run the drill again.',
      cause: error,
    });
  }
}

function drillOf(row: Record<string, unknown>): KeptDrill {
  return {
    id: String(row['id']),
    way: row['way'] as KeptDrill['way'],
    kind: row['kind'] as KeptDrill['kind'],
    destination: String(row['destination']),
    startedBy: row['started_by'] as KeptDrill['startedBy'],
    startedAt: String(row['started_at']),
    endedAt: String(row['ended_at']),
    result: row['result'] as KeptDrill['result'],
    ...(row['copy'] === null ? {} : { copy: String(row['copy']) }),
    ...(row['failure'] === null
      ? {}
      : { failure: JSON.parse(String(row['failure'])) as NonNullable<KeptDrill['failure']> }),
  };
}

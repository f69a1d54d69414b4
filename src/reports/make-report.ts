// Puts a report together: its table, and what the mail around it says.
import type { AuditTrail } from '../audit/trail.ts';
import type { Bilingual, Language } from '../base/language.ts';
import type { Table } from './csv.ts';
import type { ReportPlan } from './report-fields.ts';
import type { ReportKind } from './report-kinds.ts';
import { readSecretItems, type SecretItemSite } from './secret-items.ts';
import * as tables from './tables.ts';

/** What reports are read from. */
export interface ReportSite extends SecretItemSite {
  readonly audit: AuditTrail;
}

const dayMs = 24 * 60 * 60_000;

/** What each report is called. */
export const reportTitles: Record<ReportKind, Bilingual> = {
  secrets: { en: 'Last backup of every secret', pt: 'Último backup de cada segredo' },
  compliance: { en: 'Compliance of passwords', pt: 'Conformidade das senhas' },
  runs: { en: 'Backups that ran', pt: 'Backups executados' },
  log: { en: 'Backup log: failures, omissions, notes', pt: 'Log de backup: falhas, omissões, notas' },
  destinations: { en: 'Destinations', pt: 'Destinos' },
  drills: { en: 'Drills', pt: 'Ensaios' },
  incidents: { en: 'Incidents', pt: 'Incidentes' },
  audit: { en: 'Audit trail', pt: 'Trilha de auditoria' },
};

/** True for reports of a stretch of time; the others tell how things are now. */
export function isOfTime(report: ReportKind): boolean {
  return ['runs', 'log', 'drills', 'incidents', 'audit'].includes(report);
}

/** The table of a report as things are now, `days` back where it is of a stretch of time. */
export async function makeTable(
  site: ReportSite,
  { report, language, days }: Pick<ReportPlan, 'report' | 'language' | 'days'>,
): Promise<Table> {
  const from = new Date(site.clock.now().getTime() - days * dayMs);
  const since = from.toISOString();
  const { store } = site;
  const make: Record<ReportKind, () => Table | Promise<Table>> = {
    secrets: async () => tables.secretsTable(await readSecretItems(site), language),
    compliance: async () => tables.complianceTable(await readSecretItems(site), language),
    runs: () => tables.runsTable(store, { since }, language),
    log: () => tables.logTable(store, from, language),
    destinations: () => tables.destinationsTable(site, language),
    drills: () => tables.drillsTable(store, from, language),
    incidents: () => tables.incidentsTable(store, { since }, language),
    audit: () => tables.auditTable(site.audit, { since, limit: 1000 }, language),
  };
  return await make[report]();
}

/** `orbit-runs-2026-11-27`: what an attached table is called, without its ending. */
export function fileName(report: ReportKind, now: Date): string {
  return `orbit-${report}-${now.toISOString().slice(0, 10)}`;
}

/** The title of a report in a language. */
export function titleOf(report: ReportKind, language: Language): string {
  return reportTitles[report][language];
}

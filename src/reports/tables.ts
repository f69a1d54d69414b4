// What each report holds: one table each, the same in a mail, in a download and on a terminal. Names and dates, never a value.
import type { AuditFilter, AuditTrail } from '../audit/trail.ts';
import type { Clock } from '../base/clock.ts';
import { tellEvent } from '../base/event.ts';
import { failuresInPortuguese } from '../base/failure-texts/portuguese-failures.ts';
import type { Bilingual, Language } from '../base/language.ts';
import { tellFailure, tellNotes } from '../base/note.ts';
import { listDrills } from '../breakglass/drills/drill-store.ts';
import { listDestinations, locationOf } from '../destinations/destination.ts';
import { readReadiness } from '../jobs/readiness.ts';
import { listRuns, type RunFilter } from '../jobs/run.ts';
import { troubleLines } from '../jobs/run-log.ts';
import { type IncidentFilter, listIncidents } from '../notify/incidents.ts';
import type { Store } from '../store/store.ts';
import type { Cell, Table } from './csv.ts';
import type { SecretItem } from './secret-items.ts';
import { wordOf } from './words.ts';

/** A table in both languages: its columns, and its rows in the language that is asked for. */
function tableOf(
  language: Language,
  columns: readonly (readonly [en: string, pt: string])[],
  rows: Iterable<readonly Cell[]>,
): Table {
  const titles = columns.map(([en, pt]): Bilingual => ({ en, pt }));
  return { head: titles.map((title) => title[language]), rows };
}

const rowsMax = 1_000_000;
const pageOfRuns = 500;

/** When each secret was last backed up and whether it is whole; one row for each copy. */
export function secretsTable(items: readonly SecretItem[], language: Language): Table {
  const word = (text: string): string => wordOf(text, language);
  const columns = [
    ['Source', 'Origem'],
    ['ID', 'ID'],
    ['Title', 'Título'],
    ['User name', 'Usuário'],
    ['Group', 'Grupo'],
    ['Type', 'Tipo'],
    ['Changed', 'Alterado'],
    ['State', 'Estado'],
    ['Compliance', 'Conformidade'],
    ['Reasons', 'Motivos'],
    ['Destination', 'Destino'],
    ['Kit', 'Kit'],
    ['Last backup', 'Último backup'],
  ] as const;
  const rows = items.flatMap(({ source, id, title, username, groups, type, changedAt, state, ...item }): Cell[][] => {
    const judged = [word(item.compliance), item.faults.map(word).join('; ')];
    const facts = [source, id, title, username, groups.join('/'), type, changedAt, word(state), ...judged];
    if (item.copies.length === 0) return [[...facts, '', '', '']];
    return item.copies.map(({ destination, kit, provedAt }) => [...facts, destination, kit, provedAt]);
  });
  return tableOf(language, columns, rows);
}

/** Whether each password is as the policy asks, and why not; what is not comes first. */
export function complianceTable(items: readonly SecretItem[], language: Language): Table {
  const word = (text: string): string => wordOf(text, language);
  const columns = [
    ['Compliance', 'Conformidade'],
    ['Reasons', 'Motivos'],
    ['Title', 'Título'],
    ['User name', 'Usuário'],
    ['Group', 'Grupo'],
    ['Type', 'Tipo'],
    ['Source', 'Origem'],
    ['Changed', 'Alterado'],
    ['Last backup', 'Último backup'],
  ] as const;
  const order = ['unmet', 'unknown', 'met'];
  const sorted = items.toSorted((one, other) => order.indexOf(one.compliance) - order.indexOf(other.compliance));
  const rows = sorted.map(
    ({ compliance, faults, title, username, groups, type, source, changedAt, copies }): Cell[] => {
      const last = copies.map(({ provedAt }) => provedAt).toSorted();
      const facts = [title, username, groups.join('/'), type, source, changedAt, last.at(-1)];
      return [word(compliance), faults.map(word).join('; '), ...facts];
    },
  );
  return tableOf(language, columns, rows);
}

/** The history: one row for each run and destination, the newest first. */
export function runsTable(store: Store, filter: RunFilter, language: Language): Table {
  const columns = [
    ['Run', 'Execução'],
    ['Job', 'Tarefa'],
    ['Kind', 'Tipo'],
    ['Started by', 'Iniciada por'],
    ['Started', 'Início'],
    ['Ended', 'Fim'],
    ['Outcome', 'Resultado'],
    ['Destination', 'Destino'],
    ['Outcome there', 'Resultado no destino'],
    ['Items', 'Itens'],
    ['New items', 'Itens novos'],
    ['Bytes', 'Bytes'],
    ['New bytes', 'Bytes novos'],
    ['Sent bytes', 'Bytes enviados'],
    ['Verified objects', 'Objetos verificados'],
    ['Made', 'Criado'],
    ['Code', 'Código'],
    ['Message', 'Mensagem'],
  ] as const;
  return tableOf(
    language,
    columns,
    runRows(store, filter, (text) => wordOf(text, language)),
  );
}

function* runRows(store: Store, filter: RunFilter, word: (text: string) => string): Generator<Cell[]> {
  let before: number | undefined;
  for (let rows = 0; rows < rowsMax; rows += pageOfRuns) {
    const runs = listRuns(store, { ...filter, before, limit: pageOfRuns });
    for (const run of runs) {
      const { id, job, startedAt, endedAt, outcome = 'running', failure: own } = run;
      const head = [id, job, word(run.kind), word(run.startedBy), startedAt, endedAt, word(outcome)];
      if (run.results.length === 0) yield [...head, ...Array<Cell>(9).fill(''), own?.code, own?.message];
      for (const { destination, outcome: there, summary, failure } of run.results) {
        const { items, newItems, bytes, newBytes, sentBytes, verifiedObjects, made } = summary ?? {};
        const numbers = [items, newItems, bytes, newBytes, sentBytes, verifiedObjects, made];
        yield [...head, destination, word(there), ...numbers, failure?.code, failure?.message];
      }
    }
    before = runs.at(-1)?.id;
    if (runs.length < pageOfRuns) return;
  }
}

/** What runs said that somebody should read: what failed, what was left out, notes. The newest first. */
export function logTable(store: Store, since: Date, language: Language): Table {
  const word = (text: string): string => wordOf(text, language);
  const columns = [
    ['Time', 'Hora'],
    ['Run', 'Execução'],
    ['Job', 'Tarefa'],
    ['Destination', 'Destino'],
    ['Error', 'Erro'],
    ['What', 'O quê'],
    ['Code', 'Código'],
    ['Details', 'Detalhes'],
  ] as const;
  const rows = troubleLines(store, since.toISOString(), rowsMax).map(({ at, run, job, destination, what, facts }) => {
    const isError = what === 'failed' || what === 'omitted';
    const { code, message, path } = facts;
    const note = (language === 'pt' ? facts['pt'] : undefined) ?? facts['note'];
    const failed =
      message === undefined
        ? undefined
        : tellFailure({ code: String(code), message: String(message) }, language, failuresInPortuguese);
    return [at, run, job, destination, word(isError ? 'yes' : 'no'), word(what), code, failed ?? path ?? note];
  });
  return tableOf(language, columns, rows);
}

/** Where backups are kept, how each place is, and the newest good copy of each job there. */
export function destinationsTable({ store, clock }: { store: Store; clock: Clock }, language: Language): Table {
  const word = (text: string): string => wordOf(text, language);
  const columns = [
    ['Destination', 'Destino'],
    ['Kind', 'Tipo'],
    ['Location', 'Local'],
    ['State', 'Estado'],
    ['Since', 'Desde'],
    ['Last tested', 'Último teste'],
    ['Free bytes', 'Bytes livres'],
    ['Append-only', 'Somente adição'],
    ['Job', 'Tarefa'],
    ['Newest good copy', 'Cópia boa mais nova'],
    ['In time', 'No prazo'],
    ['Last drill passed', 'Último ensaio aprovado'],
    ['Trouble', 'Problema'],
  ] as const;
  const copies = readReadiness(store, clock).jobs.flatMap((job) => job.copies);
  const rows = listDestinations(store).flatMap((place): Cell[][] => {
    const { name, kind, state, stateSince, lastProbe, appendOnly } = place;
    const isProven = appendOnly?.isDeletingRefused === true && appendOnly.isOverwritingRefused;
    const own = [name, kind, locationOf(place), word(state), stateSince, lastProbe?.at, lastProbe?.freeBytes];
    const facts = [...own, word(isProven ? 'yes' : 'no')];
    const failure = lastProbe?.failure;
    const trouble =
      failure === undefined
        ? tellNotes(lastProbe?.worries ?? [], language)
        : tellFailure(failure, language, failuresInPortuguese);
    const here = copies.filter(({ destination }) => destination === name);
    if (here.length === 0) return [[...facts, '', '', '', '', trouble]];
    return here.map(({ job, state: copy, goodAt, drilledAt, lastFailure }) => {
      const times = [goodAt ?? word('never'), word(copy), drilledAt ?? word('never')];
      return [...facts, job, ...times, trouble || lastFailure?.message];
    });
  });
  return tableOf(language, columns, rows);
}

/** Drills that were held, the newest first. */
export function drillsTable(store: Store, since: Date | undefined, language: Language): Table {
  const word = (text: string): string => wordOf(text, language);
  const columns = [
    ['Started', 'Início'],
    ['Ended', 'Fim'],
    ['Way', 'Modo'],
    ['Kind', 'Tipo'],
    ['Destination', 'Destino'],
    ['Held by', 'Realizado por'],
    ['Result', 'Resultado'],
    ['Copy', 'Cópia'],
    ['Code', 'Código'],
    ['Message', 'Mensagem'],
  ] as const;
  const from = since?.toISOString() ?? '';
  const rows = listDrills(store, rowsMax)
    .filter(({ startedAt }) => startedAt >= from)
    .map(({ startedAt, endedAt, way, kind, destination, startedBy, result, copy, failure }): Cell[] => {
      const said = [word(result), copy, failure?.code, failure?.message];
      return [startedAt, endedAt, word(way), word(kind), destination, word(startedBy), ...said];
    });
  return tableOf(language, columns, rows);
}

/** What was wrong, from when to when. The newest first. */
export function incidentsTable(store: Store, filter: IncidentFilter, language: Language): Table {
  const word = (text: string): string => wordOf(text, language);
  const columns = [
    ['Incident', 'Incidente'],
    ['State', 'Estado'],
    ['Severity', 'Severidade'],
    ['Title', 'Título'],
    ['What happened', 'O que aconteceu'],
    ['Begun', 'Início'],
    ['Told last', 'Último aviso'],
    ['Times', 'Vezes'],
    ['Resolved', 'Resolvido'],
    ['Resolved by', 'Resolvido por'],
    ['Note', 'Observação'],
    ['Event', 'Evento'],
  ] as const;
  const rows = listIncidents(store, { ...filter, limit: rowsMax }).map((incident): Cell[] => {
    const { title, told } = tellEvent({ id: incident.event, facts: incident.facts }, language);
    const { id, severity, openedAt, toldAt, times, resolvedAt, resolvedBy, note, event } = incident;
    const state = word(resolvedAt === undefined ? 'open' : 'resolved');
    return [
      id,
      state,
      word(severity),
      title,
      told,
      openedAt,
      toldAt,
      times,
      resolvedAt,
      wordOf(resolvedBy, language),
      note,
      event,
    ];
  });
  return tableOf(language, columns, rows);
}

/** Who changed what, the newest first. */
export function auditTable(trail: AuditTrail, filter: AuditFilter, language: Language): Table {
  const columns = [
    ['Number', 'Número'],
    ['Time', 'Hora'],
    ['Who', 'Quem'],
    ['Role', 'Papel'],
    ['Address', 'Endereço'],
    ['Method', 'Método'],
    ['Action', 'Ação'],
    ['Subject', 'Objeto'],
    ['Outcome', 'Resultado'],
    ['Code', 'Código'],
  ] as const;
  return tableOf(language, columns, auditRows(trail, filter));
}

function* auditRows(trail: AuditTrail, filter: AuditFilter): Generator<Cell[]> {
  let before: number | undefined;
  for (;;) {
    const entries = trail.list({ ...filter, ...(before === undefined ? {} : { before }) });
    for (const { number, at, actor, role, address, method, action, subject, outcome, code } of entries)
      yield [number, at, actor, role, address, method, action, subject, outcome, code];
    before = entries.at(-1)?.number;
    if (entries.length < filter.limit) return;
  }
}

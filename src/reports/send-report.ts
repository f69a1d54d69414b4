// Sends a report by mail and keeps what really became of it. Those that are due are sent by the service, beside the jobs.
import { type Note, note } from '../base/note.ts';
import { hash } from 'node:crypto';
import { hostname } from 'node:os';
import { gzipSync } from 'node:zlib';
import { orbitEvent, type ReportEvent } from '../base/event.ts';
import { Failure } from '../base/failure.ts';
import type { Language } from '../base/language.ts';
import { formatMinute } from '../base/quantities.ts';
import type { Operation } from '../base/operation.ts';
import { keptFailure } from '../jobs/run.ts';
import type { Letter } from '../notify/channel.ts';
import type { Notifier } from '../notify/notifier.ts';
import { csvLines } from './csv.ts';
import { fileName, isOfTime, makeTable, type ReportSite, titleOf } from './make-report.ts';
import { type DueReport, dueReports, type ScheduledReport } from './scheduled-report.ts';
import { keepSending, type Sending } from './sending.ts';
import { textTable } from './text-table.ts';

/** What sending works with. */
export interface SendingSite extends ReportSite {
  readonly notifier: Notifier;
  readonly tell: ReportEvent;
}

/** Who asks, or which turn it is. */
export type Occasion = { dueAt: Date } | { askedBy: string };

const rowsInMail = 2000;
// Many mail servers take 10 MB, and base64 makes a third more of it.
const plainBytesMax = 4 * 1024 * 1024;

/** Sends one now. Never throws for a mail that does not get through: that is a result, kept and told. */
export async function sendReport(
  site: SendingSite,
  report: ScheduledReport,
  occasion: Occasion,
  operation: Operation<{ type: 'step'; note: Note }> = {},
): Promise<Sending> {
  const { name, plan } = report;
  const steps: Note[] = [];
  const step = (what: Note): void => {
    steps.push(what);
    operation.report?.({ type: 'step', note: what });
  };
  const started = site.clock.now();
  const due = 'dueAt' in occasion ? { dueAt: occasion.dueAt.toISOString() } : { askedBy: occasion.askedBy };
  let made: Made | undefined;
  let sending: Sending;
  try {
    refuseInTheClear(site.notifier, report);
    made = await makeLetter(site, report, occasion);
    step(note('report.made', { count: made.rows, bytes: made.bytes }));
    const { recipients, refused } = await site.notifier.sendLetter(plan.channel, made.letter, {
      ...(operation.signal === undefined ? {} : { signal: operation.signal }),
      report: (event) => (event.type === 'step' ? step(event.note) : undefined),
    });
    const { rows, bytes } = made;
    sending = keepSending(site.store, name, { ...due, at: at(site), rows, bytes, recipients, refused, steps });
  } catch (error) {
    operation.signal?.throwIfAborted();
    const failure = keptFailure(error);
    step(note('channel.failed', { reason: failure }));
    const size = made === undefined ? {} : { rows: made.rows, bytes: made.bytes };
    const kept = { ...due, at: at(site), ...size, recipients: [], refused: [...plan.to], steps, failure };
    sending = keepSending(site.store, name, kept);
  }
  tellSending(site, report, sending, site.clock.now().getTime() - started.getTime());
  return sending;
}

/** Sends all whose turn has come, one after the other. */
export async function sendDueReports(site: SendingSite, { signal }: { signal: AbortSignal }): Promise<DoneReport[]> {
  const done: DoneReport[] = [];
  for (const { report, dueAt } of dueReports(site)) {
    signal.throwIfAborted();
    done.push({ report, dueAt, sending: await sendReport(site, report, { dueAt }, { signal }) });
  }
  return done;
}

/** A turn, and what became of it. */
export interface DoneReport extends DueReport {
  sending: Sending;
}

interface Made {
  letter: Letter;
  rows: number;
  bytes: number;
}

async function makeLetter(site: SendingSite, { name, plan }: ScheduledReport, occasion: Occasion): Promise<Made> {
  const { report, language, format, days, to } = plan;
  const now = site.clock.now();
  const { head, rows: lines } = await makeTable(site, plan);
  const rows = [...lines];
  const say = words[language];
  const title = titleOf(report, language);
  const csv = Buffer.from([...csvLines({ head, rows })].join(''));
  const isLarge = csv.length > plainBytesMax;
  const fits = format === 'text' ? textTable({ head, rows }, rowsInMail) : undefined;
  // What the mail cannot show whole goes with it as a file.
  const isAttached = format === 'csv' || (fits?.left ?? 0) > 0;
  const file = `${fileName(report, now)}.csv${isLarge ? '.gz' : ''}`;
  const content = isLarge ? gzipSync(csv) : csv;
  const text = [
    `${title}, ${hostname()}`,
    isOfTime(report)
      ? say.since(dayOf(new Date(now.getTime() - days * 86_400_000)), dayOf(now))
      : say.now(momentOf(now)),
    say.rows(rows.length),
    ...(isAttached ? [say.attached(file)] : []),
    ...(fits === undefined ? [] : ['', fits.text, ...(fits.left === 0 ? [] : [say.left(fits.left)])]),
    '',
    say.end(name),
  ].join('\n');
  // The same turn has the same Message-ID, so that a repeated mail is known for what it is.
  const turn = 'dueAt' in occasion ? occasion.dueAt.toISOString() : now.toISOString();
  const id = `report-${hash('sha256', `${name} ${turn}`, 'hex').slice(0, 32)}`;
  const type = isLarge ? 'application/gzip' : 'text/csv; charset=utf-8';
  const attachments = isAttached ? [{ name: file, type, content }] : [];
  const subject = `[Orbit ${hostname()}] ${title}`;
  const bytes = Buffer.byteLength(text) + (isAttached ? content.length : 0);
  return { letter: { id, subject, text: `${text}\n`, to, attachments }, rows: rows.length, bytes };
}

/** @throws Failure `reports.in-the-clear` for names of secrets that would cross a network unencrypted. */
export function refuseInTheClear(notifier: Notifier, { plan }: Pick<ScheduledReport, 'plan'>): void {
  if (plan.report !== 'secrets' && plan.report !== 'compliance') return;
  const { encryption, host } = notifier.channels.get(plan.channel).config as { encryption?: string; host?: string };
  if (encryption !== 'none' || /^(localhost|127\.\d+\.\d+\.\d+|::1)$/.test(host ?? '')) return;
  throw new Failure('reports.in-the-clear', {
    message: `the channel '${plan.channel}' sends unencrypted, and this report names every secret`,
    hint: 'Take a channel with STARTTLS or TLS.',
  });
}

// A mail that some got and others did not is a failure for those others.
function tellSending(
  { tell, clock }: SendingSite,
  { name }: ScheduledReport,
  sending: Sending,
  durationMs: number,
): void {
  const task = `report ${name}`;
  const { failure, refused, attempts, askedBy: user } = sending;
  const reason = failure?.message ?? (refused.length === 0 ? undefined : `refused for ${refused.join(', ')}`);
  if (reason === undefined) return tell(orbitEvent('task.succeeded', { task, durationMs, user }, clock.now()));
  // One turn is told once, however often it is tried.
  if (attempts === 1) tell(orbitEvent('task.failed', { task, reason, user, code: failure?.code }, clock.now()));
}

function at({ clock }: SendingSite): string {
  return clock.now().toISOString();
}

function dayOf(time: Date): string {
  return time.toISOString().slice(0, 10);
}

function momentOf(time: Date): string {
  return `${formatMinute(time)} UTC`;
}

interface Words {
  since(from: string, until: string): string;
  now(at: string): string;
  rows(count: number): string;
  attached(file: string): string;
  left(count: number): string;
  end(name: string): string;
}

const words: Record<Language, Words> = {
  en: {
    since: (from, until) => `From ${from} to ${until}`,
    now: (moment) => `As of ${moment}`,
    rows: (count) => (count === 1 ? '1 row' : `${count} rows`),
    attached: (file) => `The table is attached: ${file}`,
    left: (count) => `… and ${count} more rows, which the attached file has`,
    end: (name) => `Sent by Orbit as the report '${name}'. No value of a secret is ever in a report.`,
  },
  pt: {
    since: (from, until) => `De ${from} a ${until}`,
    now: (moment) => `Situação em ${moment}`,
    rows: (count) => (count === 1 ? '1 linha' : `${count} linhas`),
    attached: (file) => `A tabela está anexada: ${file}`,
    left: (count) => `… e mais ${count} linhas, que estão no arquivo anexo`,
    end: (name) => `Enviado pelo Orbit como o relatório '${name}'. Nenhum relatório contém o valor de um segredo.`,
  },
};

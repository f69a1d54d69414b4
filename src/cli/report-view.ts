// How reports and their sendings read on a terminal.
import type { DoneReport } from '../reports/send-report.ts';
import type { ScheduledReport } from '../reports/scheduled-report.ts';
import type { Sending } from '../reports/sending.ts';

/** One line of what became of a turn. */
export function reportLine({ report, sending }: DoneReport): string {
  return `report ${report.name}: ${sendingText(sending)}`;
}

/** What became of a sending. */
export function sendingText({ at, recipients, refused, rows, failure, attempts }: Sending): string {
  const tried = attempts === 1 ? '' : ` (${attempts} attempts)`;
  if (failure !== undefined) return `failed ${at}${tried}: ${failure.message}`;
  const lost = refused.length === 0 ? '' : `; refused for ${refused.join(', ')}`;
  return `sent ${at}${tried}: ${rows ?? 0} rows to ${recipients.join(', ')}${lost}`;
}

/** The settings of a report, a line for each. */
export function reportLines({ name, isEnabled, plan }: ScheduledReport): string[][] {
  return [
    ['Report', name],
    ['State', isEnabled ? 'on' : 'off'],
    ...Object.entries(plan).map(([field, value]) => [field, Array.isArray(value) ? value.join(', ') : String(value)]),
  ];
}

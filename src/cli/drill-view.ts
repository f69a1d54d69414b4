// How drills read on a terminal.
import { tellNote } from '../base/note.ts';
import { formatBytes, formatCount, formatDuration } from '../base/quantities.ts';
import type { DrillReport, DrillStep } from '../breakglass/drills/drill-report.ts';
import { reportTexts } from '../breakglass/drills/report-texts.ts';

const marks = { passed: '✓', failed: '✗', skipped: '–' };

/** One line: what was tested, how it ended, how long it took. */
export function drillLine(report: Pick<DrillReport, 'kind' | 'way' | 'copy' | 'result' | 'durationMs'>): string {
  const what = report.way === 'people' ? 'drill with people' : `drill of ${report.kind}`;
  return `${marks[report.result]} ${what} ← ${report.copy.destination}  ${report.result} in ${formatDuration(report.durationMs)}`;
}

/** A step with its facts, and what to do when it failed. */
export function stepLines(step: DrillStep): string[] {
  const known = Object.entries(step.facts).map(([name, value]) => `${name} ${shown(name, value)}`);
  const lines = [`    ${marks[step.result]} ${reportTexts.en.steps[step.name]}`];
  if (known.length > 0) lines.push(`        ${known.join(', ')}`);
  for (const note of step.notes) lines.push(`        ${tellNote(note, 'en')}`);
  if (step.failure === undefined) return lines;
  lines.push(`        ${step.failure.message} [${step.failure.code}]`);
  if (step.failure.hint !== undefined) lines.push(`        → ${step.failure.hint}`);
  return lines;
}

function shown(name: string, value: string | number | boolean): string {
  if (typeof value !== 'number') return String(value);
  return /bytes/i.test(name) ? formatBytes(value) : formatCount(value);
}

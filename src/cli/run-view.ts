// How a run's result reads, for the terminal.
import { tellNote } from '../base/note.ts';
import { formatBytes, formatCount, formatDuration } from '../base/quantities.ts';
import type { KeptFailure, Run, RunResult, RunSummary } from '../jobs/run.ts';

/** One block of lines a run: a headline per destination, what is missing, and the cure of what failed. */
export function runLines(run: Run): string[] {
  const lines: string[] = [];
  if (run.results.length === 0 && run.failure !== undefined) lines.push(`✗ ${run.job}`, ...failureLines(run.failure));
  if (run.dropAccepted !== undefined) lines.push(`  a sudden drop is accepted: ${run.dropAccepted}`);
  for (const result of run.results) lines.push(...resultLines(run, result));
  return lines;
}

/** A summary in one sentence: what was new, what was sent, how long it took, what was read back. */
export function summarySentence(kind: Run['kind'], summary: RunSummary): string {
  const noun = kind === 'secrets' ? 'secrets' : 'files';
  const items = `${formatCount(summary.items)} ${noun}`;
  const verified =
    summary.verifiedObjects > 0
      ? `${proved(kind)}: ${formatCount(summary.verifiedObjects)} objects, ${formatBytes(summary.verifiedBytes)}`
      : 'nothing to read back';
  if (summary.newItems === 0 && summary.newBytes === 0) {
    return `${items}, nothing new; sent ${formatBytes(summary.sentBytes)} in ${formatDuration(summary.transferMs)}; ${verified}`;
  }
  const changed = `${formatCount(summary.newItems)} new or changed (${formatBytes(summary.newBytes)} new)`;
  const sent = `sent ${formatCount(summary.sentObjects)} objects, ${formatBytes(summary.sentBytes)}`;
  return `${items}, ${changed}; ${sent} in ${formatDuration(summary.transferMs)}; ${verified}`;
}

// A new kit is opened with its one-run key and compared with the source; repositories are compared byte by byte.
function proved(kind: Run['kind']): string {
  return kind === 'secrets' ? 'read back and proved' : 'read back and equal';
}

function resultLines(run: Run, result: RunResult): string[] {
  const mark = { succeeded: '✓', partial: '!', failed: '✗', cancelled: '✗', skipped: '–' }[result.outcome];
  const took = formatDuration(Date.parse(result.endedAt) - Date.parse(result.startedAt));
  const lines = [`${mark} ${run.job} → ${result.destination}  ${result.outcome} in ${took}`];
  const { summary, failure } = result;
  if (summary !== undefined) {
    lines.push(`    ${summarySentence(run.kind, summary)}`);
    if (summary.made !== undefined) lines.push(`    ${run.kind === 'secrets' ? 'kit' : 'snapshot'} ${summary.made}`);
    for (const note of summary.notes) lines.push(`    ${tellNote(note, 'en')}`);
    for (const omission of summary.omissions) lines.push(`    not taken: ${omission}`);
    const more = summary.omitted - summary.omissions.length;
    if (more > 0) lines.push(`    not taken: ${formatCount(more)} more`);
  }
  if (failure !== undefined) lines.push(...failureLines(failure));
  return lines;
}

function failureLines(failure: KeptFailure): string[] {
  const hint = failure.hint === undefined ? [] : [`    → ${failure.hint}`];
  return [`    ${failure.message} [${failure.code}]`, ...hint];
}

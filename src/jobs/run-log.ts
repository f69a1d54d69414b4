// The lines of a run: what it said while it went on, kept so that it can be read afterwards, in the reader's language.
import { failuresInPortuguese } from '../base/failure-texts/portuguese-failures.ts';
import { tellNote } from '../base/note.ts';
import type { Clock } from '../base/clock.ts';
import type { Operation } from '../base/operation.ts';
import type { Store } from '../store/store.ts';
import type { RunResult } from './run.ts';
import type { RunEvent, RunStage } from './run-events.ts';

/** One line. `what` is a word of the product, `facts` fill the sentence that a face makes of it. */
export interface RunLine {
  at: string;
  destination: string;
  what: 'started' | RunStage | 'progress' | 'omitted' | 'note' | RunResult['outcome'];
  facts: Record<string, string | number>;
}

type Report = NonNullable<Operation<RunEvent>['report']>;

const progressEveryMs = 30_000;
const linesMax = 5000;

/** Keeps a line for each event of a run, and passes it on. Progress is kept twice a minute for each destination. */
export function keepLines(
  { store, clock }: { store: Store; clock: Clock },
  run: number,
  report: Report | undefined,
): Report {
  const insert = store.database.prepare('INSERT INTO run_line VALUES (?, ?, ?, ?, ?)');
  const toldAt = new Map<string, number>();
  let kept = 0;
  const keep = (destination: string, what: RunLine['what'], facts: RunLine['facts'] = {}): void => {
    if (kept >= linesMax) return;
    kept += 1;
    insert.run(run, clock.now().toISOString(), destination, what, JSON.stringify(facts));
  };
  return (event) => {
    switch (event.type) {
      case 'started':
        keep(event.destination, 'started');
        toldAt.set(event.destination, performance.now());
        break;
      case 'stage':
        keep(event.destination, event.stage);
        break;
      case 'progress': {
        const { destination, progress } = event;
        if (performance.now() - (toldAt.get(destination) ?? 0) < progressEveryMs) break;
        toldAt.set(destination, performance.now());
        const { items, bytes, bytesTotal, bytesPerSecond } = progress;
        const facts = { items, bytes, bytesTotal, bytesPerSecond };
        keep(destination, 'progress', JSON.parse(JSON.stringify(facts)) as RunLine['facts']);
        break;
      }
      case 'ended':
        for (const line of linesOf(event.result)) keep(event.result.destination, line.what, line.facts);
        break;
    }
    report?.(event);
  };
}

/** The lines of a run, in their order. */
export function linesOfRun(store: Store, run: number): RunLine[] {
  const rows = store.database.prepare('SELECT * FROM run_line WHERE run = ? ORDER BY rowid LIMIT ?').all(run, linesMax);
  return rows.map(lineOf);
}

/** Lines of every run since then that somebody should read: what failed, was left out or noted. The newest first. */
export function troubleLines(store: Store, since: string, limit: number): (RunLine & { run: number; job: string })[] {
  return store.database
    .prepare(
      `SELECT run_line.*, run.job FROM run_line JOIN run ON run.id = run_line.run
       WHERE run.started_at >= ? AND what IN ('failed', 'omitted', 'note') ORDER BY run_line.rowid DESC LIMIT ?`,
    )
    .all(since, limit)
    .map((row) => ({ ...lineOf(row), run: Number(row['run']), job: String(row['job']) }));
}

function lineOf(row: Record<string, unknown>): RunLine {
  return {
    at: String(row['at']),
    destination: String(row['destination']),
    what: String(row['what']) as RunLine['what'],
    facts: JSON.parse(String(row['facts'])) as RunLine['facts'],
  };
}

function* linesOf({ outcome, summary, failure }: RunResult): Generator<Pick<RunLine, 'what' | 'facts'>> {
  for (const path of summary?.omissions ?? []) yield { what: 'omitted', facts: { path } };
  for (const note of summary?.notes ?? [])
    yield { what: 'note', facts: { note: tellNote(note, 'en'), pt: tellNote(note, 'pt', failuresInPortuguese) } };
  const { items = 0, newItems = 0, newBytes = 0, sentBytes = 0, verifiedObjects = 0 } = summary ?? {};
  const numbers = summary === undefined ? {} : { items, newItems, newBytes, sentBytes, verifiedObjects };
  yield {
    what: outcome,
    facts: { ...numbers, ...(failure === undefined ? {} : { code: failure.code, message: failure.message }) },
  };
}

// Writes the tables of docs/events.md from the catalogue: `node scripts/events-doc.ts`. A test compares them.
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { type EventId, cefSeverity, eventCatalog, eventKind, severityNumber } from '../src/base/event.ts';
import { type FactKind, eventFacts } from '../src/base/events/facts.ts';

const page = new URL('../docs/events.md', import.meta.url);
const marker = '<!-- from the catalogue -->';

/** The tables of events and of facts, in Markdown. */
export function eventTables(): string {
  const events = (Object.keys(eventCatalog) as EventId[]).map((id) => {
    const kind = eventKind(id);
    const severity = `${kind.severity} (${severityNumber(kind.severity)})`;
    const facts = [...kind.facts, ...(kind.optional ?? []).map((name) => `*${name}*`)].join(', ');
    return [
      `\`${id}\``,
      kind.number,
      severity,
      cefSeverity(kind.severity),
      kind.reportedAs ?? '',
      kind.en.title,
      facts,
    ];
  });
  const facts = Object.entries<FactKind>(eventFacts).map(([name, fact]) => [
    `\`${name}\``,
    fact.type,
    `\`${fact.cef ?? name}\``,
    fact.means,
  ]);
  return [
    marker,
    '## Events',
    '',
    ...markdown(['id', 'number', 'severity', 'CEF', 'also reported as', 'title', 'facts (*optional*)'], events),
    '',
    '## Facts',
    '',
    ...markdown(['fact', 'type', 'CEF key', 'meaning'], facts),
    '',
  ].join('\n');
}

function markdown(header: string[], rows: (string | number)[][]): string[] {
  return [header, header.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const text = readFileSync(page, 'utf8');
  writeFileSync(page, text.slice(0, text.indexOf(marker)) + eventTables());
}

// A drill's report as one page for people: self-contained, without script, made to be printed on A4 and signed.
import type { Language } from '../../base/language.ts';
import { failuresInPortuguese } from '../../base/failure-texts/portuguese-failures.ts';
import { tellNote } from '../../base/note.ts';
import { formatBytes, formatCount, formatDuration } from '../../base/quantities.ts';
import { signerFingerprint } from '../signing-key.ts';
import { controls, type DrillReport, type DrillStep, limitsOf } from './drill-report.ts';
import { factWords } from './fact-words.ts';
import { type ReportTexts, reportTexts } from './report-texts.ts';

const sampleShownMax = 60;

/** The page of a report in one language. `signer` is the raw public key that will sign it. */
export function reportPage(report: DrillReport, signer: Uint8Array, language: Language): string {
  const texts = reportTexts[language];
  return [
    `<!doctype html><html lang="${language === 'pt' ? 'pt-BR' : 'en'}"><head><meta charset="utf-8">`,
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    `<title>${escape(`${texts.title} ${report.id}`)}</title><style>${style}</style></head><body><main>`,
    `<header><div><h1>${texts.title}</h1><p>${texts.subtitle}</p></div>`,
    `<strong class="${report.result}">${texts[report.result]}</strong></header>`,
    section(texts.sections.what, facts(whatFacts(report, texts, language))),
    section(texts.sections.copy, facts(copyFacts(report, texts))),
    section(texts.sections.steps, stepTable(report, texts, language)),
    ...(report.people.length === 0 ? [] : [section(texts.sections.people, peopleTable(report, texts))]),
    ...(report.sample.length === 0 ? [] : [section(texts.sections.sample, sampleTable(report, texts, language))]),
    section(texts.sections.limits, list(limitsOf(report).map((limit) => texts.limits[limit]))),
    section(texts.sections.controls, `<p>${texts.controlsNote}</p>${controlTable(texts)}`),
    section(
      texts.sections.signature,
      `<p>${escape(texts.signature(signerFingerprint(signer), report.id))}</p><p class="line">${texts.witnesses}</p><p class="line"></p>`,
    ),
    '</main></body></html>',
  ].join('\n');
}

type Fact = [label: string, value: string];

function whatFacts(report: DrillReport, texts: ReportTexts, language: Language): Fact[] {
  const { machine } = report;
  const first = report.way === 'people' ? texts.facts.firstPassword : texts.facts.firstFile;
  return [
    [texts.facts.id, `<code>${escape(report.id)}</code>`],
    [texts.facts.way, `${texts.ways[report.way]}, ${texts.startedBy[report.startedBy]}`],
    [texts.facts.kind, texts.kinds[report.kind]],
    [texts.facts.started, time(report.startedAt)],
    [texts.facts.ended, time(report.endedAt)],
    [texts.facts.duration, duration(report.durationMs, language)],
    ...(report.firstReadableMs === undefined ? [] : [[first, duration(report.firstReadableMs, language)] as Fact]),
    [texts.facts.by, escape(report.user)],
    [texts.facts.machine, escape(machine.host)],
    [texts.facts.programs, escape(`Orbit ${machine.orbit}, Node.js ${machine.node}, ${machine.system}`)],
  ];
}

function copyFacts({ copy, kind }: DrillReport, texts: ReportTexts): Fact[] {
  const known = (label: string, value: string | undefined): Fact[] =>
    value === undefined ? [] : [[label, `<code>${escape(value)}</code>`]];
  return [
    [texts.facts.destination, escape(copy.destination)],
    ...known(texts.facts.location, copy.location),
    ...known(kind === 'secrets' ? texts.facts.kit : texts.facts.snapshot, copy.name),
    ...(copy.madeAt === undefined ? [] : [[texts.facts.madeAt, time(copy.madeAt)] as Fact]),
    ...known(texts.facts.fingerprint, copy.fingerprint),
    ...known(texts.facts.recoveryKey, copy.recoveryKey),
  ];
}

function stepTable(report: DrillReport, texts: ReportTexts, language: Language): string {
  const rows = report.steps.map((step) => [
    escape(texts.steps[step.name]),
    `<span class="${step.result}">${texts.stepResults[step.result]}</span>`,
    duration(step.durationMs, language),
    stepFacts(step, language),
  ]);
  return table(texts.columns.steps, rows, 'steps');
}

function stepFacts({ facts: known, notes, failure }: DrillStep, language: Language): string {
  const word = (text: string): string => factWords[text]?.[language] ?? text;
  const pairs = Object.entries(known).map(([name, value]) => {
    if (typeof value !== 'number') return `${escape(word(name))}: ${escape(word(String(value)))}`;
    const shown = /bytes/i.test(name) ? formatBytes(value) : formatCount(value);
    return `${escape(word(name))}: ${language === 'pt' ? shown.replace(/[.,]/, (mark) => (mark === '.' ? ',' : '.')) : shown}`;
  });
  const lines = [pairs.join('; '), ...notes.map((note) => escape(tellNote(note, language, failuresInPortuguese)))];
  if (failure !== undefined) {
    lines.push(`<b>${escape(failure.message)}</b> <code>${escape(failure.code)}</code>`);
    if (failure.hint !== undefined) lines.push(escape(failure.hint));
  }
  return lines.filter((line) => line !== '').join('<br>');
}

function sampleTable({ sample }: DrillReport, texts: ReportTexts, language: Language): string {
  const rows = sample
    .slice(0, sampleShownMax)
    .map((file) => [
      `<code>${escape(file.path)}</code>`,
      `${decimal(formatBytes(file.bytes), language)}, ${texts.how[file.how]}`,
      texts.source[file.source],
      `<code class="hash">${file.sha256}</code>`,
    ]);
  const rest = sample.length - rows.length;
  return table(texts.columns.sample, rows) + (rest > 0 ? `<p>${texts.moreFiles(rest)}</p>` : '');
}

function peopleTable({ people }: DrillReport, texts: ReportTexts): string {
  return table(
    texts.columns.people,
    people.map(({ name, role }) => [escape(name), escape(role), '<span class="sign"></span>']),
  );
}

function controlTable(texts: ReportTexts): string {
  return `<table>${controls
    .map(
      ({ framework, control, key }) =>
        `<tr><td>${framework}</td><td>${control}</td><td>${texts.controls[key]}</td></tr>`,
    )
    .join('')}</table>`;
}

function section(title: string, content: string): string {
  return `<section><h2>${title}</h2>${content}</section>`;
}

function facts(pairs: Fact[]): string {
  return `<dl>${pairs.map(([label, value]) => `<dt>${label}</dt><dd>${value}</dd>`).join('')}</dl>`;
}

function list(lines: string[]): string {
  return `<ul>${lines.map((line) => `<li>${line}</li>`).join('')}</ul>`;
}

function table(header: readonly string[], rows: string[][], style = ''): string {
  const cells = (row: readonly string[], tag: 'th' | 'td'): string =>
    `<tr>${row.map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`;
  return `<table class="${style}"><thead>${cells(header, 'th')}</thead><tbody>${rows.map((row) => cells(row, 'td')).join('')}</tbody></table>`;
}

function time(iso: string): string {
  return `${new Date(iso).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

function duration(ms: number, language: Language): string {
  return decimal(formatDuration(ms), language);
}

function decimal(text: string, language: Language): string {
  return language === 'pt' ? text.replace('.', ',') : text;
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

const style = `
@page { size: A4; margin: 14mm 15mm }
* { box-sizing: border-box; margin: 0 }
html { font: 9.5pt/1.4 "Segoe UI", "Helvetica Neue", Helvetica, Arial, "DejaVu Sans", sans-serif; color: #111; background: #fff }
header { display: flex; justify-content: space-between; align-items: start; border-bottom: .6mm solid #111; padding-bottom: 3mm }
h1 { font-size: 16pt } h2 { font-size: 11pt; margin: 5mm 0 1.5mm; break-after: avoid }
header p { color: #444 } strong { font-size: 15pt; padding: 1mm 4mm; border: .6mm solid; border-radius: 1.5mm }
.passed { color: #0a5c2b } .failed { color: #a80f0f; font-weight: 700 } .skipped { color: #666 }
dl { display: grid; grid-template-columns: 48mm 1fr; gap: .8mm 4mm } dt { color: #555 } dd { font-weight: 600; overflow-wrap: anywhere }
table { width: 100%; border-collapse: collapse } th, td { text-align: left; vertical-align: top; padding: 1.1mm 2mm 1.1mm 0; border-bottom: .15mm solid #bbb; overflow-wrap: break-word }
table.steps td:nth-child(2), table.steps td:nth-child(3) { white-space: nowrap } td code { overflow-wrap: anywhere }
th { color: #555; font-weight: 600 } tr { break-inside: avoid } thead { display: table-header-group }
code { font: 8.5pt "DejaVu Sans Mono", Menlo, Consolas, monospace } .hash { font-size: 6.5pt }
ul { padding-left: 5mm } .sign { display: block; min-width: 55mm; height: 8mm } .line { border-top: .2mm solid #555; margin-top: 14mm; padding-top: 1mm; color: #555 }
@media screen { body { background: #ddd } main { background: #fff; width: 210mm; max-width: 100%; margin: 6mm auto; padding: 14mm 15mm; box-shadow: 0 1mm 4mm #0003 } }
`;

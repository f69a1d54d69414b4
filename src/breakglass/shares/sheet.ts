// The paper a custodian keeps: one A4 page, self-contained, in one language. It holds the share: whoever renders it
// shows it once and keeps nothing.
import { qrCodeSvg } from './qr-code.ts';
import { setNameOf, type Share } from './share.ts';
import { type SheetLanguage, type SheetTexts, sheetTexts } from './sheet-texts.ts';

/** What a sheet says besides the share itself. */
export interface SheetFacts {
  share: Share;
  /** How many shares the set has. */
  count: number;
  custodian: string;
  /** The id of the recovery key (16 hexadecimal digits): people compare it with what the opener shows. */
  keyId: string;
  madeAt: Date;
  language: SheetLanguage;
  /** Whom to call, one line each ("Ana Souza, +55 11 …"). */
  contacts?: readonly string[];
  organisation?: string;
}

/** One HTML document with a page for each of these shares. Print it, then let go of it. */
export function renderShareSheets(sheets: readonly SheetFacts[]): string {
  const language = sheets[0]?.language ?? 'en';
  return [
    `<!doctype html><html lang="${language === 'pt' ? 'pt-BR' : 'en'}"><head><meta charset="utf-8">`,
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    `<meta name="robots" content="noindex"><title>${sheetTexts[language].title}</title><style>${sheetStyle}</style></head><body>`,
    ...sheets.map(page),
    '</body></html>',
  ].join('\n');
}

/** A fingerprint in groups of four, as people read it out: `1a2b 3c4d 5e6f 7a8b`. */
export function groupedFingerprint(keyId: string): string {
  return keyId.match(/.{1,4}/g)?.join(' ') ?? '';
}

function page(facts: SheetFacts): string {
  const texts: SheetTexts = sheetTexts[facts.language];
  const { share } = facts;
  const fill = (text: string): string =>
    text
      .replace('{number}', String(share.index + 1))
      .replace('{count}', String(facts.count))
      .replace('{threshold}', String(share.threshold))
      .replace('{others}', String(share.threshold - 1));
  const items = (lines: string[], tag: 'ul' | 'ol'): string =>
    `<${tag}>${lines.map((line) => `<li>${escape(fill(line))}</li>`).join('')}</${tag}>`;
  const words = share.words.map((word) => `<li>${escape(word)}</li>`).join('');
  const contacts = (facts.contacts ?? []).map((line) => `<li>${escape(line)}</li>`).join('');
  return `<section>
<header><h1>${texts.title}</h1><p>${escape(facts.organisation ?? 'Orbit')}</p></header>
<dl>
<div><dt>${texts.forWhom}</dt><dd>${escape(facts.custodian)}</dd></div>
<div><dt>${texts.number}</dt><dd>${fill(texts.needed)}</dd></div>
<div><dt>${texts.set}</dt><dd>${escape(setNameOf(share))}</dd></div>
<div><dt>${texts.made}</dt><dd>${dateText(facts.madeAt, facts.language)}</dd></div>
<div><dt>${texts.fingerprint}</dt><dd class="code">${escape(groupedFingerprint(facts.keyId))}</dd></div>
</dl>
<h2>${texts.words}</h2><p class="note">${texts.wordsNote}</p>
<ol class="words">${words}</ol>
<div class="columns"><div>
<h2>${texts.keepTitle}</h2>${items(texts.keep, 'ul')}
<h2>${texts.emergencyTitle}</h2>${items(texts.emergency, 'ol')}
<h2>${texts.testTitle}</h2><p>${texts.test}</p>
</div><div class="side">
${qrCodeSvg(share.words.join(' ').toUpperCase(), texts.qrLabel)}<p class="note">${texts.qrNote}</p>
<h2>${texts.callTitle}</h2>${contacts === '' ? `<p class="note">${texts.nobody}</p><p class="blank"></p><p class="blank"></p>` : `<ul class="plain">${contacts}</ul>`}
</div></div>
<footer>${texts.signature}</footer>
</section>`;
}

function dateText(date: Date, language: SheetLanguage): string {
  return new Intl.DateTimeFormat(language === 'pt' ? 'pt-BR' : 'en-GB', { dateStyle: 'long', timeZone: 'UTC' }).format(
    date,
  );
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** The style of a sheet, exactly as it stands in the document: a page that shows one allows it by its hash. */
export const sheetStyle = `
@page { size: A4; margin: 0 }
* { box-sizing: border-box; margin: 0 }
html { font: 9.8pt/1.42 "Segoe UI", "Helvetica Neue", Helvetica, Arial, "DejaVu Sans", sans-serif; color: #111; background: #fff }
section { width: 210mm; height: 297mm; padding: 14mm 16mm 12mm; display: flex; flex-direction: column; gap: 3.5mm; break-after: page; overflow: hidden }
header { display: flex; justify-content: space-between; align-items: baseline; border-bottom: .6mm solid #111; padding-bottom: 2mm }
h1 { font-size: 19pt; letter-spacing: -.01em }
h2 { font-size: 10.5pt; margin-top: 2.5mm }
dl { display: grid; grid-template-columns: 1fr 1fr; gap: 1.5mm 6mm }
dl div { display: flex; gap: 3mm } dt { color: #555; min-width: 25mm; flex: none } dd { font-weight: 600 }
dl div:last-child { grid-column: 1 / -1 }
.code { font-family: "DejaVu Sans Mono", Menlo, Consolas, monospace }
.note { color: #555; font-size: 9pt }
.words { columns: 3; column-gap: 6mm; list-style-position: inside; padding: 3mm 4mm; border: .4mm solid #111; border-radius: 2mm; font: 600 12.5pt/1.52 "DejaVu Sans Mono", Menlo, Consolas, monospace }
.words li { border-bottom: .15mm solid #ccc; break-inside: avoid } .words li::marker { color: #777; font-weight: 400; font-size: 9pt }
.columns { display: grid; grid-template-columns: 1fr 52mm; gap: 8mm } .columns ul, .columns ol { padding-left: 5mm } .columns li { margin-top: 1mm }
.side svg { width: 52mm; height: 52mm; display: block } .plain { list-style: none; padding: 0 !important }
.blank { border-bottom: .2mm solid #777; height: 9mm }
footer { margin-top: auto; border-top: .2mm solid #777; padding-top: 1.5mm; color: #555; font-size: 9pt }
@media screen { body { background: #ddd } section { background: #fff; margin: 6mm auto; box-shadow: 0 1mm 4mm #0003 } }
`;

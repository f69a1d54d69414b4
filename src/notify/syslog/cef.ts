// Common Event Format, version 0, as the payload of a syslog message. Pure.
// Escaping by "Implementing ArcSight Common Event Format", sections "Header" and "Character encoding".
import { cefSeverity, eventKind } from '../../base/event.ts';
import type { Severity } from '../../base/events/event-kind.ts';
import { type FactKind, type FactName, eventFacts } from '../../base/events/facts.ts';
import type { ChannelMessage } from '../channel.ts';
import { type SyslogSender, syslogHeader, wellFormed } from './rfc5424.ts';

/** Who the CEF header says made the event. Rules written for another product match on these. */
export interface CefProduct {
  vendor: string;
  product: string;
  version: string;
}

/** The number of a report, sent as a second message for rules that wait for the documented system's incidents. */
export type ReportNumber = '336.500' | '336.501';

const reportNames: Record<ReportNumber, string> = { '336.500': 'Alert reported', '336.501': 'Incident reported' };

/**
 * A syslog message whose text is CEF. With `report`, the event under that number, as the documented system sent all of them:
 * with `act=Incident` and the severity alert.
 */
export function cefMessage(
  message: ChannelMessage,
  sender: SyslogSender,
  product: CefProduct,
  report?: ReportNumber,
): string {
  const severity = severityOf(message, report);
  return `${syslogHeader(message, sender, severity)} - ${cefText(message, sender, product, report)}`;
}

/** `CEF:0|vendor|product|version|number|title|severity|key=value …` */
export function cefText(
  message: ChannelMessage,
  sender: Pick<SyslogSender, 'hostName' | 'processId' | 'address'>,
  product: CefProduct,
  report?: ReportNumber,
): string {
  const { event } = message;
  const kind = eventKind(event.id);
  const header = [
    product.vendor,
    product.product,
    product.version,
    report ?? kind.number,
    report === undefined ? kind.en.title : reportNames[report],
    String(cefSeverity(severityOf(message, report))),
  ];
  const extension: [string, string][] = [
    ['rt', String(event.at.getTime())],
    ['cat', event.id],
    ['externalId', message.id],
    ['dvchost', sender.hostName],
    ...(sender.address === undefined ? [] : [['dvc', sender.address] satisfies [string, string]]),
    ['spid', String(sender.processId)],
    ...Object.entries(report === undefined ? (kind.cef ?? {}) : { ...kind.cef, act: 'Incident' }),
    ...Object.entries(event.facts).map(([name, value]): [string, string] => [cefKey(name as FactName), String(value)]),
    ...copiesOf(message),
    // Last, so that where a datagram must be cut, words are cut and not keys.
    ['msg', event.message],
  ];
  // A fact may not take the place of a fixed key, nor come twice.
  const unique = new Map<string, string>();
  for (const [key, value] of extension) if (!unique.has(key)) unique.set(key, value);
  const pairs = [...unique].map(([key, value]) => `${key}=${escapeExtension(value)}`);
  return `CEF:0|${header.map(escapeHeader).join('|')}|${pairs.join(' ')}`;
}

function severityOf({ event }: ChannelMessage, report: ReportNumber | undefined): Severity {
  return report === undefined ? event.severity : 'alert';
}

function copiesOf({ event }: ChannelMessage): [string, string][] {
  const facts: Partial<Record<FactName, unknown>> = event.facts;
  return Object.entries(eventKind(event.id).cefCopies ?? {}).flatMap(([key, name]): [string, string][] =>
    facts[name] === undefined ? [] : [[key, String(facts[name])]],
  );
}

/** The CEF key of a fact. */
export function cefKey(name: FactName): string {
  const fact: FactKind = eventFacts[name];
  return fact.cef ?? name;
}

/** In the header, `\` and `|` get a backslash; it is one line, so line breaks become spaces. */
export function escapeHeader(value: string): string {
  return wellFormed(value)
    .replace(/[\\|]/g, '\\$&')
    .replace(/[\r\n]+/g, ' ');
}

/** In the extension, `\` and `=` get a backslash; line breaks are written `\n` and `\r`. */
export function escapeExtension(value: string): string {
  return wellFormed(value).replace(/[\\=]/g, '\\$&').replace(/\n/g, '\\n').replace(/\r/g, '\\r');
}
